"""What the builder of the runner does to the Verilog."""

import pytest

from sim.runner.build import build_runner, verilog_ports
from soc.configuration import preset

def test_ports_of_a_module():
    text = "module other (x);\nendmodule\n\nmodule memory (clk,\n  \\a$1 , data);\nendmodule\n"
    assert verilog_ports(text, "memory") == ["clk", "a$1", "data"]
    with pytest.raises(ValueError, match="Verilog must have a module nothing"):
        verilog_ports(text, "nothing")


def test_unknown_trace_format():
    with pytest.raises(ValueError, match="trace must be one of vcd, fst, not 'lxt'"):
        build_runner(preset("small"), trace="lxt")


def test_missing_compiler_is_named(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name, **options: None)
    with pytest.raises(RuntimeError, match="not found: install it with `apt install"):
        build_runner(preset("small"))
