"""A small block through synthesis, place and route, and the words for its critical path."""

from amaranth.back import verilog
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from boards.place_and_route import Device, critical_path_in_words, place_and_route
from boards.synthesis import synthesize
from sim.harness import BUILD_DIR


class Adder(wiring.Component):
    """Adds what comes in to a sum, with all edges registered."""

    def __init__(self):
        super().__init__({"value": In(24), "sum": Out(24)})

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.sum.eq(self.sum + self.value)
        return m


def test_block_is_routed_and_reported():
    text = verilog.convert(Adder(), name="adder", emit_src=False, strip_internal_attrs=True)
    result = synthesize(text, "adder", BUILD_DIR / "synthesis")
    assert result.cells["TRELLIS_FF"] == 24
    assert "MULT18X18D" not in result.cells
    routed = place_and_route(result, Device("25k", "CABGA381"), seed=1, frequency_mhz=100,
                             out_of_context=True)
    assert routed.utilization["TRELLIS_FF"] == 24
    assert 100 < routed.fmax_mhz < 1000
    assert routed.config is None
    assert "sum" in routed.critical_path and "ns logic" in routed.critical_path


def test_critical_path_names_registers_and_what_lies_between():
    def segment(kind, delay, start, end):
        return {"type": kind, "delay": delay, "from": {"cell": start}, "to": {"cell": end}}

    report = {"critical_paths": [
        {"from": "<async>", "to": "posedge clk", "path": []},
        {"from": "posedge clk", "to": "posedge clk", "path": [
            segment("clk-to-q", 0.5, "core.pc_TRELLIS_FF_Q", "core.pc_TRELLIS_FF_Q"),
            segment("routing", 1.0, "core.pc_TRELLIS_FF_Q", "core.sum_LUT4_Z_CCU2C_S0$CCU2_COMB0"),
            segment("logic", 0.4, "core.sum_CCU2C_S0_3", "core.sum_CCU2C_S0_3"),
            segment("routing", 0.0, "core.sum_CCU2C_S0_3", "core.sum_CCU2C_S0$CCU2_COMB1"),
            segment("routing", 1.5, "core.sum_CCU2C_S0_3", "core.result_PFUMX_Z_LUT4_Z"),
            segment("routing", 0.5, "core.sum_CCU2C_S0_3", "core.result_PFUMX_Z_LUT4_Z_1"),
            segment("routing", 1.0, "core.result_PFUMX_Z", "core.result_TRELLIS_FF_Q_7"),
            segment("setup", 0.1, "core.result_TRELLIS_FF_Q_7", "core.result_TRELLIS_FF_Q_7"),
        ]}]}
    assert critical_path_in_words(report, "clk") == (
        "core.pc through carry chain, 2 LUTs to core.result: "
        "1.0 ns logic and 4.0 ns routing over 4 hops")
