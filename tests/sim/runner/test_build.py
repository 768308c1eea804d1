"""What the builder of the runner does to the Verilog."""

import pytest

from sim.runner.build import build_runner, shorten_initial_values, verilog_ports
from soc.configuration import preset

_MEMORY = """module memory (clk,
  \\a$1 , data);
  input clk;
  reg [31:0] \\words.x  [3:0];
  initial begin
    \\words.x [0] = 32'd0;
    \\words.x [1] = 32'd0;
  end
  reg [7:0] table [1:0];
  initial begin
    table[0] = 8'h00;
    table[1] = 8'h01;
  end
  initial begin
    plain[0] = 8'h00;
    plain[1] = 8'h00;
  end
endmodule
"""


def test_only_initial_zeros_become_a_loop():
    short = shorten_initial_values(_MEMORY)
    assert "for (i = 0; i < 2; i = i + 1) \\words.x [i] = 0;" in short
    assert "for (i = 0; i < 2; i = i + 1) plain[i] = 0;" in short
    assert "    table[0] = 8'h00;\n    table[1] = 8'h01;\n" in short
    assert short.count("begin") == short.count("  end\n") == 3


def test_ports_of_a_module():
    assert verilog_ports(_MEMORY, "memory") == ["clk", "a$1", "data"]
    with pytest.raises(ValueError, match="Verilog must have a module other"):
        verilog_ports(_MEMORY, "other")


def test_unknown_trace_format():
    with pytest.raises(ValueError, match="trace must be one of vcd, fst, not 'lxt'"):
        build_runner(preset("small"), trace="lxt")


def test_missing_compiler_is_named(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name, **options: None)
    with pytest.raises(RuntimeError, match="not found: install it with `apt install"):
        build_runner(preset("small"))
