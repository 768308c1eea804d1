"""The cycle model beside the RTL: every retirement must come in the cycle that the model tells."""

from itertools import count
from typing import NamedTuple

from sim.core_run import X_TO_RVFI
from sim.cycle_model import CycleModel, Retired
from sim.iss.csr import Csr
from sim.lockstep import Mismatch
from sim.traps import ExceptionCause

__all__ = ["Event", "TimingCheck", "check_events"]


class Event(NamedTuple):
    """A retirement: Retired, the cycle in which RVFI showed it, mie before it, and the cycles in
    which the core slept since the one before."""

    retired: Retired
    cycle: int
    enabled: int
    asleep: tuple


class TimingCheck:
    """Follows a core beside `Lockstep`, and keeps what it saw.

    Parameters: itcm, ram : Region; delay : int, cycles from the end of reset to the core's, or
        None, if the first retirement shall tell.
    Members: events : list of Event; lines : list, interrupt lines in each cycle.
    """

    def __init__(self, *, itcm, ram, delay=0):
        self.regions = {"itcm": itcm, "ram": ram}
        self.delay = delay
        self.model = CycleModel(**self.regions)
        self.events, self.lines = [], [0]
        self._asleep = []

    def see(self, lines, sleeping):
        """Notes the next cycle: the interrupt lines, as in ``mip``, and whether the core sleeps."""
        if sleeping:
            self._asleep.append(len(self.lines))
        self.lines.append(lines)

    def retire(self, record, interrupt, enabled, csrs):
        """Compares a retirement of this cycle, before `see`.

        Parameters: record : RvfiRecord, which `Lockstep` has followed; interrupt : what that
            returned; enabled : mie before it; csrs : ControlRegisters, behind it.
        Raises: Mismatch.
        """
        faulted = record.trap and csrs.read(Csr.MCAUSE) == ExceptionCause.INSTRUCTION_ACCESS_FAULT
        retired = Retired(None if faulted else record.insn, record.pc_rdata, record.pc_wdata,
                          bool(record.trap), interrupt is not None, record.mem_addr)
        cycle = len(self.lines)
        if self.delay is None:
            self.delay = cycle - X_TO_RVFI - self.model.table["reset"].cycles
        event = Event(retired, cycle - self.delay, enabled,
                      tuple(c - self.delay for c in self._asleep))
        # A wfi may sleep already in the cycles before this retirement shows.
        self._asleep = [c for c in self._asleep if c >= cycle - X_TO_RVFI]
        self.events.append(event)
        _compare(self.model, event, self.lines, self.delay)


def _compare(model, event, lines, delay):
    taken = None
    if event.retired.interrupted:
        # The core takes it in the first cycle in which it can; it sees lines a cycle late.
        taken = next(cycle for cycle in count(model.executed + 1)
                     if cycle + delay > len(lines) or (
                         model.can_take(cycle) and lines[cycle + delay - 1] & event.enabled))
    expected = model.follow(event.retired, asleep=event.asleep, taken=taken).retires + X_TO_RVFI
    if event.cycle != expected:
        raise Mismatch(f"{event.retired} must retire in cycle {expected}, not {event.cycle}")


def check_events(events, lines, *, table, itcm, ram):
    """Compares ``events`` with the model made from another table. Raises `Mismatch`."""
    model = CycleModel(itcm=itcm, ram=ram, table=table)
    for event in events:
        _compare(model, event, lines, 0)
