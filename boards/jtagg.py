"""The debug port by the JTAG pins of the FPGA itself."""

from amaranth.hdl import Cat, Instance, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import Out

from soc.debug.ports import ScanSignature

__all__ = ["Jtagg"]


_PINS = ("JTCK", "JTDI", "JSHIFT", "JUPDATE", "JRSTN", "JCE1", "JCE2")


class Jtagg(wiring.Component):
    """Puts dtmcs and dmi behind the FPGA's own test access port, as its registers ER1 and ER2.

    That port has an instruction register of 8 bits; it selects dtmcs with 0x32 and dmi with 0x38.

    Members: scan : Out(ScanSignature()).
    Timing: the outputs of JTAGG are sampled with the clock, and looked at some cycles after JTCK
        rises, with which they change: TCK must be high for 8 cycles and low for 4.
    Source: Lattice FPGA Libraries Reference Guide, "JTAGG"; FPGA-TN-02039, "ECP5 and ECP5-5G
        sysCONFIG", for the instructions. That JTDI passes a register at the rising edge, so that a
        bit is seen together with the state after it, and JTDO one at the falling edge, is what
        users of the primitive report.
    """

    scan: Out(ScanSignature())

    def elaborate(self, platform):
        m = Module()
        scan = self.scan
        outputs = {name: Signal(name=name) for name in _PINS}
        m.submodules.jtagg = Instance(
            "JTAGG", p_ER1="ENABLED", p_ER2="ENABLED", i_JTDO1=scan.tdo, i_JTDO2=scan.tdo,
            **{f"o_{name}": signal for name, signal in outputs.items()})
        sampled = {name: Signal(name=f"{name}_sampled") for name in _PINS}
        for name, signal in outputs.items():
            m.submodules[name] = FFSynchronizer(signal, sampled[name])
        history = Signal(4)  # of JTCK: its rising edge settles before anything is looked at
        look = Signal()
        m.d.sync += history.eq((history << 1) | sampled["JTCK"])
        m.d.comb += look.eq(history == 0b0111)

        was_shifting = Signal()
        latest = Signal(2)  # JCE1 and JCE2 of the last capture, until the update that ends it
        chosen = sampled["JCE1"] | sampled["JCE2"]
        m.d.comb += [
            Cat(scan.dtmcs, scan.dmi).eq(Mux(
                chosen, Cat(sampled["JCE1"], sampled["JCE2"]), latest)),
            scan.capture.eq(look & chosen & ~sampled["JSHIFT"]),
            # A bit that shifts belongs to the state before the edge.
            scan.shift.eq(look & was_shifting),
            scan.update.eq(look & sampled["JUPDATE"]),
            scan.tdi.eq(sampled["JTDI"]),
            scan.reset.eq(~sampled["JRSTN"]),
        ]
        with m.If(look):
            m.d.sync += was_shifting.eq(sampled["JSHIFT"] & chosen)
            with m.If(chosen):
                m.d.sync += latest.eq(Cat(scan.dtmcs, scan.dmi))
            with m.Elif(sampled["JUPDATE"]):
                m.d.sync += latest.eq(0)
        return m
