"""What is locked stays as it is until reset.

`window_locks`: the windows of a coprocessor's guard, whatever is asked of its registers; those that
are not locked are changed by machine mode alone. `pmp_locks`: the entries of the PMP, and what
``mseccfg`` locks, whatever is written to their CSRs. By induction over one cycle.
"""

from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Assume, Cat, Cover, Module, Signal

from coprocessors.keccak.datapath import KeccakDatapath
from coprocessors.shell.register_file import RegisterFile
from coprocessors.shell.table import GUARD_WINDOWS, ShellTables
from cpu.pmp import Pmp
from soc.fabric.bus import BUS_OUTPUTS
from tests.formal.proof import Bench, Induction, Proof, glass
from tests.mutants import edited

__all__ = ["PROOFS"]


def _past(m, value):
    """``value`` in the cycle before."""
    before = Signal.like(value)
    m.d.sync += before.eq(value)
    return before


class _Windows(Bench):

    def elaborate(self, platform):
        m = Module()
        component = self._component(
            ShellTables("keccak", "Hashes.", tuple(KeccakDatapath.descriptor)))
        m.submodules.dut, inside = glass(component)
        bus = component.bus
        m.d.comb += [getattr(bus, name).eq(AnySeq(len(getattr(bus, name)))) for name in BUS_OUTPUTS]
        m.d.comb += [component.select.eq(AnySeq(2)), component.zeroize.eq(AnySeq(1)),
                     Assume(~bus.request | bus.present)]
        began, by_machine = Signal(), Signal()
        m.d.sync += [began.eq(1), by_machine.eq(bus.machine)]
        for number in range(GUARD_WINDOWS):
            lock = inside[f"guard.window{number}_rights__lock__value"]
            window = component.windows[number].as_value()
            before, locked = _past(m, Cat(lock, window)), _past(m, lock)
            kept = Cat(lock, window) == before
            m.d.comb += [Assert(~(began & locked) | kept), Assert(~began | by_machine | kept),
                         Cover(began & ~locked & lock & ~kept)]
        return m


class _Pmp(Bench):

    def elaborate(self, platform):
        m = Module()
        component = self._component(entries=4)
        m.submodules.dut, inside = glass(component)
        csr = component.csr
        m.d.comb += [csr.takes.eq(AnySeq(1)), csr.next_address.eq(AnySeq(12)),
                     csr.write.eq(AnySeq(1)), csr.write_data.eq(AnySeq(32))]
        bypass = inside["bypass"]
        entries = [(inside[f"configuration{n}"], inside[f"address{n}"]) for n in range(4)]
        locks = [configuration[7] for configuration, _ in entries]
        began, fixed = Signal(), Signal()
        m.d.sync += [began.eq(1), fixed.eq(Cat(locks).any() & ~bypass)]
        for number, (configuration, address) in enumerate(entries):
            locked = _past(m, locks[number] & ~bypass)
            kept = _past(m, Cat(configuration, address)) == Cat(configuration, address)
            m.d.comb += [Assert(~(began & locked) | kept), Cover(began & ~locked & locks[number])]
            if number:  # the address at which an entry begins by TOR belongs to it
                begins = entries[number - 1][1]
                is_tor = _past(m, locks[number] & ~bypass & (configuration[3:5] == 1))
                m.d.comb += Assert(~(began & is_tor) | (_past(m, begins) == begins))
        m.d.comb += Assert(~(began & fixed) | ~bypass)
        for name in ("lockdown", "whitelist"):
            m.d.comb += [Assert(~_past(m, inside[name]) | inside[name]), Cover(inside[name])]
        return m


_WINDOW_MUTANTS = (
    edited(RegisterFile, "a_lock_closes_the_next_window", "self.bus.address[4:6]",
           "(self.bus.address[4:6] - 1)[:2]"),
    edited(RegisterFile, "a_lock_closes_the_base_alone", "self.bus.write & ~locked",
           "self.bus.write & ~(locked & (self.bus.address[2:4] == 0))"),
    edited(RegisterFile, "zeroize_opens_the_locks", "m.submodules.guard = self._guard",
           "m.submodules.guard = ResetInserter(self.zeroize)(self._guard)"),
)

_PMP_MUTANTS = (
    edited(Pmp, "an_entry_by_tor_may_begin_elsewhere",
           "(locked[number + 1] & (configurations[number + 1].matching == _TOR))", "0"),
    edited(Pmp, "bypass_comes_back", "bypass.eq(new[2] & (bypass | ~any_locked))",
           "bypass.eq(new[2])"),
    edited(Pmp, "lockdown_ends", "lockdown.eq(lockdown | new[0])", "lockdown.eq(new[0])"),
    edited(Pmp, "the_address_of_a_locked_entry_changes", "fixed = locked[number]\n",
           "fixed = Const(0)\n"),
)


PROOFS = (
    Proof("window_locks", "a locked window stays as it is; user mode changes none", _Windows,
          RegisterFile, _WINDOW_MUTANTS, Induction(), mutant_cycles=6, cover_cycles=6, quick=True),
    Proof("pmp_locks", "a locked entry of the PMP stays as it is", _Pmp,
          Pmp, _PMP_MUTANTS, Induction(), mutant_cycles=6, cover_cycles=6, quick=True),
)
