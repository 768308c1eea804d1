"""What a counterexample breaks first."""

import re

__all__ = ["first_untrue"]


_STEP = 10  # times of the file in a cycle
_NAMED = re.compile(r"(equal|invariant)_\w+")


def first_untrue(path):
    """(cycle, [names]) of the earliest claims with a name that are 0 in a trace, or None.

    A claim has a name if it stands in a Signal called invariant_... or, of what two copies have in
    common, equal_... and the register; ``path`` : Path, of a VCD file of yosys-smtbmc.
    """
    names, values, cycle = {}, {}, 0
    for line in [*path.read_text().splitlines(), "#0"]:
        if line.startswith("$var"):
            _, _, _, code, name, *_ = line.split()
            if _NAMED.fullmatch(name):
                names[code] = name
        elif line.startswith("#"):
            untrue = sorted({names[code] for code, value in values.items() if value == "0"})
            if untrue:
                return cycle, untrue
            cycle = int(line[1:]) // _STEP
        elif line.startswith("b"):
            value, code = line[1:].split()
            if code in names:
                values[code] = value
    return None
