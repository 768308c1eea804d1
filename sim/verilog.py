"""What the simulators must know of a generated Verilog file."""

import re

__all__ = ["verilog_ports"]


def verilog_ports(text, module):
    """{name: (direction, range)} of the ports of ``module`` in the Verilog ``text``.

    The direction is "input" or "output", the range as in "[31:0] ", or "". Names that
    Verilog must escape, such as keywords, come without their backslash. Raises ValueError when
    there is no such module.
    """
    found = re.search(rf"^module {re.escape(module)}\b.*?^endmodule", text,
                      re.MULTILINE | re.DOTALL)
    if not found:
        raise ValueError(f"Verilog must have a module {module}")
    return {name: (direction, width) for direction, width, name in re.findall(
        r"^  (input|output) (\[[\d:]+\] )?\\?([^\s;]+) ?;$", found.group(), re.MULTILINE)}
