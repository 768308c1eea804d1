"""What one instruction must do: `specification` as a circuit."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from tests.formal.specification import (
    BRANCHES, INSTRUCTIONS, LOADS, OPERATIONS, STORES, any_of, csr_is_known,
)

__all__ = ["Cause", "Effect", "Followed", "Reference", "stand_in"]


def stand_in(funct3, a, b):
    """In the place of a product or a quotient: it tells the operation and its operands."""
    return Cat(b[31], b[:31]) ^ a ^ Cat(funct3, Const(0, 29))


class Cause:
    """Exception codes (RISC-V Privileged 1.13 §3.1.15)."""

    TARGET_MISALIGNED, FETCH_FAULT, ILLEGAL, BREAKPOINT = 0, 1, 2, 3
    LOAD_MISALIGNED, LOAD_FAULT, STORE_MISALIGNED, STORE_FAULT = 4, 5, 6, 7
    CALL_FROM_USER, CALL_FROM_MACHINE = 8, 11


class Effect(data.Struct):
    """What an instruction does; with ``trap`` nothing but that."""

    trap: 1
    cause: 4
    value: 32  # for mtval
    is_decided_early: 1  # the trap is for what it is, not for where it goes or reaches
    reads_rs1: 1
    reads_rs2: 1
    writes: 1  # rd, which is not x0
    rd: 5
    result: 32  # what rd gets, but of a load
    load: 1
    store: 1
    address: 32
    lanes: 4  # of the aligned word, that it reads or writes
    data: 32  # what it writes, each byte in its lane
    next_pc: 32
    csr_write: 1
    csr_value: 32  # what the CSR gets


class Followed(data.Struct):
    """An instruction on its way, and what it must do; members as of `Reference`."""

    word: 32
    pc: 32
    machine: 1
    x: 32
    y: 32
    effect: Effect


class Reference(wiring.Component):
    """Says what an instruction must do, of a core with all extensions, user mode and no PMP entry.

    Multiplications and divisions give `stand_in`.

    Parameters: regions : {"itcm": Region, "ram": Region, "devices": list of Region}.
    Members: word : In(32), the instruction at pc : In(32); machine : In(1), in the mode M; x, y :
             In(32), what it reads in rs1 and rs2; csr : In(32), in the CSR that it names;
             counters : In(3), mcounteren; wfi_traps : In(1), mstatus.TW in user mode; return_pc :
             In(32), mepc. effect : Out(Effect).
    Timing: combinational.
    """

    def __init__(self, *, regions):
        self._regions = regions
        super().__init__({"word": In(32), "pc": In(32), "machine": In(1), "x": In(32), "y": In(32),
                          "csr": In(32), "counters": In(3), "wfi_traps": In(1),
                          "return_pc": In(32), "effect": Out(Effect)})

    def elaborate(self, platform):
        m = Module()
        self._matches = {name: Signal(name=f"is_{name}") for name in INSTRUCTIONS}
        immediate, is_csr = Signal(32), self._is("csr")
        m.d.comb += [
            *(self._matches[name].eq(instruction.matches(self.word))
              for name, instruction in INSTRUCTIONS.items()),
            immediate.eq(any_of(Mux(self._matches[name], instruction.immediate_of(self.word), 0)
                                for name, instruction in INSTRUCTIONS.items()
                                if instruction.fields & {"imm", "shamt"})),
            self.effect.reads_rs1.eq(self._is("rs1")), self.effect.reads_rs2.eq(self._is("rs2")),
            self.effect.writes.eq(self._is("rd") & self.word[7:12].any()),
            self.effect.rd.eq(self.word[7:12]),
        ]
        self._compute(m, immediate, is_csr)
        self._access(m, immediate)
        misaligned = self._go_on(m, immediate)
        self._trap(m, is_csr, misaligned)
        return m

    def _is(self, field):
        return any_of(match for name, match in self._matches.items()
                      if field in INSTRUCTIONS[name].fields)

    def _chosen(self, functions):
        """What the function of the matching instruction gives, {name: function}."""
        return any_of(Mux(self._matches[name], value, 0) for name, value in functions.items())

    def _compute(self, m, immediate, is_csr):
        is_ = self._matches
        second, operand = Signal(32), Signal(32)
        m.d.comb += [
            second.eq(Mux(self._is("rs2"), self.y, immediate)),
            self.effect.result.eq(
                self._chosen({name: function(self.x, second)
                              for name, function in OPERATIONS.items()})
                | self._chosen({
                    "lui": immediate, "auipc": (self.pc + immediate)[:32],
                    **dict.fromkeys(("jal", "jalr"), (self.pc + 4)[:32]),
                    **dict.fromkeys(("mul", "mulh", "mulhsu", "mulhu", "div", "divu", "rem",
                                     "remu"), stand_in(self.word[12:15], self.x, self.y))})
                | Mux(is_csr, self.csr, 0)),
            operand.eq(Mux(self._is("uimm"), self.word[15:20], self.x)),
            self.effect.csr_write.eq(~self.effect.trap & (
                is_["csrrw"] | is_["csrrwi"] | (is_csr & self.word[15:20].any()))),
            self.effect.csr_value.eq(self._chosen({
                **dict.fromkeys(("csrrw", "csrrwi"), operand),
                **dict.fromkeys(("csrrs", "csrrsi"), self.csr | operand),
                **dict.fromkeys(("csrrc", "csrrci"), self.csr & ~operand)})),
        ]

    def _access(self, m, immediate):
        effect, lane = self.effect, self.effect.address[:2]
        sizes = {name: size for name, (size, _) in LOADS.items()} | STORES
        m.d.comb += [
            effect.load.eq(any_of(self._matches[name] for name in LOADS)),
            effect.store.eq(any_of(self._matches[name] for name in STORES)),
            effect.address.eq(self.x + immediate),
            effect.lanes.eq(self._chosen({name: (1 << size) - 1 for name, size in sizes.items()})
                            << lane),
            effect.data.eq(self.y << Cat(Const(0, 3), lane)),
        ]

    def _go_on(self, m, immediate):
        """Says where the program goes on; returns whether that is no multiple of 4."""
        is_, next_pc = self._matches, self.effect.next_pc
        taken, target = Signal(), Signal(32)
        m.d.comb += [
            taken.eq(is_["jal"] | self._chosen({name: function(self.x, self.y)
                                                for name, function in BRANCHES.items()})),
            target.eq(self.pc + immediate),
            next_pc.eq(self.pc + 4),
        ]
        with m.If(taken):
            m.d.comb += next_pc.eq(target)
        with m.If(is_["jalr"]):
            m.d.comb += next_pc.eq((self.x + immediate) & 0xFFFF_FFFE)
        with m.If(is_["mret"]):
            m.d.comb += next_pc.eq(self.return_pc)
        return next_pc[1]

    def _trap(self, m, is_csr, target_misaligned):
        effect, is_, address = self.effect, self._matches, self.effect.address
        regions = [self._regions["itcm"], self._regions["ram"], *self._regions["devices"]]
        reached = any_of((address >= region.base) & (address < region.end) for region in regions)
        itcm = self._regions["itcm"]
        misaligned = self._chosen({
            **dict.fromkeys(("lh", "lhu", "sh"), address[0]),
            **dict.fromkeys(("lw", "sw"), address[:2].any())})
        legal = (any_of(is_.values()) & (~is_csr | self._csr_is_allowed())
                 & (~is_["mret"] | self.machine) & (~is_["wfi"] | ~self.wfi_traps))
        m.d.comb += [effect.trap.eq(1), effect.is_decided_early.eq(1)]
        with m.If((self.pc < itcm.base) | (self.pc >= itcm.end)):
            m.d.comb += [effect.cause.eq(Cause.FETCH_FAULT), effect.value.eq(self.pc)]
        with m.Elif(~legal):
            m.d.comb += [effect.cause.eq(Cause.ILLEGAL), effect.value.eq(self.word)]
        with m.Elif(is_["ecall"]):
            m.d.comb += effect.cause.eq(Mux(self.machine, Cause.CALL_FROM_MACHINE,
                                            Cause.CALL_FROM_USER))
        with m.Elif(is_["ebreak"]):
            m.d.comb += [effect.cause.eq(Cause.BREAKPOINT), effect.value.eq(self.pc)]
        with m.Else():
            m.d.comb += effect.is_decided_early.eq(0)
            accesses = effect.load | effect.store
            with m.If(target_misaligned):
                m.d.comb += [effect.cause.eq(Cause.TARGET_MISALIGNED),
                             effect.value.eq(effect.next_pc)]
            with m.Elif(misaligned):
                m.d.comb += [effect.cause.eq(Mux(effect.load, Cause.LOAD_MISALIGNED,
                                                 Cause.STORE_MISALIGNED)),
                             effect.value.eq(address)]
            with m.Elif(accesses & ~reached):
                m.d.comb += [effect.cause.eq(Mux(effect.load, Cause.LOAD_FAULT,
                                                 Cause.STORE_FAULT)),
                             effect.value.eq(address)]
            with m.Else():
                m.d.comb += effect.trap.eq(0)

    def _csr_is_allowed(self):
        """Of the modes, and of what is read-only: RISC-V Privileged 1.13 §2.1, §3.1.11."""
        address, is_ = self.word[20:32], self._matches
        writes = is_["csrrw"] | is_["csrrwi"] | self.word[15:20].any()
        is_counter = (address[8:12] == 0xC) & (address[2:7] == 0)
        shown = is_counter & self.counters.bit_select(address[:2], 1)
        return (csr_is_known(address) & ~(writes & address[10:12].all())
                & (self.machine | (~address[8:10].any() & shown)))
