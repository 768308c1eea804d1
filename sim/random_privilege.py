"""Random items for harts with user mode and PMP: what `sim.random_program` adds for them.

However the items change the PMP, both modes may execute the lower half of the ITCM, where the
program lies: entry 0 says so and stays so.
"""

from sim.assembler import (
    ECALL, JALR, LOAD, MRET, OP_IMM, WFI, Label, branch, csr, i_type, jal, load_immediate, s_type,
)
from sim.iss.csr import Csr
from sim.iss.csr_numbers import Mode

__all__ = ["PrivilegeItems"]

_MIE, _MPIE, _MPP, _MPRV, _TW = 1 << 3, 1 << 7, 3 << 11, 1 << 17, 1 << 21
_MML, _MMWP, _RLB = 1, 2, 4
_LOCK, _EXECUTE, _WRITE, _READ = 0x80, 4, 2, 1
_NAPOT = 3 << 3
_LANDING_BYTES = 64  # from the end of the ITCM to a jump to x30

# How a program secures its code: entry 0 is not locked; it is locked; MML = 1 and RLB = 0; MML = 1
# and RLB = 1. Items write to entry 0 only where it ignores that.
_OPEN, _LOCKED, _LOCKDOWN, _BYPASS = range(4)
_ENTRY_0_IGNORES_WRITES = (_LOCKED, _LOCKDOWN)


class PrivilegeItems:
    """Items, setup and parts of the trap handler.

    Parameters:
        writer : the writer of the program, see `sim.random_program`.
        entries : int of PMP_ENTRIES.
        temporary, value, handler, resume : int, registers that it may use: the first two in items,
            the third in the handler; the fourth holds where a failed jump goes on.
    Members:
        items : dict of item methods and their weights.
        landing : int, address in the upper half of the ITCM of a jump to ``resume``.
    """

    def __init__(self, writer, entries, *, temporary, value, handler, resume):
        self._writer, self._entries = writer, entries
        self._random, self._program = writer.random, writer.program
        self._temporary, self._value = temporary, value
        self._handler, self._resume = handler, resume
        self._style = self._random.choice((_OPEN, _OPEN, _LOCKED, _LOCKDOWN, _BYPASS))
        self._has_lockdown = self._style in (_LOCKDOWN, _BYPASS)
        self._is_inside = False
        self.landing = writer.itcm.end - _LANDING_BYTES
        self.items = {self._item_user: 8, self._item_counters: 2, self._item_machine: 14}

    def write_handler_branch(self, call):
        """Sends a call from user mode to ``call``; the handler's register holds mcause - 1."""
        self._program.emit(i_type(OP_IMM, 0, self._handler, self._handler, -7))
        self._program.emit_to(call, lambda offset: branch(0, self._handler, 0, offset))
        self._program.emit(csr(2, self._handler, 0, Csr.MSTATUS))

    def write_handler_call(self, call, step):
        """What a call from user mode does: it makes the return go to machine mode."""
        self._program.place(call)
        self._program.emit(*load_immediate(self._handler, _MPP),
                           csr(2, self._handler, self._handler, Csr.MSTATUS))
        self._program.emit_to(step, lambda offset: jal(0, offset))

    def write_setup(self):
        """Puts the jump at ``landing`` and secures the code; changes the items' registers."""
        jump = i_type(JALR, 0, 0, self._resume, 0)
        self._program.emit(*load_immediate(self._value, jump),
                           *load_immediate(self._temporary, self.landing),
                           s_type(2, self._temporary, self._value, 0))
        itcm, code = self._writer.itcm, _NAPOT | _EXECUTE | _READ
        self._set(Csr.PMPADDR0, itcm.base >> 2 | itcm.size // 2 // 8 - 1)
        if not self._has_lockdown:
            self._code_byte = code | _WRITE | (_LOCK if self._style == _LOCKED else 0)
            self._set(Csr.PMPCFG0, self._code_byte)
            if self._style == _OPEN and self._random.random() < 0.5:
                self._program.emit(csr(6, 0, _RLB, Csr.MSECCFG))  # before any entry is locked
        else:  # by way of a rule for machine mode alone, because MML = 0 has none for both
            self._code_byte = _NAPOT | _LOCK | _WRITE | self._random.choice((0, _EXECUTE))
            self._program.emit(csr(5, 0, _RLB, Csr.MSECCFG))
            self._set(Csr.PMPCFG0, code | _LOCK)
            self._program.emit(csr(6, 0, _MML, Csr.MSECCFG))
            self._set(Csr.PMPCFG0, self._code_byte)
            if self._style == _LOCKDOWN:
                self._program.emit(csr(7, 0, _RLB, Csr.MSECCFG))
        if self._random.random() < 0.3:
            self._program.emit(csr(6, 0, _MMWP, Csr.MSECCFG))
        if self._entries and self._random.random() < 0.7:
            last = self._entries - 1  # whatever no other entry matches
            self._set(Csr.PMPADDR0 + last, 0xFFFF_FFFF)
            rights = (_WRITE, _WRITE | _EXECUTE, _READ | _WRITE) if self._has_lockdown else \
                (_READ, _READ | _WRITE, _READ | _WRITE | _EXECUTE)
            self._load((_NAPOT | self._random.choice(rights)) << 8 * (last % 4))
            self._program.emit(csr(2, 0, self._value, Csr.PMPCFG0 + last // 4))
        for _ in range(self._random.randrange(3)):
            self._write_entry()

    def _load(self, value):
        self._program.emit(*load_immediate(self._value, value))

    def _set(self, number, value):
        self._load(value)
        self._program.emit(csr(1, 0, self._value, number))

    def write_return(self, destination, mode):
        """An mret to the label ``destination`` in ``mode``; interrupts are off while mepc holds.

        In user mode all of it traps and is stepped over.
        """
        self._program.emit(csr(7, 0, _MIE, Csr.MSTATUS))
        self._program.emit_address(self._temporary, destination)
        self._load(_MPP | _MPIE)
        self._program.emit(csr(3, 0, self._value, Csr.MSTATUS))
        enable = self._writer.interrupts and self._random.random() < 0.6
        self._load(mode << 11 | (_MPIE if enable else 0))
        self._program.emit(csr(2, 0, self._value, Csr.MSTATUS),
                           csr(1, 0, self._temporary, Csr.MEPC), MRET)

    def _item_user(self):
        """Items in user mode, then a call back to machine mode."""
        if self._is_inside:
            return
        self._is_inside, inside = True, Label()
        self.write_return(inside, Mode.USER)
        self._program.place(inside)
        if self._random.random() < 0.4:  # code that is not for user mode, most often
            self._writer.write_jump(self.landing)
        self._writer.write_block(self._random.randint(1, 12))
        self._program.emit(ECALL)
        self._is_inside = False

    def _item_machine(self):
        """What only machine mode may do; in user mode most often an access instead."""
        if self._is_inside and self._random.random() < 0.8:
            self._writer.write_access()
            return
        items = {self._write_access_for_user: 4, self._write_user_wait: 1, self._write_entry: 6,
                 self._write_configurations: 2, self._write_security: 2}
        self._random.choices(list(items), list(items.values()))[0]()

    def _begin_rights_of(self, mode):
        """Gives loads and stores the rights of ``mode``."""
        self._load(_MPP)
        self._program.emit(csr(3, 0, self._value, Csr.MSTATUS))
        self._load(_MPRV | mode << 11)
        self._program.emit(csr(2, self._writer.destination(), self._value, Csr.MSTATUS))

    def _end_rights(self):
        """Most often takes them away again."""
        if self._random.random() < 0.8:
            self._load(_MPRV)
            self._program.emit(csr(3, self._writer.destination(), self._value, Csr.MSTATUS))

    def _write_access_for_user(self):
        """Loads and stores with MPRV set, for any mode in MPP."""
        self._begin_rights_of(self._random.choice((0, 0, 1, 2, 3)))
        for _ in range(self._random.randint(1, 4)):
            self._writer.write_access()
        self._end_rights()

    def _item_counters(self):
        self._program.emit(csr(self._random.choice((5, 6, 7)), 0, self._random.randrange(32),
                               Csr.MCOUNTEREN))
        for _ in range(self._random.randint(1, 3)):
            number = self._random.choice((0xC00, 0xC01, 0xC02, 0xC03)) | \
                self._random.choice((0, 0x80))
            self._program.emit(csr(2, self._writer.destination(), 0, number))

    def _write_user_wait(self):
        """A wfi in user mode: illegal by TW, or one that some line can end."""
        self._program.emit(ECALL, csr(7, 0, _MIE, Csr.MSTATUS))
        operation = 2
        if self._writer.interrupts:
            self._writer.enable_one()
            operation = self._random.choice((2, 3))
        self._load(_TW)
        self._program.emit(csr(operation, 0, self._value, Csr.MSTATUS))
        wait = Label()
        self.write_return(wait, Mode.USER)
        self._program.place(wait)
        self._program.emit(WFI)
        if self._random.random() < 0.7:
            self._program.emit(ECALL)

    def _write_security(self):
        """An access to mseccfg that leaves the code executable."""
        value = self._random.choice((_MML, _MMWP, _RLB, self._random.getrandbits(32)))
        kind = self._random.choice((1, 2, 3))
        self._load(value if self._has_lockdown else value & ~_MML)
        self._program.emit(csr(kind, self._writer.destination(), self._value, Csr.MSECCFG))

    def _write_configurations(self):
        """An access to a whole pmpcfg register."""
        register, kind = self._random.randrange(4), self._random.choice((1, 2, 3))
        value = int.from_bytes((self._byte() for _ in range(4)), "little")
        if register == 0 and self._style not in _ENTRY_0_IGNORES_WRITES:
            value = value & ~0xFF | (self._code_byte if kind == 1 else 0)
        self._load(value)
        self._program.emit(csr(kind, self._writer.destination(), self._value,
                               Csr.PMPCFG0 + register))

    def _byte(self):
        """A random configuration, most often on."""
        lock_chance = {_OPEN: 0.2, _LOCKED: 0.2, _LOCKDOWN: 0.2, _BYPASS: 0.5}[self._style]
        return (self._random.choice((0, 1, 2, 3, 3)) << 3 | self._random.getrandbits(3)
                | self._random.choice((0, 0, 0, 0x20, 0x40))
                | (_LOCK if self._random.random() < lock_chance else 0))

    def _write_entry(self):
        """Gives an entry an address and a configuration, then tries the ends of what it matches."""
        first = 0 if self._style in _ENTRY_0_IGNORES_WRITES else 1
        entry = self._random.randrange(first, self._random.choice((max(self._entries, 4), 16)))
        byte, size = self._byte(), 1 << self._random.randint(3, 12)
        kind, number, start = byte >> 3 & 3, Csr.PMPADDR0 + entry, self._writer.any_address()
        word = start >> 2
        if kind == 1 and entry > first:
            self._set(number - 1, word)
            word = start + size >> 2
        elif kind == 2:
            size = 4
        elif kind == 3:
            start &= -size
            word = start >> 2 | size // 8 - 1
        self._set(number, word)
        shift, register = 8 * (entry % 4), Csr.PMPCFG0 + entry // 4
        self._load(0xFF << shift)
        self._program.emit(csr(3, 0, self._value, register))
        self._load(byte << shift)
        self._program.emit(csr(2, self._writer.destination(), self._value, register))
        if self._random.random() < 0.5:
            self._begin_rights_of(self._random.choice((0, 0, 3)))
            for place in (start - 4, start, start + size - 4, start + size):
                self._program.emit(
                    *load_immediate(self._temporary, place + self._random.randrange(4)),
                    i_type(LOAD, 4, self._writer.destination(), self._temporary, 0))
            self._end_rights()
        if self._random.random() < 0.3:
            again = self._random.choice((entry, max(entry - 1, first)))
            self._set(Csr.PMPADDR0 + again, self._writer.any_address() >> 2)
