"""The RVFI port: what retires, for test benches and proofs."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.operands import Result
from cpu.ports import Issue, RvfiSignature

__all__ = ["Rvfi"]


class Rvfi(wiring.Component):
    """Follows instructions through the memory stage and reports each as it writes back.

    Members:
        issued   : In(1), an instruction enters the memory stage, with register numbers rs1, rs2 :
                   In(5), 0 for those not read, and values a, b : In(32).
        stage    : In(Issue), the memory stage; leaves : In(1), its instruction leaves it, with
                   trap : In(1) to ``vector`` : In(30), and target : In(30) of a transfer.
        byte_enable : In(4) and raw_data : In(32), of its load or store.
        written  : In(Result), what is written back.
        port     : Out(RvfiSignature()).
    Timing: ``port.valid`` one cycle after ``leaves``. Nothing in the core depends on this block.
    """

    def __init__(self):
        super().__init__({
            "issued": In(1),
            "rs1": In(5),
            "rs2": In(5),
            "a": In(32),
            "b": In(32),
            "stage": In(Issue),
            "leaves": In(1),
            "trap": In(1),
            "vector": In(30),
            "target": In(30),
            "byte_enable": In(4),
            "raw_data": In(32),
            "written": In(Result),
            "port": Out(RvfiSignature()),
        })

    def elaborate(self, platform):
        m = Module()
        stage, port = self.stage, self.port
        sources = Signal(74)
        with m.If(self.issued):
            m.d.sync += sources.eq(Cat(self.rs1, self.rs2, Mux(self.rs1 == 0, 0, self.a),
                                       Mux(self.rs2 == 0, 0, self.b)))

        next_pc = Signal(30)
        with m.If(self.trap):
            m.d.comb += next_pc.eq(self.vector)
        with m.Elif(stage.transfer & stage.taken):
            m.d.comb += next_pc.eq(self.target)
        with m.Else():
            m.d.comb += next_pc.eq(stage.pc + 1)

        retires = self.leaves & ~stage.interrupt
        interrupted, is_first = Signal(), Signal()
        with m.If(self.leaves):
            m.d.sync += [interrupted.eq(stage.interrupt), is_first.eq(interrupted)]

        accesses = ~self.trap & (stage.access.load | stage.access.store)
        mask = Mux(accesses, self.byte_enable, 0)
        m.d.sync += [
            port.valid.eq(retires),
            port.order.eq(port.order + port.valid),
            port.insn.eq(stage.word),
            port.trap.eq(self.trap),
            port.mode.eq(stage.machine.replicate(2)),
            Cat(port.rs1_addr, port.rs2_addr, port.rs1_rdata, port.rs2_rdata).eq(sources),
            port.pc_rdata.eq(Cat(Const(0, 2), stage.pc)),
            port.pc_wdata.eq(Cat(Const(0, 2), next_pc)),
            port.mem_addr.eq(Mux(accesses, Cat(Const(0, 2), stage.access.address[2:]), 0)),
            port.mem_rmask.eq(Mux(stage.access.load, mask, 0)),
            port.mem_wmask.eq(Mux(stage.access.store, mask, 0)),
            port.mem_rdata.eq(self.raw_data),
            port.mem_wdata.eq(stage.access.store_data),
        ]
        m.d.comb += [
            port.halt.eq(0),
            port.intr.eq(is_first),
            port.ixl.eq(1),
            port.rd_addr.eq(Mux(self.written.writes, self.written.rd, 0)),
            port.rd_wdata.eq(Mux(self.written.writes, self.written.value | self.written.loaded, 0)),
        ]
        return m
