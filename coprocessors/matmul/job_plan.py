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


def _strips(length, size):
    return (length - 1 >> (size - 1).bit_length()) + 1


class JobPlan(data.Struct):
    """A register beside that of the job, so that no decision waits for it to be worked out.

    slots    : strips of rows of ``k`` bytes that fit in half a bank, 8, 4 or 2.
    strips   : strips of A in a panel, through which a strip of B is kept: 4, 2 or 1, or 0 for all.
    is_split : a row takes several passes.
    reloads_a : each tile has a strip of A loaded for it; else it is kept while a panel lasts.
    gathers  : A is gathered from an image.
    a_fits   : A is not gathered, and all of it stays in the buffer until the job ends.
    b_fits   : B likewise: it is loaded for the first panel only.
    a_strips, b_strips : of all A and B, modulo MAX_SLOTS, if they fit.
    keeps_a, keeps_b : they are those of the job before, and not loaded at all.
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
    a_fits: 1
    b_fits: 1
    a_strips: range(MAX_SLOTS)
    b_strips: range(MAX_SLOTS)
    keeps_a: 1
    keeps_b: 1
    chunks: 1
    loads_bias: 1
    loads_scales: 1
    loads_any: 1
    loads_addend: 1

    @classmethod
    def of(cls, job, *, rows, columns, network_jobs=True):
        """{member: value} for ``job``, a view of a descriptor.

        Parameters: as for the `Loader`; without ``network_jobs`` nothing stays in the buffer.
        """
        fits_8 = job.k <= PASS_BYTES // 4
        fits_4 = job.k <= PASS_BYTES // 2
        is_split = job.k > PASS_BYTES
        may_fit = network_jobs & ~is_split
        bias = job.bias_address.any()
        scales = job.format_per_channel & (job.format_output != OUTPUT["int32"])
        return {
            "slots": Mux(fits_8, 8, Mux(fits_4, 4, 2)),
            "strips": Mux(in_groups(job), 0, Mux(fits_8, 4, Mux(is_split, 1, 2))),
            "is_split": is_split, "reloads_a": is_split | in_groups(job),
            "gathers": gathers(job),
            "a_fits": may_fit & ~gathers(job) & (job.m <= Mux(fits_8, 4 * rows, 2 * rows)),
            "b_fits": may_fit & (job.n <= Mux(fits_8, 8 * columns,
                                              Mux(fits_4, 4 * columns, 2 * columns))),
            "a_strips": _strips(job.m, rows), "b_strips": _strips(job.n, columns),
            "keeps_a": job.format_keep_a, "keeps_b": job.format_keep_b,
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
