"""What Gluechip needs on this machine: every tool and package, its version, and the remedy."""

import importlib.metadata
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Finding", "examine", "report"]

ROOT = Path(__file__).resolve().parents[1]

_TOOLS = {  # name: (what for, whether all else depends on it)
    "git": ("to fetch the repository", False),
    "make": ("to build simulators", True),
    "perl": ("Verilator's front end", True),
    "g++": ("to compile simulators", True),
    "openocd": ("to debug with GDB", False),
    "gdb-multiarch": ("to debug", False),
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for.

    Members: name; purpose; version (str, or None when it is missing); wanted (str, or ""); needed
        (bool: nothing runs without it, else only what ``purpose`` names); remedy (a command).
    """

    name: str
    purpose: str
    version: str | None
    wanted: str
    needed: bool
    remedy: str

    @property
    def good(self):
        """It is there, in the wanted version."""
        return self.version is not None and self.wanted in ("", self.version)

    def line(self):
        """The finding as one line of text."""
        if self.good:
            return f"ok       {self.name} {self.version}"
        state = "missing" if self.version is None else "differs"
        found = f" {self.version}" if self.version else ""
        wanted = f", must be {self.wanted}" if self.version else ""
        return f"{state:8} {self.name}{found}{wanted} ({self.purpose}): {self.remedy}"


def _tool_version(command):
    """First number-like word that ``command --version`` prints, "" when it prints none."""
    try:
        answer = subprocess.run([*command, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\d+(\.\d+)+", answer.stdout + answer.stderr)
    return found.group() if found else ""


def _python():
    version = ".".join(map(str, sys.version_info[:3]))
    good = (3, 11) <= sys.version_info < (3, 14)
    return Finding("python", "everything", version, "" if good else "3.11 to 3.13", True,
                   "set another with `make PYTHON=python3.12`")


def _packages():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = {"everything": project["dependencies"], **project["optional-dependencies"]}
    for group, requirements in groups.items():
        for requirement in requirements:
            name, _, wanted = requirement.partition("==")
            name = name.partition("[")[0]
            if name == project["name"]:
                continue
            try:
                version = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                version = None
            needed = group == "everything"
            yield Finding(name, group if needed else f"extra {group}", version, wanted, needed,
                          f"`pip install {shlex.quote(requirement)}`")


def _cross_compiler():
    prefix = os.environ.get("CROSS_COMPILE")
    if not prefix:
        return []
    return [Finding(f"{prefix}gcc", "CROSS_COMPILE is set", _tool_version([f"{prefix}gcc"]), "",
                    True, "unset CROSS_COMPILE to use the compiler of the ziglang package")]


def examine():
    """All findings, tools first."""
    findings = [_python()]
    for name, (purpose, needed) in _TOOLS.items():
        version = _tool_version([name]) if shutil.which(name) else None
        findings.append(Finding(name, purpose, version, "", needed, f"`apt install {name}`"))
    return [*findings, *_cross_compiler(), *_packages()]


def report():
    """Prints all findings; returns the exit code: 1 when something needed is missing."""
    findings = examine()
    for finding in findings:
        print(finding.line())
    bad = [finding for finding in findings if finding.needed and not finding.good]
    if bad:
        print(f"{len(bad)} needed: {', '.join(finding.name for finding in bad)}")
        return 1
    print("All that is needed is here.")
    return 0
