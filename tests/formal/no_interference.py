"""Nobody can tell by its own timing what others transfer, but for what the arbiter says.

Of the whole chip without a debug port, but for its core and its coprocessors: what hangs between
them. What these do with what they are told, `silence` and `silent_coprocessors` say.

- `core_undisturbed`: what the coprocessors ask of memory flows into nothing that the core is told
  but the data that it reads from RAM. So nothing that it asks, of RAM or of external memory, waits.
- `dma_undisturbed`: what the core asks of memory does not flow into when a coprocessor's requests
  are taken and answered.
- `dma_shares`: what one requester reads or writes, and where, flows into nothing that another is
  told but data: only that it asks, and whether it writes, has a part in when others are served.
"""

import functools

from soc import dma_arbiter
from soc.configuration import preset
from soc.memory.external_slots import ExternalSlots
from soc.top import Soc
from tests.formal.flow import FlowProof
from tests.mutants import edited

__all__ = ["PROOFS"]


_CONFIGURATION = preset("small", external_bytes=64 * 1024)


def _of_the_chip(name, claim, secret, carries, *mutants):
    return FlowProof(
        name, claim, functools.partial(Soc, _CONFIGURATION), secret, carries,
        tuple(("soc.top.ExternalSlots", mutant) for mutant in mutants),
        left_out="core|matmul|keccak")


PROOFS = (
    _of_the_chip(
        "core_undisturbed", "no access of the core waits for DMA",
        r"(matmul|keccak)\.dma__request__.*",
        r"core\.ram__read_data|external__.*|(matmul|keccak)\..*",
        edited(ExternalSlots, "the_core_waits_for_a_free_slot", "issues[0].eq(core_turn & asked)",
               "issues[0].eq(core_turn & asked & ~issues[1:].any())")),
    _of_the_chip(
        "dma_undisturbed", "no DMA waits for the core",
        r"core\.(fetch|itcm|ram|external)__.*",
        r"(?!(matmul|keccak)\.dma__(request__ready|response_valid)).*",
        edited(ExternalSlots, "a_slot_that_the_core_leaves_is_used", "self._choose(m, dma_turn,",
               "self._choose(m, dma_turn | (core_turn & ~asked),")),
    FlowProof(
        "dma_shares", "addresses and data of DMA do not show in the timing of others",
        lambda: dma_arbiter.DmaArbiter(ports=3, ram_bytes=32 * 1024, background=1),
        r"ports__\d__request__payload\.(address|write_data|byte_enable)",
        r"memory__(address|write_data|byte_enable)",
        (("soc.dma_arbiter.DmaArbiter",
          edited(dma_arbiter.DmaArbiter, "a_write_of_0_is_left_out",
                 "memory.enable.eq(valid.any())",
                 "memory.enable.eq(valid.any() & chosen.write_data.any())")),)),
)
