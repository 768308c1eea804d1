"""After zeroize nothing of the former owner's data is left in a coprocessor.

Two copies of a whole coprocessor are in any states that differ only where data from memory can have
got, as `flow` finds. From when its sequencer clears it until ``zeroizing`` can be seen to be 0,
whatever the rest of the state and all inputs are, every such register and word of memory becomes
equal in both copies. So nothing that a later job or the core can observe depends on those data.

How long it clears is for the coprocessor to say (``cleared``), which also waits for the requests on
their way to memory; then no answer is outstanding.
"""

import functools
from dataclasses import dataclass

from amaranth.hdl import Module, Signal, signed

from coprocessors.matmul.addend_tiles import AddendTiles
from coprocessors.matmul.datapath import MatmulDatapath
from coprocessors.shell.dma_reader import DmaReader
from coprocessors.shell.dma_writer import DmaWriter
from coprocessors.shell.fifo import SmallFifo
from coprocessors.shell.guard import Guard
from soc.configuration import preset
from soc.coprocessors import make_coprocessor
from soc.fabric.dsp import DspMultiplier
from soc.soc_map import memory_map
from tests.formal import engines
from tests.formal.flow import Netlist
from tests.formal.proof import NetlistProof, to_rtlil
from tests.formal.twins import ONE, SAME, ZERO, Twins
from tests.mutants import edited

__all__ = ["PROOFS"]


_CONFIGURATION = preset("large", array_rows=4, array_columns=4, requantizer_lanes=1)

_LONGEST_CYCLES = 1000  # that a coprocessor may take to clear itself, when its requests are taken


class _Multiplier(DspMultiplier):
    """The registers of the primitive, and its product as gates."""

    def elaborate(self, platform):
        m = Module()
        a, b, product = Signal(signed(18)), Signal(signed(18)), Signal(signed(36))
        with m.If(self.enable):
            m.d.sync += [a.eq(self.a), b.eq(self.b)]
        m.d.sync += product.eq(a * b)
        m.d.comb += self.product.eq(product if self._output_register else a * b)
        return m


_AS_GATES = tuple((f"coprocessors.matmul.{module}.DspMultiplier", _Multiplier)
                  for module in ("processing_element", "requantizer"))


@dataclass(frozen=True)
class _ZeroizeProof(NetlistProof, method="twins"):
    """The claim above, of one coprocessor. Cover: before, both may hold different data."""

    name: str
    claim: str
    component: object
    mutants: tuple
    quick: bool = False

    def _look(self, run, *replaced):
        """Names of what may differ (after, before); the former are written to ``left.txt``."""
        directory = self._directory(run)
        path = engines.netlist(directory, self.name, to_rtlil(
            self.component, *_AS_GATES, *replaced, name=self.name), gates=True)
        netlist = Netlist(path)
        twins = Twins(path, netlist.reach(netlist.inputs("dma__response_data")))
        before = sorted(twins.differing())
        after = _zeroize(twins)
        (directory / "left.txt").write_text("".join(f"{name}\n" for name in after)
                                            or "nothing is left\n")
        return after, before


def _zeroize(twins):
    """Names of what may still differ when ``zeroizing`` can be seen to be 0."""
    twins.hold("rst", ZERO)
    twins.hold("sequencer.clear", ZERO)
    twins.step()
    twins.hold("sequencer.clear", ONE)
    cleared = ("datapath.cleared", "reader.cleared", "writer.cleared")
    for _ in range(_LONGEST_CYCLES):
        twins.step()
        if all(twins.states(wire) == [ONE] for wire in cleared):
            break
    else:
        return ["it does not end"]
    # In the last cycle of ``clear`` nothing is on its way in the guard, and all reads are answered.
    idle = ("guard.aside_valid", "guard.taken_valid", "guard.valid")
    for wire in idle:
        twins.hold(wire, ZERO)
    twins.hold("dma__response_valid", ZERO)
    twins.hold("dma__response_data", SAME)
    twins.step()
    for wire in idle:
        twins.release(wire)
    # Another cycle drops the jobs, at least; ``zeroizing`` is 0 behind it.
    twins.hold("sequencer.clear", ZERO)
    twins.step()
    return sorted(twins.differing())


_SHELL_MUTANTS = (
    ("coprocessors.shell.dma_reader.SmallFifo",
     edited(SmallFifo, "half_of_the_words_are_wiped", "self.wiped.eq(wipes[-1])",
            "self.wiped.eq(wipes[-2])")),
    ("coprocessors.shell.coprocessor.DmaReader",
     edited(DmaReader, "bytes_of_an_unaligned_row_stay", "m.d.sync += [held.eq(0), tail.eq(0)",
            "m.d.sync += [tail.eq(0)")),
    ("coprocessors.shell.coprocessor.DmaWriter",
     edited(DmaWriter, "words_to_be_written_stay", "wipe=Wipe.INPUT", "wipe=Wipe.NOTHING")),
    ("coprocessors.shell.coprocessor.Guard",
     edited(Guard, "a_request_stays", "with m.If(self.clear & ~aside_valid &",
            "with m.If(0 & ~aside_valid &")),
)

_MATMUL_MUTANTS = (
    ("coprocessors.matmul.coprocessor.MatmulDatapath",
     edited(MatmulDatapath, "half_of_the_banks_is_swept", "address == BANK_WORDS - 1",
            "address == BANK_WORDS // 2")),
    ("coprocessors.matmul.postprocessor.AddendTiles",
     edited(AddendTiles, "addends_stay",
            "write_port.en.eq(self.clear | ", "write_port.en.eq(0 | ")),
)


def _proof(name, mutants):
    return _ZeroizeProof(
        f"zeroized_{name}", f"after zeroize {name} holds nothing of the data it had",
        functools.partial(make_coprocessor, name, _CONFIGURATION, memory_map(_CONFIGURATION)),
        mutants)


PROOFS = (_proof("matmul", _MATMUL_MUTANTS), _proof("keccak", _SHELL_MUTANTS))
