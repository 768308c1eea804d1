"""A coprocessor is silent: what it does in time depends on its registers, not on data.

Of the whole coprocessors of a preset, shell and datapath. What memory answers flows into the data
that they write, and into nothing else that is seen: not into whether, where and when they read or
write, nor into what their registers read (status, counters, records), their interrupt, progress or
activity. So these depend on descriptors, on when memory answers and on the progress of others.
"""

import functools

from coprocessors.keccak.permutation import Permutation
from coprocessors.matmul.receiver import Receiver
from coprocessors.shell.dma_reader import DmaReader
from coprocessors.shell.dma_writer import DmaWriter
from soc.configuration import preset
from soc.coprocessors import make_coprocessor
from soc.soc_map import memory_map
from tests.formal.flow import FlowProof
from tests.mutants import edited

__all__ = ["PROOFS"]


_PRESET = preset("large")

_SHELL_LEAKS = (
    ("coprocessors.shell.coprocessor.DmaReader",
     edited(DmaReader, "an_answer_of_0_waits", "self.data.valid.eq(aligner.beats.valid)",
            "self.data.valid.eq(aligner.beats.valid & aligner.beats.payload.data.any())")),
    ("coprocessors.shell.coprocessor.DmaWriter",
     edited(DmaWriter, "a_word_of_0_is_not_written", "words.write.eq(push)",
            "words.write.eq(push & merged.any())")),
)

_MATMUL_LEAKS = (
    ("coprocessors.matmul.loader.Receiver",
     edited(Receiver, "weights_of_0_take_longer",
            "self.beats.ready.eq(Mux(gathers, enters & gatherer.beats.ready, self.item_valid))",
            "self.beats.ready.eq(self.item_valid & beat.data.any())")),
)

_KECCAK_LEAKS = (
    ("coprocessors.keccak.datapath.Permutation",
     edited(Permutation, "a_state_of_0_ends_early", "self.capture.eq(in_last_round &",
            "self.capture.eq((in_last_round | (result[0] == 0)) &")),
)


def _proof(name, leaks):
    return FlowProof(
        f"silent_{name}", f"what {name} does in time, and shows, does not depend on data",
        functools.partial(make_coprocessor, name, _PRESET, memory_map(_PRESET)),
        secret="dma__response_data", carries=r"dma__request__payload\.write_data",
        mutants=(*_SHELL_LEAKS, *leaks), quick=True)


PROOFS = (_proof("matmul", _MATMUL_LEAKS), _proof("keccak", _KECCAK_LEAKS))
