"""The control and status registers."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.options import IMPLEMENTATION_ID
from cpu.ports import CsrPortSignature

__all__ = ["CsrFile"]


class CsrFile(wiring.Component):
    """Merges the groups of CSRs, and makes the new value of a CSR instruction.

    Parameters: hart_id : int, mhartid; extensions : set of names in `EXTENSIONS`; user_mode : bool,
                there is user mode; groups : int, how many groups of CSRs there are.
    Members:
        address : In(12); funct3 : In(3) and operand : In(32), of the CSR instruction.
        machine : In(1), the mode is M.
        writes  : In(1), the instruction writes the CSR; write : In(1), and now is the time.
        read_data : Out(32), the old value.
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
            "address": In(12),
            "machine": In(1),
            "funct3": In(3),
            "operand": In(32),
            "writes": In(1),
            "write": In(1),
            "read_data": Out(32),
            "illegal": Out(1),
            "groups": Out(CsrPortSignature()).array(groups),
        })

    def elaborate(self, platform):
        m = Module()
        identity, known = Signal(32), Signal()
        m.d.comb += known.eq(1)
        with m.Switch(self.address):
            with m.Case(0x301):
                m.d.comb += identity.eq(self._misa)
            with m.Case(0xF14):
                m.d.comb += identity.eq(self._hart_id)
            with m.Case(0xF13):
                m.d.comb += identity.eq(IMPLEMENTATION_ID)
            with m.Case(0xF11, 0xF12, 0xF15):
                m.d.comb += identity.eq(0)
            with m.Default():
                m.d.comb += known.eq(0)

        new = Signal(32)
        with m.If(~self.funct3[1]):  # csrrw
            m.d.comb += new.eq(self.operand)
        with m.Elif(self.funct3[0]):  # csrrc
            m.d.comb += new.eq(self.read_data & ~self.operand)
        with m.Else():  # csrrs
            m.d.comb += new.eq(self.read_data | self.operand)

        read_data, exists = identity, known
        for group in self.groups:
            read_data = read_data | group.read_data
            exists = exists | group.exists
            m.d.comb += [
                group.address.eq(self.address),
                group.write.eq(self.write),
                group.write_data.eq(new),
            ]
        read_only = self.address[10:12] == 0b11
        m.d.comb += [
            self.read_data.eq(read_data),
            self.illegal.eq(~exists | (self.writes & read_only)
                            | (~self.machine & self.address[8:10].any())),
        ]
        return m
