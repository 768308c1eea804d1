"""What is read from a generated Verilog file."""

import pytest

from sim.verilog import verilog_ports

_VERILOG = r"""module other (x);
  input x;
endmodule

module memory (clk,
  data$1, \wait );
  input clk;
  input \wait ;
  wire \wait ;
  wire clk;
  output [31:0] data$1;
  wire [7:0] data;
endmodule
"""


def test_ports_of_a_module():
    assert verilog_ports(_VERILOG, "memory") == {
        "clk": ("input", ""), "wait": ("input", ""), "data$1": ("output", "[31:0] ")}
    assert verilog_ports(_VERILOG, "other") == {"x": ("input", "")}
    with pytest.raises(ValueError, match="Verilog must have a module nothing"):
        verilog_ports(_VERILOG, "nothing")
