"""Register tables: one description of a block's registers, from which everything else is made.

A `RegisterTable` is plain data. `RegisterBank` turns it into gateware; ``soc/generate`` turns it
into the C header, JSON, SVD and the register reference.
"""

import enum
from dataclasses import dataclass, field

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from soc.fabric.bus import RegisterBusSignature

__all__ = ["Access", "Field", "MemoryRange", "PAGE_BYTES", "Register", "RegisterBank",
           "RegisterTable"]


PAGE_BYTES = 4096
"""Bytes of address space that each page of a block takes."""


class Access(enum.Enum):
    """What software and hardware may do with a field.

    RW      software reads and writes, hardware reads.
    RO      hardware drives, software reads.
    COMMAND software writes, hardware sees value and strobe for one cycle; reads 0.
    W1C     hardware sets bits, software clears the bits that it writes as 1.
    SHARED  hardware holds and drives the value, software reads it and offers it new ones.
    """

    RW = "rw"
    RO = "ro"
    COMMAND = "command"
    W1C = "w1c"
    SHARED = "shared"


@dataclass(frozen=True)
class Field:
    """One field: name, width in bits, access, reset value and a sentence (unit, legal range).

    ``values`` is a dict of {lower-case name: number} of the legal values of an enumerated field;
    ``signed`` sign-extends in C and in the gateware's member shape.
    """

    name: str
    width: int
    access: Access
    doc: str
    reset: int = 0
    values: dict = field(default_factory=dict)
    signed: bool = False

    def __post_init__(self):
        if not self.name.isidentifier() or self.name != self.name.lower():
            raise ValueError(f"Field name must be a lower-case identifier, not {self.name!r}")
        if not 1 <= self.width <= 32:
            raise ValueError(f"Width of field {self.name} must be from 1 to 32, not {self.width}")
        if not 0 <= self.reset < (1 << self.width):
            raise ValueError(f"Reset value of field {self.name} must fit in {self.width} bits, "
                             f"not {self.reset:#x}")
        for name, number in self.values.items():
            if not (isinstance(name, str) and name.isidentifier() and name == name.lower()):
                raise ValueError(f"Name of a value of field {self.name} must be a lower-case "
                                 f"identifier, not {name!r}")
            if not 0 <= number < (1 << self.width):
                raise ValueError(f"Value {name} of field {self.name} must fit in {self.width} "
                                 f"bits, not {number:#x}")


@dataclass(frozen=True)
class Register:
    """One 32-bit register: name, byte offset, fields from bit 0 upwards, a sentence.

    ``machine_only`` makes writes from user mode have no effect and reads give 0. A field named
    ``reserved``, or several, leaves a gap: it reads 0 and ignores writes.
    """

    name: str
    offset: int
    doc: str
    fields: tuple
    machine_only: bool = False

    def __post_init__(self):
        object.__setattr__(self, "fields", tuple(self.fields))
        if self.offset % 4:
            raise ValueError(f"Offset of register {self.name} must be a multiple of 4, "
                             f"not {self.offset:#x}")
        if self.width > 32:
            raise ValueError(f"Fields of register {self.name} must fit in 32 bits, "
                             f"not {self.width}")
        names = [f.name for _, f in self.placed_fields()]
        if len(names) != len(set(names)):
            raise ValueError(f"Fields of register {self.name} must have distinct names, "
                             f"not {names}")

    @property
    def width(self):
        """Bits that the fields take together."""
        return sum(f.width for f in self.fields)

    def placed_fields(self):
        """Pairs (lowest bit, field) of the fields that are not reserved."""
        placed, bit = [], 0
        for f in self.fields:
            if f.name != "reserved":
                placed.append((bit, f))
            bit += f.width
        return placed


@dataclass(frozen=True)
class MemoryRange:
    """``words`` consecutive 32-bit words whose reads the block answers; writes are ignored."""

    name: str
    offset: int
    words: int
    doc: str


@dataclass(frozen=True)
class RegisterTable:
    """All registers of one block.

    ``pages`` is the address space in PAGE_BYTES. Registers must lie inside it and not overlap.
    """

    name: str
    doc: str
    registers: tuple
    ranges: tuple = ()
    pages: int = 1

    def __post_init__(self):
        object.__setattr__(self, "registers", tuple(self.registers))
        object.__setattr__(self, "ranges", tuple(self.ranges))
        taken = {}
        spans = [(r.name, r.offset, 1) for r in self.registers]
        spans += [(r.name, r.offset, r.words) for r in self.ranges]
        for name, offset, words in spans:
            for address in range(offset, offset + 4 * words, 4):
                if address in taken:
                    raise ValueError(f"{self.name}.{name} must not overlap "
                                     f"{self.name}.{taken[address]} at offset {address:#x}")
                if address >= self.size_bytes:
                    raise ValueError(f"{self.name}.{name} must lie below {self.size_bytes:#x}, "
                                     f"not at offset {address:#x}")
                taken[address] = name

    @property
    def size_bytes(self):
        """Bytes of address space."""
        return self.pages * PAGE_BYTES

    def register(self, name):
        """The register called ``name``; raises KeyError."""
        return {r.name: r for r in self.registers}[name]


def _field_signature(f):
    shape = signed(f.width) if f.signed else unsigned(f.width)
    if f.access is Access.RO:
        return In(wiring.Signature({"value": Out(shape)}))
    if f.access is Access.W1C:
        return Out(wiring.Signature({"value": Out(shape), "set": In(shape)}))
    if f.access is Access.SHARED:
        return Out(wiring.Signature({"value": In(shape), "written": Out(shape), "strobe": Out(1)}))
    return Out(wiring.Signature({"value": Out(shape), "strobe": Out(1)}))


class RegisterBank(wiring.Component):
    """The registers of one table, as gateware.

    Parameters:
        table  : RegisterTable
        resets : dict of {(register, field): int}, reset values that replace those of the table.
    Members:
        bus : In(RegisterBusSignature()), answers what is ``present`` while ``select`` is high, and
            reads 0 else.
        select : In(1), the access is for this block; the low address bits pick the register.
        <register>.<field> : RW, COMMAND: Out ``value``, and ``strobe``, high in one cycle for a
            write: together with ``value`` for COMMAND, one cycle after the write, when ``value``
            is already new, for RW. RO: In ``value``. W1C: Out ``value``, In ``set``, which wins.
            SHARED: In ``value``; Out ``written``, which is ``value`` with the written bytes
            replaced, and ``strobe`` with it.
        <range>.address : Out(word index), <range>.read_data : In(32), answered in the same cycle;
            <range>.read : Out(1), the cycle is a read of the range.
    Timing: write effective at the end of the request's cycle; ``bus.read_data`` valid one cycle
        after the request (the fabric adds the second cycle of READ_LATENCY).
    """

    def __init__(self, table, resets=None):
        self.table = table
        self._resets = dict(resets or {})
        members = {"bus": In(RegisterBusSignature()), "select": In(1)}
        for register in table.registers:
            members[register.name] = Out(wiring.Signature({
                f.name: _field_signature(f) for _, f in register.placed_fields()}))
        for r in table.ranges:
            members[r.name] = Out(wiring.Signature({
                "address": Out(range(r.words)), "read": Out(1), "read_data": In(32)}))
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        bus = self.bus
        index_bits = (self.table.size_bytes // 4 - 1).bit_length()
        index = bus.address[2:2 + index_bits]
        answers = []
        for register in self.table.registers:
            hit = Signal(name=f"{register.name}_hit")
            allowed = bus.machine if register.machine_only else Const(1)
            m.d.comb += hit.eq((index == register.offset // 4) & allowed)
            word = self._register(m, register, hit & self.select & bus.request & bus.write)
            answers.append(Mux(hit, word, 0))
        for r in self.table.ranges:
            port = getattr(self, r.name)
            first = r.offset // 4
            hit = Signal(name=f"{r.name}_hit")
            m.d.comb += [
                hit.eq((index >= first) & (index < first + r.words)),
                port.address.eq(index - first),
                port.read.eq(hit & self.select & bus.request & ~bus.write),
            ]
            answers.append(Mux(hit, port.read_data, 0))
        # Whether anything was asked of this block takes longer to tell than which of its registers.
        read_data, is_answer = Signal(32), Signal()
        merged = Const(0, 32)
        for answer in answers:
            merged = merged | answer
        m.d.sync += [read_data.eq(merged), is_answer.eq(self.select & bus.present)]
        m.d.comb += bus.read_data.eq(Mux(is_answer, read_data, 0))
        return m

    def _register(self, m, register, writes):
        """Adds storage and strobes of a register, which an access ``writes``; returns its word."""
        word = Signal(32, name=f"{register.name}_word")
        for bit, f in register.placed_fields():
            port = getattr(getattr(self, register.name), f.name)
            mask = Cat(lane.replicate(8) for lane in self.bus.byte_enable)[bit:bit + f.width]
            written = self.bus.write_data[bit:bit + f.width]
            write = writes & mask.any()
            reset = self._resets.get((register.name, f.name), f.reset)
            if f.access is Access.RO:
                m.d.comb += word[bit:bit + f.width].eq(port.value)
            elif f.access is Access.SHARED:
                m.d.comb += [word[bit:bit + f.width].eq(port.value), port.strobe.eq(write),
                             port.written.eq((port.value & ~mask) | (written & mask))]
            elif f.access is Access.COMMAND:
                m.d.comb += [port.value.eq(written & mask), port.strobe.eq(write)]
            else:
                stored = Signal(f.width, init=reset, name=f"{register.name}_{f.name}")
                m.d.comb += [word[bit:bit + f.width].eq(stored), port.value.eq(stored)]
                if f.access is Access.W1C:
                    cleared = Mux(write, written & mask, 0)
                    m.d.sync += stored.eq((stored & ~cleared) | port.set)
                else:
                    m.d.sync += port.strobe.eq(write)
                    # One enable for each byte lane, so that a bit costs a flip-flop and no LUT.
                    for lane in range(4):
                        low, high = max(bit, 8 * lane), min(bit + f.width, 8 * lane + 8)
                        if low < high:
                            with m.If(writes & self.bus.byte_enable[lane]):
                                m.d.sync += stored[low - bit:high - bit].eq(
                                    self.bus.write_data[low:high])
        return word
