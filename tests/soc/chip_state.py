"""All that a chip holds, by the names in its Verilog: registers and memories."""

import re

from cocotb.handle import HierarchyObject

__all__ = ["read_state", "state_names"]

_MODULE = re.compile(r"^module (\S+) \(", re.M)
_STORED = re.compile(r"^ +(?:if \(.*\) )?([^\s\[]+)(?: ?\[.*\])? <= ", re.M)


def state_names(text, top):
    """Paths below ``top`` of all registers and memories in the Verilog ``text``."""
    starts = [*_MODULE.finditer(text)]
    names = []
    for module, following in zip(starts, [*starts[1:], None]):
        path = module[1].removeprefix("\\").removeprefix(top).removeprefix(".")
        body = text[module.end():following.start() if following else len(text)]
        names += [f"{path}.{name}".removeprefix(".") for name in sorted(
            {stored.removeprefix("\\") for stored in _STORED.findall(body)})]
    return names


def _variables(handle, path):
    """(path, handle) of all variables that the simulator shows below ``handle``."""
    for child in handle:
        own = child._name.strip("\\ ")  # as Verilog escapes it
        name = f"{path}.{own}" if path else own
        if isinstance(child, HierarchyObject):
            yield from _variables(child, name)
        else:
            yield name, child


def read_state(dut, names):
    """{name: value}, a memory being one string. Raises KeyError for a name that is not visible."""
    seen = dict(_variables(dut, ""))
    return {name: str(seen[name].value) for name in names}
