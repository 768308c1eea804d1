"""Physical memory protection of the model: its registers, its rules, and memory behind it.

Source: RISC-V Privileged 1.13 §3.7 (PMP), §3.1.19 (mseccfg), chapter 6 (Smepmp 1.0).
"""

from cpu.options import check_pmp_entries
from sim.iss.csr_numbers import Csr, Mode
from sim.traps import ExceptionCause, Trap

__all__ = ["EXECUTE", "PMP_REGISTERS", "READ", "WRITE", "MemoryProtection", "ProtectedSpace"]

READ, WRITE, EXECUTE = 1, 2, 4
"""Rights, by their bits in an entry's byte of pmpcfg."""

_CONFIGURATIONS = range(Csr.PMPCFG0, Csr.PMPCFG3 + 1)
_ADDRESSES = range(Csr.PMPADDR0, Csr.PMPADDR15 + 1)

PMP_REGISTERS = frozenset({*_CONFIGURATIONS, *_ADDRESSES, Csr.MSECCFG, Csr.MSECCFGH})
"""Numbers of the registers that `MemoryProtection` holds."""

_ALL_RIGHTS = READ | WRITE | EXECUTE
_LOCK = 0x80
_WRITABLE_BITS = 0x9F
_TOR, _NA4, _NAPOT = 1, 2, 3

# Bits of mseccfg.
_MML, _MMWP, _RLB = 1, 2, 4

# Smepmp's truth table for MML = 1: the bits LRWX -> rights of machine mode, of user mode.
_LOCKDOWN_RIGHTS = {
    0b0000: (0, 0),
    0b0001: (0, EXECUTE),
    0b0010: (READ | WRITE, READ),
    0b0011: (READ | WRITE, READ | WRITE),
    0b0100: (0, READ),
    0b0101: (0, READ | EXECUTE),
    0b0110: (0, READ | WRITE),
    0b0111: (0, _ALL_RIGHTS),
    0b1000: (0, 0),
    0b1001: (EXECUTE, 0),
    0b1010: (EXECUTE, EXECUTE),
    0b1011: (READ | EXECUTE, EXECUTE),
    0b1100: (READ, 0),
    0b1101: (READ | EXECUTE, 0),
    0b1110: (READ | WRITE, 0),
    0b1111: (READ, READ),
}


def _lockdown_rights(configuration):
    """Rights of machine and of user mode from an entry with ``configuration``, if MML = 1."""
    lock, execute = configuration >> 7, configuration >> 2 & 1
    read, write = configuration & 1, configuration >> 1 & 1
    return _LOCKDOWN_RIGHTS[lock << 3 | read << 2 | write << 1 | execute]


def _matching(configuration):
    """The field A."""
    return configuration >> 3 & 3


class MemoryProtection:
    """PMP entries and ``mseccfg``; the granularity is 4 bytes.

    Parameters: entries : int of PMP_ENTRIES; the others of the 16 read 0 and ignore writes.
    Raises: ValueError for another number.

    Chosen where the specification leaves a choice: with no entry, ``mseccfg`` is read-only 0 and
    user mode may access everything. While MML = 0, R = 0 with W = 1 stores W = 0. While MML = 1
    and RLB = 0, a byte that would let machine mode execute leaves its entry as it is, even if A is
    OFF, and the other bytes of the same write take effect.
    """

    def __init__(self, entries):
        self._entries = check_pmp_entries(entries)
        self._configurations = [0] * len(_ADDRESSES)
        self._addresses = [0] * len(_ADDRESSES)
        self._mseccfg = 0
        self._rules = []  # first word, end, configuration of each entry that is on, in order

    def read(self, number):
        """The value of the register ``number``, one of PMP_REGISTERS."""
        if number in _CONFIGURATIONS:
            first = 4 * (number - Csr.PMPCFG0)
            return int.from_bytes(self._configurations[first:first + 4], "little")
        if number in _ADDRESSES:
            return self._addresses[number - Csr.PMPADDR0]
        return self._mseccfg if number == Csr.MSECCFG else 0

    def write(self, number, value):
        """Writes the register ``number``, one of PMP_REGISTERS."""
        if number in _CONFIGURATIONS:
            for entry, byte in enumerate(value.to_bytes(4, "little"), 4 * (number - Csr.PMPCFG0)):
                self._configure(entry, byte & _WRITABLE_BITS)
        elif number in _ADDRESSES:
            self._set_address(number - Csr.PMPADDR0, value)
        elif number == Csr.MSECCFG and self._entries:
            self._secure(value)
        self._rules = [rule for entry in range(self._entries) if (rule := self._rule(entry))]

    def allows(self, address, right, mode):
        """True if ``mode`` has ``right``, one of READ, WRITE and EXECUTE, at ``address``.

        The access must be aligned: then it lies in 4 bytes that each rule matches all or not.
        """
        for first, end, configuration in self._rules:
            if first <= address >> 2 < end:
                return bool(self._rights(configuration, mode) & right)
        if mode != Mode.MACHINE:
            return not self._entries
        if self._mseccfg & _MML and right == EXECUTE:
            return False
        return not self._mseccfg & _MMWP

    def _rights(self, configuration, mode):
        if self._mseccfg & _MML:
            machine, user = _lockdown_rights(configuration)
            return machine if mode == Mode.MACHINE else user
        if mode == Mode.MACHINE and not configuration & _LOCK:
            return _ALL_RIGHTS
        return configuration & _ALL_RIGHTS

    def _is_locked(self, entry):
        return bool(self._configurations[entry] & _LOCK) and not self._mseccfg & _RLB

    def _configure(self, entry, byte):
        if entry >= self._entries or self._is_locked(entry):
            return
        if not self._mseccfg & _MML:
            if byte & (READ | WRITE) == WRITE:
                byte &= ~WRITE
        elif not self._mseccfg & _RLB and _lockdown_rights(byte)[0] & EXECUTE:
            return
        self._configurations[entry] = byte

    def _set_address(self, entry, value):
        above = entry + 1
        if entry >= self._entries or self._is_locked(entry) or (
                above < self._entries and self._is_locked(above)
                and _matching(self._configurations[above]) == _TOR):
            return
        self._addresses[entry] = value

    def _secure(self, value):
        """A write of ``mseccfg``: MML and MMWP stay set; RLB stays 0 if an entry is locked."""
        old = self._mseccfg
        locked = any(configuration & _LOCK for configuration in self._configurations)
        bypass = 0 if locked and not old & _RLB else value & _RLB
        self._mseccfg = (old | value) & (_MML | _MMWP) | bypass

    def _rule(self, entry):
        """First word, end and configuration of what ``entry`` matches; None if it is off."""
        configuration, address = self._configurations[entry], self._addresses[entry]
        kind = _matching(configuration)
        if kind == _TOR:
            return (self._addresses[entry - 1] if entry else 0), address, configuration
        if kind == _NA4:
            return address, address + 1, configuration
        if kind == _NAPOT:
            low_bits = address ^ (address + 1)  # the ones at the end and the zero above them
            return address & ~low_bits, (address | low_bits) + 1, configuration
        return None


class ProtectedSpace:
    """An AddressSpace as a hart sees it through its PMP.

    Parameters: space : AddressSpace; csrs : ControlRegisters, of the hart.

    Misalignment is judged first, then the PMP, then the map; what the PMP refuses never reaches
    ``space``.
    """

    def __init__(self, space, csrs):
        self._space, self._csrs = space, csrs

    def fetch(self, address):
        """As `AddressSpace.fetch`."""
        if not self._csrs.protection.allows(address, EXECUTE, self._csrs.mode):
            raise Trap(ExceptionCause.INSTRUCTION_ACCESS_FAULT, address)
        return self._space.fetch(address)

    def load(self, address, size):
        """As `AddressSpace.load`."""
        if not address & (size - 1) and not self._csrs.protection.allows(
                address, READ, self._csrs.data_mode):
            raise Trap(ExceptionCause.LOAD_ACCESS_FAULT, address)
        return self._space.load(address, size)

    def store(self, address, size, value):
        """As `AddressSpace.store`."""
        if not address & (size - 1) and not self._csrs.protection.allows(
                address, WRITE, self._csrs.data_mode):
            raise Trap(ExceptionCause.STORE_ACCESS_FAULT, address)
        self._space.store(address, size, value)
