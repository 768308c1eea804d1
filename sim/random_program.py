"""Constrained-random programs for comparing harts.

A program sets every register, then does random things that always come to an end: arithmetic with
corner operands, loads and stores in and outside the map, branches, bounded loops, CSR accesses,
traps that its handler steps over, self-modifying code, and at choice what `sim.random_privilege`
adds. It ends in a jump to itself.
"""

import random
from dataclasses import dataclass

from cpu.bit_manipulation import check_extensions
from cpu.options import PMP_ENTRIES
from sim.assembler import (
    AUIPC, EBREAK, ECALL, EXTENSION_OP, EXTENSION_SHIFT, EXTENSION_UNARY, FENCE, FENCE_I, JALR,
    LOAD, LUI, MRET, NOP, OP_IMM, WFI, Label, Program, branch, csr, i_type, jal, load_immediate,
    r_type, s_type, u_type,
)
from sim.iss.csr import INTERRUPT_MASK, WITH_USER_MODE, ControlRegisters, Csr
from sim.random_privilege import PrivilegeItems

__all__ = ["CORNERS", "WINDOW_BYTES", "RandomProgram", "random_program"]

CORNERS = (0, 1, 2, 3, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFF, 0xFFFF_FFFE, 0xFFFF,
           0x1_0000, 0x5555_5555, 0xAAAA_AAAA)
"""Operands that find mistakes in multipliers, dividers, shifters and comparators."""

WINDOW_BYTES = 512
"""How far stores reach on both sides of the middle of the RAM and of three quarters of the ITCM."""

# Registers with a task; random results go to x1 to x23 (and x0).
_FREE = range(1, 24)
_DEVICE, _TEMPORARY, _COUNTER, _VALUE, _RAM, _ITCM, _RESUME, _HANDLER = range(24, 32)

_VECTOR_ALIGNMENT = 128  # 32 vectors of one word
_REGISTER_OPERATIONS = ([(0, funct3) for funct3 in range(8)] + [(0x20, 0), (0x20, 5)]
                        + [(1, funct3) for funct3 in range(8)] * 2)
_EXTENSION_CORNERS = (0, 1, 0xFFFF_FFFF, 0x8000_0000, 0x7FFF_FFFF, 31, 32, 33)
_ENCODING_BITS = [*range(12, 15), *range(20, 32)]  # of what is neither opcode, rs1 nor rd
_INTERRUPT_BITS = [bit for bit in range(32) if INTERRUPT_MASK >> bit & 1]
_STORAGE_CSRS = (Csr.MSTATUS, Csr.MIE, Csr.MSCRATCH, Csr.MEPC, Csr.MCAUSE, Csr.MTVAL,
                 Csr.MCOUNTINHIBIT)
_READABLE_CSRS = (*_STORAGE_CSRS, Csr.MTVEC, Csr.MISA, Csr.MIP, Csr.MSTATUSH, Csr.MVENDORID,
                  Csr.MARCHID, Csr.MIMPID, Csr.MHARTID, Csr.MCONFIGPTR, Csr.MCYCLE, Csr.MCYCLEH,
                  Csr.MINSTRET, Csr.MINSTRETH, Csr.MCOUNTINHIBIT, Csr.CYCLE, Csr.CYCLEH, Csr.TIME,
                  Csr.TIMEH, Csr.INSTRET, Csr.INSTRETH, 0xB03, 0xB9F, 0x323)


@dataclass(frozen=True)
class RandomProgram:
    """A program from `random_program`.

    base : int, address of the first word, where execution starts.
    words : list of int.
    end : int, address of the jump to itself.
    """

    seed: int
    base: int
    words: list
    end: int


def random_program(seed, *, itcm, ram, device=None, items=100, traps=True, interrupts=False,
                   extensions=(), pmp_entries=None):
    """A program of about ``items`` random items, the same for the same arguments.

    Parameters:
        itcm, ram, device : Region. The program lies at the start of the ITCM and stores only to
            the windows (see WINDOW_BYTES) and to the first 4 words of ``device``, if given.
        traps : bool, whether it does what traps, and CSR accesses.
        interrupts : bool, whether it enables interrupts and waits for them. The caller then raises
            the lines, and lowers a line when its handler starts.
        extensions : iterable of str, names of EXTENSIONS whose instructions it has.
        pmp_entries : int of PMP_ENTRIES, for a hart with so many and user mode: the program then
            changes modes and entries, lies in the lower half of the ITCM, whose size must be a
            power of two, and stores one word 64 bytes before its end. It needs ``traps``.
    Raises: ValueError if the program does not fit, for an unknown extension, or pmp_entries.
    """
    if pmp_entries is not None and not (traps and pmp_entries in PMP_ENTRIES):
        raise ValueError("pmp_entries must be None, or with traps 0, 4, 8 or 16, "
                         f"not {pmp_entries!r}")
    writer = _Writer(random.Random(seed), itcm, ram, device, traps, interrupts,
                     check_extensions(extensions), pmp_entries)
    words = writer.write(items)
    limit = itcm.size * 3 // 4 // 4 - WINDOW_BYTES // 4
    if pmp_entries is not None:
        limit = itcm.size // 2 // 4
    if len(words) > limit:
        raise ValueError(f"Program must be at most {limit} words long, not {len(words)}")
    return RandomProgram(seed, itcm.base, words, itcm.base + 4 * (len(words) - 1))


class _Writer:
    """Writes one program. Each ``_item_`` method writes one item."""

    def __init__(self, generator, itcm, ram, device, traps, interrupts, extensions, pmp_entries):
        self.random = generator
        self.itcm, self.ram, self.device = itcm, ram, device
        self.traps, self.interrupts = traps, interrupts
        self.ram_middle = ram.base + ram.size // 2
        self.itcm_window = itcm.base + itcm.size * 3 // 4
        self.device_base = device.base if device else self.ram_middle
        self.program = Program(itcm.base)
        self.vectors, self.handler = Label(), Label()
        self.recent = 1
        self.labels = []  # [label, items until it is placed]
        self.depth = 0
        items = {self._item_arithmetic: 30, self._item_immediate: 12, self._item_corner: 8,
                 self._item_upper: 3, self._item_load: 16, self._item_store: 12,
                 self._item_branch: 10, self._item_jump: 4, self._item_loop: 2,
                 self._item_fence: 4, self._item_modify_code: 2, self._item_hazard: 24,
                 self._item_address: 8}
        if device:
            items[self._item_device] = 6
        if traps:
            items.update({self._item_csr: 8, self._item_misaligned: 4, self._item_unmapped: 4,
                          self._item_illegal: 3, self._item_environment: 2,
                          self._item_bad_jump: 3, self._item_return: 2, self._item_vectoring: 1,
                          self._item_counter: 1})
        if interrupts:
            items.update({self._item_wait: 3, self._item_enable: 4})
        self.extensions = extensions
        self.extension_codes = [
            (codes, code) for codes in (EXTENSION_OP, EXTENSION_SHIFT, EXTENSION_UNARY)
            for name in sorted(extensions & set(codes)) for code in codes[name].values()]
        if extensions:
            items[self._item_extension] = 30
        self.hart_csrs = ControlRegisters(pmp_entries=pmp_entries)
        self.privilege, self.landings = None, []
        if pmp_entries is not None:
            self.privilege = PrivilegeItems(self, pmp_entries, temporary=_TEMPORARY, value=_VALUE,
                                            handler=_HANDLER, resume=_RESUME)
            self.landings = [self.privilege.landing] * 3
            items.update(self.privilege.items)
        self.items, self.weights = list(items), list(items.values())

    def write(self, items):
        """The words of the program."""
        start = Label()
        self.program.emit_to(start, lambda offset: jal(0, offset))
        if self.traps or self.interrupts:
            self._write_handler()
        self.program.place(start)
        self._write_setup()
        self.write_block(items)
        self.program.emit(jal(0, 0))
        return self.program.finish()

    def _write_handler(self):
        """Steps over what trapped; a fault on a fetch goes on at x30, a call from user mode in
        machine mode. Changes x31 alone."""
        program, fetch, interrupt, call, step = self.program, *(Label() for _ in range(4))
        program.pad_to(program.base + _VECTOR_ALIGNMENT)
        program.place(self.vectors)
        for _ in range(32):
            program.emit_to(self.handler, lambda offset: jal(0, offset))
        program.place(self.handler)
        program.emit(csr(2, _HANDLER, 0, Csr.MCAUSE))
        program.emit_to(interrupt, lambda offset: branch(4, _HANDLER, 0, offset))
        program.emit(i_type(OP_IMM, 0, _HANDLER, _HANDLER, -1))
        program.emit_to(fetch, lambda offset: branch(0, _HANDLER, 0, offset))
        if self.privilege:
            self.privilege.write_handler_branch(call)
        program.place(step)
        program.emit(csr(2, _HANDLER, 0, Csr.MTVAL), csr(2, _HANDLER, 0, Csr.MEPC),
                     i_type(OP_IMM, 0, _HANDLER, _HANDLER, 4), csr(1, 0, _HANDLER, Csr.MEPC), MRET)
        program.place(fetch)
        program.emit(csr(2, _HANDLER, 0, Csr.MTVAL), csr(1, _HANDLER, _RESUME, Csr.MEPC), MRET)
        program.place(interrupt)
        program.emit(csr(2, _HANDLER, 0, Csr.MSTATUS), csr(2, _HANDLER, 0, Csr.MEPC),
                     csr(2, _HANDLER, 0, Csr.MINSTRET), MRET)
        if self.privilege:
            self.privilege.write_handler_call(call, step)

    def _write_setup(self):
        program = self.program
        if self.traps or self.interrupts:
            program.emit_address(_TEMPORARY, self.handler)
            program.emit(csr(1, 0, _TEMPORARY, Csr.MTVEC))
            for number in (Csr.MSCRATCH, Csr.MEPC, Csr.MCAUSE, Csr.MTVAL, Csr.MINSTRET,
                           Csr.MINSTRETH, Csr.MIE):
                program.emit(csr(5, 0, self.random.randrange(32), number))
        for register in (0, *_FREE, _TEMPORARY, _COUNTER, _VALUE, _RESUME, _HANDLER):
            program.emit(*load_immediate(register, self._operand()))
        program.emit(*load_immediate(_RAM, self.ram_middle),
                     *load_immediate(_ITCM, self.itcm_window),
                     *load_immediate(_DEVICE, self.device_base))
        if self.privilege:
            self.privilege.write_setup()
        if self.interrupts:
            self._item_enable()
            program.emit(csr(6, 0, 8, Csr.MSTATUS))

    def write_block(self, items):
        """Random items, with branches and jumps between them that stay in the block."""
        outer, self.labels = self.labels, []
        for _ in range(items):
            self.random.choices(self.items, self.weights)[0]()
            for entry in self.labels:
                entry[1] -= 1
                if entry[1] <= 0:
                    self.program.place(entry[0])
            self.labels = [entry for entry in self.labels if entry[1] > 0]
        for label, _ in self.labels:
            self.program.place(label)
        self.labels = outer

    def _ahead(self):
        """A label after some of the next items of this block (at least this one)."""
        label = Label()
        self.labels.append([label, self.random.randint(1, 6)])
        return label

    def _operand(self):
        return self.random.choice(CORNERS) if self.random.random() < 0.6 else \
            self.random.getrandbits(32)

    def _source(self):
        """A register to read, most often one just written."""
        if self.random.random() < 0.4:
            return self.recent
        return self.random.choice((0, *_FREE, _DEVICE, _RAM, _ITCM, _RESUME))

    def destination(self):
        register = self.random.choice(_FREE) if self.random.random() < 0.95 else 0
        self.recent = register or self.recent
        return register

    def _item_arithmetic(self):
        sources = self._source(), self._source()
        self.program.emit(r_type(*self.random.choice(_REGISTER_OPERATIONS), self.destination(),
                                 *sources))

    def _item_immediate(self):
        source, funct3 = self._source(), self.random.randrange(8)
        immediate = self.random.choice((0, 1, -1, -2048, 2047, self.random.randrange(-2048, 2048)))
        if funct3 in (1, 5):
            immediate &= 31
            if funct3 == 5 and self.random.random() < 0.5:
                immediate |= 0x400
        self.program.emit(i_type(OP_IMM, funct3, self.destination(), source, immediate))

    def _corner_source(self):
        """A register to read that at times has just got a corner operand of the extensions."""
        if self.random.random() < 0.6:
            return self._source()
        register = self.random.choice(_FREE)
        self.program.emit(*load_immediate(register, self.random.choice(_EXTENSION_CORNERS)))
        return register

    def _item_extension(self):
        """An instruction of the extensions; at times, where traps may be, one bit next to it."""
        codes, code = self.random.choice(self.extension_codes)
        rs1, rs2, rd = self._corner_source(), self._corner_source(), self.destination()
        if codes is EXTENSION_OP:
            word = r_type(*code, rd, rs1, rs2)
        elif codes is EXTENSION_SHIFT:
            amount = self.random.choice((0, 1, 31, self.random.randrange(32)))
            word = r_type(*code, rd, rs1, amount, OP_IMM)
        else:
            opcode, funct3, immediate = code
            word = i_type(opcode, funct3, rd, rs1, immediate)
        if self.traps and self.random.random() < 0.1:
            word ^= 1 << self.random.choice(_ENCODING_BITS)
        self.program.emit(word)

    def _producers(self, register, value, one):
        """{kind: words that set ``register`` to the value of the register ``value``}, none of which
        can trap; the register ``one`` holds 1."""
        words = {"alu": [r_type(0, 0, register, value, 0)],
                 "multiply": [r_type(1, 0, register, value, one)],
                 "divide": [r_type(1, 5, register, value, one)]}
        if "zba" in self.extensions:
            words["bits"] = [r_type(*EXTENSION_OP["zba"]["sh1add"], register, 0, value)]
        return words

    def _trapping_producers(self, register, value):
        """As `_producers`, but of kinds that user mode or the PMP may forbid."""
        offset = self._offset(4)
        words = {"load": [s_type(2, _RAM, value, offset), i_type(LOAD, 2, register, _RAM, offset)]}
        if self.traps:
            words["csr"] = [csr(1, 0, value, Csr.MSCRATCH), csr(2, register, 0, Csr.MSCRATCH)]
        return words

    def _produce(self, kinds):
        """One of ``kinds``, and half the time an instruction behind it that writes x0."""
        self.program.emit(*kinds[self.random.choice(sorted(kinds))])
        if self.random.random() < 0.5:
            self.program.emit(self.random.choice((
                NOP, r_type(0, 4, 0, self._source(), self._source()))))

    def _item_hazard(self):
        """A result of some kind, and right behind it, or one later, what takes it."""
        register, other = self.random.sample(_FREE, 2)
        self.program.emit(*load_immediate(other, self._operand()),
                          i_type(OP_IMM, 0, _TEMPORARY, 0, 1))
        self._produce(self._producers(register, other, _TEMPORARY)
                      | self._trapping_producers(register, other))
        first, second = self.random.choice(((register, other), (other, register),
                                            (register, register), (register, 0)))
        draw = self.random.random()
        if draw < 0.35 and self.extension_codes:
            codes, code = self.random.choice(self.extension_codes)
            if codes is EXTENSION_OP:
                word = r_type(*code, self.destination(), first, second)
            elif codes is EXTENSION_SHIFT:
                word = r_type(*code, self.destination(), register, self.random.randrange(32),
                              OP_IMM)
            else:
                opcode, funct3, immediate = code
                word = i_type(opcode, funct3, self.destination(), register, immediate)
            self.program.emit(word)
        elif draw < 0.65:
            self.program.emit(r_type(*self.random.choice(_REGISTER_OPERATIONS),
                                     self.random.choice((self.destination(), first, second)),
                                     first, second))
        elif draw < 0.8:
            funct3 = self.random.randrange(8)
            immediate = self.random.randrange(32) if funct3 in (1, 5) else \
                self.random.randrange(-2048, 2048)
            self.program.emit(i_type(OP_IMM, funct3, self.destination(), register, immediate))
        elif draw < 0.9:
            funct3 = self.random.choice((0, 1, 4, 5, 6, 7))
            self.program.emit_to(self._ahead(),
                                 lambda offset: branch(funct3, first, second, offset))
        elif draw < 0.95 and self.traps:
            self.program.emit(csr(self.random.choice((1, 2, 3)), self.destination(), register,
                                  Csr.MSCRATCH))
        else:
            funct3 = self.random.randrange(3)
            self.program.emit(s_type(funct3, _RAM, register, self._offset(1 << funct3)))

    def _item_address(self):
        """A load or a store whose address has just been made."""
        register = self.random.choice(_FREE)
        self.program.emit(i_type(OP_IMM, 0, _TEMPORARY, 0, 1))
        kinds, store = self._producers(register, _RAM, _TEMPORARY), self.random.random() < 0.5
        if not (store and self.privilege):  # what traps leaves an address of which nobody knows
            kinds |= self._trapping_producers(register, _RAM)
        self._produce(kinds)
        if store:
            funct3 = self.random.randrange(3)
            word = s_type(funct3, register, self._source(), self._offset(1 << funct3))
        else:
            funct3 = self.random.choice((0, 1, 2, 4, 5))
            word = i_type(LOAD, funct3, self.destination(), register,
                          self._offset(1 << (funct3 & 3)))
        self.program.emit(word)

    def _item_corner(self):
        self.program.emit(*load_immediate(self.destination(), self._operand()))

    def _item_upper(self):
        opcode = self.random.choice((LUI, AUIPC))
        self.program.emit(u_type(opcode, self.destination(), self.random.getrandbits(32)))

    def _offset(self, size):
        return self.random.randrange(-WINDOW_BYTES, WINDOW_BYTES) // size * size

    def any_address(self):
        """A multiple of 4 that loads, stores or failing jumps reach."""
        middle = self.random.choice((self.ram_middle, self.ram_middle, self.ram_middle,
                                     self.itcm_window, self.device_base, self.itcm.end))
        return middle + self._offset(4)

    def write_access(self):
        """A load or a store."""
        self.random.choice((self._item_load, self._item_store))()

    def _item_load(self):
        funct3, base = self.random.choice((0, 1, 2, 4, 5)), self.random.choice((_RAM, _RAM, _ITCM))
        offset = self._offset(1 << (funct3 & 3))
        self.program.emit(i_type(LOAD, funct3, self.destination(), base, offset))

    def _item_store(self):
        funct3, base = self.random.choice((0, 1, 2)), self.random.choice((_RAM, _RAM, _ITCM))
        offset = self._offset(1 << funct3)
        self.program.emit(s_type(funct3, base, self._source(), offset))
        if self.random.random() < 0.3:  # a load right behind, of the same word
            load = self.random.choice((0, 1, 2, 4, 5))
            offset &= ~((1 << (load & 3)) - 1)
            self.program.emit(i_type(LOAD, load, self.destination(), base, offset))

    def _item_device(self):
        if self.random.random() < 0.5:
            funct3 = self.random.randrange(3)
            offset = self.random.randrange(16) >> funct3 << funct3
            self.program.emit(s_type(funct3, _DEVICE, self._source(), offset))
        else:
            funct3 = self.random.choice((0, 1, 2, 2, 4, 5))
            offset = self.random.randrange(64) >> (funct3 & 3) << (funct3 & 3)
            self.program.emit(i_type(LOAD, funct3, self.destination(), _DEVICE, offset))

    def _item_branch(self):
        funct3 = self.random.choice((0, 1, 4, 5, 6, 7))
        sources = self._source(), self._source()
        self.program.emit_to(self._ahead(), lambda offset: branch(funct3, *sources, offset))

    def _item_jump(self):
        register = self.destination()
        if self.random.random() < 0.5:
            self.program.emit_to(self._ahead(), lambda offset: jal(register, offset))
            return
        low_bit = self.random.randrange(2)  # jalr drops bit 0 of its target
        self.program.emit_address(_TEMPORARY, self._ahead())
        self.program.emit(i_type(JALR, 0, register, _TEMPORARY, low_bit))

    def _item_loop(self):
        if self.depth:
            return
        self.depth += 1
        begin = Label()
        self.program.emit(i_type(OP_IMM, 0, _COUNTER, 0, self.random.randint(1, 4)))
        self.program.place(begin)
        self.write_block(self.random.randint(1, 6))
        self.program.emit(i_type(OP_IMM, 0, _COUNTER, _COUNTER, -1))
        self.program.emit_to(begin, lambda offset: branch(1, _COUNTER, 0, offset))
        self.depth -= 1

    def _item_fence(self):
        self.program.emit(self.random.choice((FENCE, FENCE_I, FENCE_I, 0x8330_000F)))

    def _item_modify_code(self):
        """Writes an instruction a little ahead, then fetches it behind a fence.i."""
        place = Label()
        new = r_type(0, self.random.randrange(8), self.random.choice(_FREE), self._source(), 1)
        self.program.emit(*load_immediate(_VALUE, new))
        self.program.emit_address(_TEMPORARY, place)
        self.program.emit(s_type(2, _TEMPORARY, _VALUE, 0), FENCE_I)
        self.program.emit(*[NOP] * self.random.randrange(3))
        self.program.place(place)
        self.program.emit(NOP)

    def _item_csr(self):
        kind, source = self.random.choice((1, 2, 3, 5, 6, 7)), self._source()
        draw = self.random.random()
        if draw < 0.5:
            writable = set(_STORAGE_CSRS) - (set() if self.interrupts else {Csr.MIE})
            if self.privilege:
                writable.add(Csr.MCOUNTEREN)
            number = self.random.choice(sorted(writable))
            if not self.interrupts and number == Csr.MSTATUS:
                kind, source = 7, source & ~8 | 8  # clears MIE
        elif draw < 0.85:
            kind, source, number = self.random.choice((2, 3, 6, 7)), 0, self._any_readable()
        else:
            number = self.random.choice((
                self.random.randrange(0xC00, 0x1000), self.random.randrange(0x1000),
                *(int(n) for n in _READABLE_CSRS if n >= 0xC00)))
            if self.hart_csrs.exists(number) and number < 0xC00:
                return
        self.program.emit(csr(kind, self.destination(), source, number))

    def _any_readable(self):
        return self.random.choice(
            (*_READABLE_CSRS, *sorted(WITH_USER_MODE)) if self.privilege else _READABLE_CSRS)

    def _item_misaligned(self):
        offset = self._offset(4) + self.random.randint(1, 3)
        base, funct3 = self.random.choice((_RAM, _ITCM, _DEVICE)), self.random.choice((1, 2, 5))
        if funct3 != 2:
            offset |= 1
        if self.random.random() < 0.5:
            self.program.emit(i_type(LOAD, funct3, self.destination(), base, offset))
        else:
            self.program.emit(s_type(funct3 & 3, base, self._source(), offset))

    def _item_unmapped(self):
        """Accesses at the edges of the memories and far away; the inner side is allowed."""
        edge = self.random.choice((self.ram.base, self.ram.end, self.itcm.end, 0, 1 << 32,
                                   self.itcm.base, 0xF000_0000, self.random.getrandbits(32)))
        self.program.emit(*load_immediate(_TEMPORARY, edge & 0xFFFF_FFFF))
        store, offset = self.random.random() < 0.5, self.random.choice((-4, 0, 4, 2, 16))
        if store and edge in (self.itcm.base, self.itcm.end) and offset >= 0:
            offset = -4  # not over the program
        funct3 = self.random.randrange(3)
        if store:
            self.program.emit(s_type(funct3, _TEMPORARY, self._source(), offset))
        else:
            self.program.emit(i_type(LOAD, funct3, self.destination(), _TEMPORARY, offset))

    def _item_illegal(self):
        register = self._source()
        self.program.emit(self.random.choice((
            0, 0xFFFF_FFFF, self.random.getrandbits(32) & ~3 | self.random.randrange(3),
            r_type(self.random.choice((2, 0x21, 0x40, 0x60)), self.random.randrange(8), 1, 2, 3),
            r_type(0x20, self.random.choice((1, 2, 3, 4, 6, 7)), 1, 2, 3),
            i_type(OP_IMM, self.random.choice((1, 5)), 1, register, 0x800 | register),
            i_type(OP_IMM, 1, 1, register, 0x400), i_type(JALR, self.random.randint(1, 7), 1, 2, 0),
            i_type(LOAD, self.random.choice((3, 6, 7)), 1, _RAM, 0),
            s_type(self.random.randint(3, 7), _RAM, register, 0),
            branch(self.random.choice((2, 3)), 0, 0, 8), 0x0000_200F, csr(4, 1, 2, Csr.MSCRATCH),
            0x1020_0073, 0x0020_0073, 0x7B20_0073, 0x1200_0073, MRET | 1 << 7, WFI | 1 << 15,
            ECALL | 1 << 7, EBREAK | 1 << 15, 0x0000_0053, 0x0000_002F, 0x0000_0007, 0x0000_001B,
            0x0000_003B, 0x0000_000B)))

    def _item_environment(self):
        self.program.emit(self.random.choice((ECALL, EBREAK)))

    def _item_bad_jump(self):
        """Jumps to what is no multiple of 4, or where no code can be."""
        draw = self.random.randrange(4)
        if draw == 0:
            self.program.emit(jal(self.destination(), self.random.choice((2, -2, 6, 102))))
        elif draw == 1:
            funct3 = self.random.choice((0, 1, 4, 5, 6, 7))
            self.program.emit(branch(funct3, self._source(), self._source(), 6))
        else:
            self.write_jump(self.random.choice((
                0, self.ram.base, self.itcm.end, self.itcm.base - 4, self.ram.base + 2, 0xFFFF_FFFC,
                self.device.base if self.device else 0, *self.landings)))

    def write_jump(self, target):
        """A jump to where no code can be, or a jump to x30 that the PMP may forbid."""
        resume = Label()
        self.program.emit_address(_RESUME, resume)
        self.program.emit(*load_immediate(_TEMPORARY, target),
                          i_type(JALR, 0, self.destination(), _TEMPORARY, 0))
        self.program.place(resume)

    def _item_return(self):
        """An mret that is no return; interrupts are off while mepc must hold."""
        if self.privilege:
            self.privilege.write_return(self._ahead(), self.random.choice((0, 3, 3)))
            return
        self.program.emit(csr(7, 0, 8, Csr.MSTATUS))
        self.program.emit_address(_TEMPORARY, self._ahead())
        if not self.interrupts:
            self.program.emit(*load_immediate(_VALUE, 0x80), csr(3, 0, _VALUE, Csr.MSTATUS))
        self.program.emit(csr(1, 0, _TEMPORARY, Csr.MEPC), MRET)

    def _item_vectoring(self):
        vectored = self.random.randrange(2)
        self.program.emit_address(_TEMPORARY, self.vectors if vectored else self.handler)
        self.program.emit(i_type(OP_IMM, 6, _TEMPORARY, _TEMPORARY, vectored),
                          csr(1, self.destination(), _TEMPORARY, Csr.MTVEC))

    def _item_counter(self):
        number = self.random.choice((Csr.MINSTRET, Csr.MINSTRETH, Csr.MCYCLE, Csr.MCYCLEH))
        self.program.emit(*load_immediate(_TEMPORARY, self._operand()),
                          csr(1, self.destination(), _TEMPORARY, number))
        for _ in range(self.random.randrange(3)):
            self._item_arithmetic()
        self.program.emit(csr(2, self.destination(), 0, self.random.choice(
            (Csr.MINSTRET, Csr.MINSTRETH))))

    def _item_enable(self):
        count = self.random.choice((2, 6, len(_INTERRUPT_BITS)))
        mask = sum(1 << bit for bit in self.random.sample(_INTERRUPT_BITS, count))
        self.program.emit(*load_immediate(_TEMPORARY, mask),
                          csr(self.random.choice((1, 2)), 0, _TEMPORARY, Csr.MIE))
        if self.random.random() < 0.7:
            self.program.emit(csr(6, 0, 8, Csr.MSTATUS))

    def _item_wait(self):
        """A wfi that some line can end, whether or not its interrupt is then taken."""
        if self.privilege:
            self.program.emit(ECALL)  # user mode could not enable that line
        self.enable_one()
        self.program.emit(WFI)

    def enable_one(self):
        """Enables one interrupt more."""
        self.program.emit(*load_immediate(_TEMPORARY, 1 << self.random.choice(_INTERRUPT_BITS)),
                          csr(2, 0, _TEMPORARY, Csr.MIE))
