"""From a component to the Verilog that synthesis and simulation read."""

import re

from amaranth.back import verilog

__all__ = ["synthesizable_verilog"]


def synthesizable_verilog(component, name):
    """The Verilog of ``component`` as module ``name``.

    Words of the memories that start as 0 are left out: block RAM starts as 0 anyway, and tens of
    thousands of lines would take yosys minutes to read.
    """
    text = verilog.convert(component, name=name, emit_src=False, strip_internal_attrs=True)
    text = re.sub(r"^    words\[\d+\] = 32'd0;\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^  initial begin\n  end\n", "", text, flags=re.MULTILINE)
