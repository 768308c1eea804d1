"""The control and status registers."""

import operator
from functools import reduce

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.options import IMPLEMENTATION_ID
from cpu.ports import CsrPortSignature

__all__ = ["CsrFile", "read_csrs", "select_csrs"]


def select_csrs(m, port, addresses, *, more=(), shown=1):
    """Tells which CSR of ``addresses`` the instruction in execute names: {address: Signal}.

    Decoded in the cycle before, so that reading and writing begin with one bit. Answers
    ``port.exists``, for the CSRs at ``addresses`` and at ``more`` addresses, while they are
    ``shown``.
    """
    selected = {address: Signal(name=f"csr_{address:x}") for address in addresses}
    exists = Signal()
    with m.If(port.takes):
        m.d.sync += [signal.eq(port.next_address == address)
                     for address, signal in selected.items()]
        m.d.sync += exists.eq(_is_one_of(port.next_address, [*addresses, *more]))
    m.d.comb += port.exists.eq(exists & shown)
    return selected


def read_csrs(selected, contents):
    """The one of ``contents``, {address: value}, that is ``selected``, or 0."""
    return _or(Mux(selected[address], content, 0) for address, content in contents.items())


def _or(values):
    """The bitwise OR of ``values``."""
    return reduce(operator.or_, values)


def _is_one_of(address, numbers):
    """Condition that ``address`` is one of ``numbers``: for each high half a table of low ones."""
    tables = {}
    for high in sorted({number >> 6 for number in numbers}):
        table = sum(1 << (number & 63) for number in set(numbers) if number >> 6 == high)
        tables.setdefault(table, []).append(high)
    return Cat(Const(table, 64).bit_select(address[0:6], 1) & address[6:12].matches(*highs)
               for table, highs in tables.items()).any()


class CsrFile(wiring.Component):
    """Merges the groups of CSRs, and makes the new value of a CSR instruction.

    Parameters: hart_id : int, mhartid; extensions : set of names in `EXTENSIONS`; user_mode : bool,
                there is user mode; groups : int, how many groups of CSRs there are.
    Members:
        takes   : In(1), the instruction with ``next_address`` : In(12) enters execute.
        address : In(12); funct3 : In(3) and operand : In(32), of the CSR instruction in execute.
        machine : In(1), the mode is M.
        writes  : In(1), the instruction writes the CSR; write : In(1), and now is the time.
        read_data : Out(32), the old value.
        hidden  : In(1), user mode may not read this counter.
        illegal : Out(1), the CSR does not exist, or not for this mode, or would be written and is
                  read-only.
        groups  : Out(array of CsrPortSignature()).
    Timing: reads are combinational, writes effective at the end of the cycle.
    Source: RISC-V Privileged 1.13 §2.1, §2.2, §3.1.1 to §3.1.5; Zicsr. mimpid is
        IMPLEMENTATION_ID, the other CSRs of identity but mhartid read 0; misa is read-only in
        effect: RV32IM, U with user mode, and B with all of Zba, Zbb and Zbs.
    """

    def __init__(self, *, hart_id=0, extensions, user_mode, groups):
        self._hart_id = hart_id
        letters = "IM" + "U" * user_mode + "B" * ({"zba", "zbb", "zbs"} <= extensions)
        self._misa = 1 << 30 | sum(1 << ord(letter) - ord("A") for letter in letters)
        super().__init__({
            "takes": In(1),
            "next_address": In(12),
            "address": In(12),
            "machine": In(1),
            "funct3": In(3),
            "operand": In(32),
            "writes": In(1),
            "write": In(1),
            "read_data": Out(32),
            "hidden": In(1),
            "illegal": Out(1),
            "groups": Out(CsrPortSignature()).array(groups),
        })

    def elaborate(self, platform):
        m = Module()
        identity = {0x301: self._misa, 0xF11: 0, 0xF12: 0, 0xF13: IMPLEMENTATION_ID,
                    0xF14: self._hart_id, 0xF15: 0}
        own = CsrPortSignature().create()
        selected = select_csrs(m, own, identity)
        m.d.comb += own.read_data.eq(read_csrs(selected, identity))

        new = Signal(32)
        with m.If(~self.funct3[1]):  # csrrw
            m.d.comb += new.eq(self.operand)
        with m.Elif(self.funct3[0]):  # csrrc
            m.d.comb += new.eq(self.read_data & ~self.operand)
        with m.Else():  # csrrs
            m.d.comb += new.eq(self.read_data | self.operand)

        for group in (own, *self.groups):
            m.d.comb += [
                group.takes.eq(self.takes),
                group.next_address.eq(self.next_address),
                group.write.eq(self.write),
                group.write_data.eq(new),
            ]
        known = Cat(group.exists for group in (own, *self.groups)).any()
        read_only = self.address[10:12] == 0b11
        m.d.comb += [
            self.read_data.eq(_or(group.read_data for group in (own, *self.groups))),
            self.illegal.eq(~known | (self.writes & read_only)
                            | (~self.machine & (self.address[8:10].any() | self.hidden))),
        ]
        return m
