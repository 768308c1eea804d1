"""What follows from a job's descriptor and stays the same while it runs."""

from amaranth.hdl import Mux
from amaranth.lib import data

from coprocessors.matmul.operand_buffer import HALF_WORDS
from coprocessors.matmul.table import OUTPUT, PASS_BYTES, gathers, in_groups

__all__ = ["CHUNK_BYTES", "MAX_SLOTS", "JobPlan"]


MAX_SLOTS = 8
"""Strips that half a bank holds at most."""
CHUNK_BYTES = 16
"""Operands of a row in a chunk. When a job finds the buffers empty, the tiles of its first column,
and the first one of the next, wait for operands: they take them as they come, in passes of this
length, in one slot."""


class JobPlan(data.Struct):
    """A register beside that of the job, so that no decision waits for it to be worked out.

    slots    : strips of rows of ``k`` bytes that fit in half a bank, 8, 4 or 2.
    strips   : strips of A in a panel, through which a strip of B is kept: 4, 2 or 1, or 0 for all.
    is_split : a row takes several passes.
    reloads_a : each tile has a strip of A loaded for it; else it is kept while a panel lasts.
    gathers  : A is gathered from an image.
    chunks   : that may be done: no word is read twice, as rows begin where words do, or each is of
        one k alone.
    loads_bias, loads_scales, loads_any : which parameters of columns the job loads.
    loads_addend : each tile has one.
    """

    slots: 4
    strips: 3
    is_split: 1
    reloads_a: 1
    gathers: 1
    chunks: 1
    loads_bias: 1
    loads_scales: 1
    loads_any: 1
    loads_addend: 1

    @classmethod
    def of(cls, job):
        """{member: value} for ``job``, a view of a descriptor."""
        fits_8 = job.k <= PASS_BYTES // 4
        fits_4 = job.k <= PASS_BYTES // 2
        is_split = job.k > PASS_BYTES
        bias = job.bias_address.any()
        scales = job.format_per_channel & (job.format_output != OUTPUT["int32"])
        return {
            "slots": Mux(fits_8, 8, Mux(fits_4, 4, 2)),
            "strips": Mux(in_groups(job), 0, Mux(fits_8, 4, Mux(is_split, 1, 2))),
            "is_split": is_split, "reloads_a": is_split | in_groups(job),
            "gathers": gathers(job),
            "chunks": (~gathers(job) & ~is_split & (job.k > CHUNK_BYTES)
                       & (job.format_a_transposed | ~(job.a_address | job.a_stride)[:3].any())
                       & (job.format_b_transposed | ~(job.b_address | job.b_stride)[:3].any())),
            "loads_bias": bias, "loads_scales": scales, "loads_any": bias | scales,
            "loads_addend": job.addend_address.any(),
        }

    def slot_address(self, index):
        """First word of slot ``index`` (3 bits, counting on past the last slot) in its half."""
        smallest = (HALF_WORDS // MAX_SLOTS - 1).bit_length()  # of a slot's words, as a logarithm
        address = Mux(self.slots[3], index << smallest,
                      Mux(self.slots[2], index << smallest + 1, index << smallest + 2))
        return address[:(HALF_WORDS - 1).bit_length()]
