"""What the builder of the runner does to the Verilog."""

import pytest

from sim.runner.build import build_runner, verilog_ports
from soc.configuration import preset

_VERILOG = """module other (x);
  input x;
endmodule

module memory (clk,
  data$1);
  input clk;
  wire clk;
  output [31:0] data$1;
  wire [7:0] data;
endmodule
"""


def test_ports_of_a_module():
    assert verilog_ports(_VERILOG, "memory") == {
        "clk": ("input", ""), "data$1": ("output", "[31:0] ")}
    assert verilog_ports(_VERILOG, "other") == {"x": ("input", "")}
    with pytest.raises(ValueError, match="Verilog must have a module nothing"):
        verilog_ports(_VERILOG, "nothing")


def test_unknown_trace_format():
    with pytest.raises(ValueError, match="trace must be one of vcd, fst, not 'lxt'"):
        build_runner(preset("small"), trace="lxt")


def test_missing_compiler_is_named(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name, **options: None)
    with pytest.raises(RuntimeError, match="not found: install it with `apt install"):
        build_runner(preset("small"))
