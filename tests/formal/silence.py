"""The core is silent: what an observer sees in time does not depend on data.

Two copies of the whole core, with user mode and PMP, run the same instructions and obey `contract`,
but each has data of its own: what it reads from registers, memories and devices, products. Proved,
for ever: in every cycle both do the same on the ports of memories and on the register bus, but for
the data fields; they retire, trap, sleep and take interrupts together, which come at any time. So
the latency of an instruction does not depend on its operands. Nor does that of a branch on its
outcome, which the two copies share: the next instruction is in execute two cycles after a branch,
taken or not.

Not compared: the address at the fetch port in a cycle in which all that is fetched is dropped,
since an older instruction traps; nothing comes of it.

Method: the register file and the multiplier give any values in place of theirs, which is more than
they can do. Induction, with an invariant that says of each register of the core whether it is
public, and when, or secret.
"""

import contextlib
import re
from unittest import mock

from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Assume, Cat, Const, Cover, Fragment, Module, Mux, Signal, Value
from amaranth.lib import data

from cpu.core import Core
from cpu.decode import Control
from cpu.divide import Divider
from cpu.execute import Execute
from cpu.load_store import LoadStore
from tests.formal.contract import CLAUSES, held_clauses
from tests.formal.core_parts import (
    REGIONS, FreeMultiplier, FreeRegisterFile, opened, registers_of,
)
from tests.formal.proof import Bench, Induction, Proof


_FREE = {"cpu.operands.RegisterFile": FreeRegisterFile, "cpu.core.Multiplier": FreeMultiplier}


_SECRET = (
    r"execute\.operands\..*_kept", r"bit_unit\..*", r"load_store\.(itcm_data|pending\.data)",
    r"divider\.(quotient|remainder|divisor|negate|want_remainder)",
    r"rvfi\.(sources|port__(rs.*|mem_.data))",
)
"""Registers that hold data."""

_OF_INSTRUCTION = (
    r"fetch\.(word|pc|fault|barred)", r"execute\.(\$signal_.*|offset|sources)",
    r"execute\.operands\..*_from_.*", r".*\.(csr_.*|exists)",
)
"""Registers of the instruction in execute; without one they hold what is left."""

_OF_ACCESS = (r"pmp\.(data_hits|data_denials)",)
"""Registers of the load or store in the memory stage."""

_OF_RETIRED = (r"rvfi\.port__(insn|mode|pc_.data)",)
"""Registers of the instruction that retires."""


_KINDS = ("load", "store", "branch", "jal", "jalr", "multiply", "divide", "bits", "csr", "ecall",
          "ebreak", "mret", "wfi", "fence_i")
"""Of which an instruction is one at most."""

_FLAGS = ("exception", "halts", "writes", "late", "multiply", "divide", "bits", "transfer",
          "fetches_anew", "counted")
"""What the memory stage knows of its instruction; all 0 without one."""


def _matches(path, patterns):
    return any(re.fullmatch(pattern, path) for pattern in patterns)


def _public(core, fragment):
    """Yields (path, when, what) of all public registers of a core."""
    parts = core.parts
    stage, written = parts.verdict.stage, parts.execute.written
    accesses = stage.access.load | stage.access.store
    registers = dict(registers_of(fragment))
    conditions = {_OF_INSTRUCTION: parts.fetch.present, _OF_ACCESS: accesses,
                  _OF_RETIRED: core.rvfi.valid,
                  (r"pmp\.latest",): registers["pmp.written"].any()}
    for path, signal in registers_of(fragment):
        if path not in ("written", f"$signal_{len(stage.as_value())}") and not _matches(
                path, _SECRET):
            when = next((condition for patterns, condition in conditions.items()
                         if _matches(path, patterns)), Const(1))
            yield path, when, signal

    yield "fetch.pc at an interrupt", stage.interrupt, parts.fetch.pc
    for name in ("valid", "interrupt", *_FLAGS):
        yield f"stage.{name}", Const(1), stage[name]
    for name in ("machine", "word", "pc", "rd", "cause"):
        yield f"stage.{name}", stage.valid, stage[name]
    for name in ("taken", "target_misaligned"):
        yield f"stage.{name}", stage.transfer, stage[name]
    for name in ("load", "store"):
        yield f"stage.access.{name}", Const(1), stage.access[name]
    for name in ("misaligned", "address", "byte_enable"):
        yield f"stage.access.{name}", accesses, stage.access[name]
    yield "stage.access.align", stage.access.load, stage.access.align
    yield "written.writes", Const(1), written.writes
    yield "written.rd", written.writes, written.rd


def _invariant(parts, registers):
    """Yields what else is true of the registers of one core."""
    fetch, stage = parts.fetch, parts.verdict.stage
    restart, resolving = registers["fetch.restart"], registers["fetch.resolving"]
    accesses = stage.access.load | stage.access.store
    yield stage.valid | ~Cat(*(stage[name] for name in _FLAGS), accesses).any()
    yield ~fetch.sound | fetch.valid
    yield ~fetch.valid | fetch.present
    yield ~restart | ~(registers["fetch.$signal_1"] | fetch.present | resolving)
    decoded = data.View(Control, registers[f"execute.$signal_{Control.as_shape().size}"])
    kinds = Cat(decoded[name] for name in _KINDS)
    yield (kinds & (kinds - 1)) == 0
    yield ~decoded.fetches_anew | decoded.csr
    yield ~resolving | (stage.transfer & ~accesses & ~fetch.valid & fetch.present)
    yield ~fetch.present | registers["fetch.$signal_1"]
    yield ~stage.fetches_anew | resolving


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        replaced = _FREE | getattr(self._component, "replaced", {})
        cores, public, registers = [], [], []
        with contextlib.ExitStack() as stack:
            for place, component in replaced.items():
                stack.enter_context(mock.patch(place, component))
            for name in ("dut", "other"):
                core = opened(self._component)(**REGIONS, pmp_entries=4)
                m.submodules[name] = fragment = Fragment.get(core, platform)
                cores.append(core)
                public.append(list(_public(core, fragment)))
                registers.append(dict(registers_of(fragment)))
        shared = {name: AnySeq(len(getattr(cores[0], name))) for name in (
            "timer_interrupt", "software_interrupt", "external_interrupt", "fast_interrupts",
            "time")}
        word, flushes = AnySeq(32), []
        for core in cores:
            flushed = Signal()
            m.d.sync += flushed.eq(core.parts.fetch.flush)
            flushes.append(flushed)
            m.d.comb += [
                *(getattr(core, name).eq(value) for name, value in shared.items()),
                core.fetch.data.eq(Mux(flushed, AnySeq(32), word)),
                core.ram.read_data.eq(AnySeq(64)),
                core.itcm.read_data.eq(AnySeq(32)),
                core.bus.read_data.eq(AnySeq(32)),
            ]
        without = getattr(self._component, "without", None)
        m.d.comb += [Assume(holds) for holds in held_clauses([core.parts for core in cores],
                                                             without=without)]
        for when, values in _seen(cores):
            m.d.comb += Assert(~when | (values[0] == values[1]))
        for core in cores:
            self._time_branches(m, core.parts)
        if self._component is Core:  # what a mutant does wrong must be seen from outside
            self._strengthen(m, cores, public, registers, flushes)
        self._cover(m, cores)
        return m

    def _strengthen(self, m, cores, public, registers, flushes):
        """Asserts what makes the claim inductive; each has a name to be found by in a trace."""
        for (path, when, value), (_, _, other) in zip(*public, strict=True):
            name = re.sub(r"\W", "_", path)
            equal = Signal(name=f"equal_{name}")
            m.d.comb += [equal.eq(~when | (Value.cast(value) == Value.cast(other))),
                         Assert(equal)]
        for core, inside, flushed in zip(cores, registers, flushes):
            invariant = [*_invariant(core.parts, inside), ~flushed | inside["fetch.restart"]]
            for number, holds in enumerate(invariant):
                true = Signal(name=f"invariant_{number}")
                m.d.comb += [true.eq(holds), Assert(true)]

    def _time_branches(self, m, parts):
        """What enters execute behind a branch, unless that traps."""
        fetch, stage = parts.fetch, parts.verdict.stage
        left, later = Signal(), Signal()  # one and two cycles after it has left execute
        branches = parts.rvfi.issued & parts.execute.control.branch
        m.d.sync += [left.eq(branches), later.eq(left & ~fetch.flush)]
        m.d.comb += [Assert(~left | (~fetch.valid & fetch.present & ~stage.access.load)),
                     Assert(~later | fetch.valid)]

    def _cover(self, m, cores):
        """With different data: a load, a branch and a division have retired."""
        different = Signal()
        a, b = (core.parts.execute.a for core in cores)
        with m.If(cores[0].parts.rvfi.issued & (a != b)):
            m.d.sync += different.eq(1)
        rvfi = cores[0].rvfi
        m.d.comb += [
            Cover(different & rvfi.valid & rvfi.mem_rmask.any()),
            Cover(different & rvfi.valid & (rvfi.insn[:7] == 0x63)),
            Cover(different & rvfi.valid & rvfi.trap),
            Cover(different & cores[0].bus.request & ~cores[0].bus.write),
        ]


def _seen(cores):
    """Yields what an observer compares: (when, the two values)."""

    def values(*path):
        found = cores
        for name in path:
            found = [getattr(member, name) for member in found]
        return found

    first = cores[0]
    yield Const(1), values("fetch", "enable")
    yield first.fetch.enable & ~first.parts.fetch.flush, values("fetch", "address")
    for memory in ("itcm", "ram"):
        port = getattr(first, memory)
        yield Const(1), values(memory, "enable")
        yield port.enable, values(memory, "write")
        yield port.enable, values(memory, "address")
        yield port.enable & port.write, values(memory, "byte_enable")
    yield Const(1), values("bus", "request")
    for name in ("write", "machine", "address", "byte_enable"):
        yield first.bus.request, values("bus", name)
    yield Const(1), values("sleeping")
    yield Const(1), values("rvfi", "valid")
    for name in ("insn", "trap", "intr", "mode", "pc_rdata", "pc_wdata", "mem_addr", "mem_rmask",
                 "mem_wmask"):
        yield first.rvfi.valid, values("rvfi", name)


def _leaks(original, mutate):
    """``original`` with ``mutate`` as the last word on its outputs."""
    class Leaky(original):
        def elaborate(self, platform):
            m = super().elaborate(platform)
            mutate(m, self)
            return m
    return Leaky


def _waits_when(m, execute, condition):
    """The instruction in execute waits for one cycle when it meets the condition."""
    waited = Signal()
    with m.If(execute.sound & condition & ~waited):
        m.d.comb += execute.wait.eq(1)
    m.d.sync += waited.eq(execute.wait)


def _quick_division_by_0(m, divider):
    with m.If(divider.b == 0):
        m.d.comb += divider.last.eq(divider.busy)


def _serial_shifter(m, execute):
    opcode = execute.word[2:7]
    shifts = ((opcode == 0b00100) | (opcode == 0b01100)) & (execute.word[12:14] == 0b01)
    _waits_when(m, execute, shifts & (execute.b[:5] != 0))


def _slow_multiplication(m, execute):
    _waits_when(m, execute, execute.control.multiply & execute.b.any())


def _spurious_fetch(m, execute):
    """From where the operands say, whether the branch is taken or not."""
    with m.If(execute.control.branch & (execute.a == 0)):
        m.d.comb += [execute.relative.eq(0), execute.indirect.eq(1)]


def _store_of_0_dropped(m, load_store):
    with m.If(load_store.access.store & (load_store.access.store_data == 0)):
        m.d.comb += load_store.bus.request.eq(0)


def _trap_for_data(m, load_store):
    with m.If(load_store.access.store & (load_store.access.store_data == 0)):
        m.d.comb += load_store.fault.eq(1)


def _leaky_core(mutate, place, original):
    return type(mutate.__name__.strip("_"), (Core,),
                {"replaced": {place: _leaks(original, mutate)}})


_LEAKS = (
    *(type(f"without_the_clause_{clause}", (Core,), {"without": clause}) for clause in CLAUSES),
    _leaky_core(_quick_division_by_0, "cpu.core.Divider", Divider),
    *(_leaky_core(mutate, "cpu.core.Execute", Execute)
      for mutate in (_serial_shifter, _slow_multiplication, _spurious_fetch)),
    *(_leaky_core(mutate, "cpu.core.LoadStore", LoadStore)
      for mutate in (_store_of_0_dropped, _trap_for_data)),
)


PROOFS = (Proof("silence", "what is seen of the core in time does not depend on data", _Bench, Core,
                _LEAKS, Induction(1), mutant_cycles=12, cover_cycles=12),)
