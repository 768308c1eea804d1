"""Place and route with nextpnr, and what its report says."""

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from boards.floorplan import constrain
from boards.global_resets import promote_resets
from boards.tools import run_tool

__all__ = ["Device", "Routed", "critical_path_in_words", "place_and_route", "route_seeds"]


_ALGORITHMS = ("--placer", "static", "--router", "router1")
"""The analytic placer takes a fifth of the default's time for a large chip and leaves shorter
wires; ``router2`` has not been seen to end on a large chip, where ``router1`` does."""


@dataclass(frozen=True)
class Device:
    """A part as nextpnr names it: ``size`` 25k, 45k or 85k, package, speed grade."""

    size: str
    package: str
    speed: str = "6"

    @property
    def arguments(self):
        """nextpnr's options for the part."""
        return [f"--{self.size}", "--package", self.package, "--speed", self.speed]


@dataclass(frozen=True)
class Routed:
    """One run of place and route.

    seed : int.  fmax_mhz : float, of the clock with the strictest constraint.
    utilization : dict of {cell: used}.
    critical_path : str, in words.  config : Path, for ecppack; None out of context.
    """

    seed: int
    fmax_mhz: float
    utilization: dict
    critical_path: str
    config: Path


def place_and_route(synthesis, device, *, seed, frequency_mhz, constraints=None, sites=None,
                    out_of_context=False):
    """Places and routes a `Synthesis`; returns a `Routed`.

    Parameters:
        constraints    : str or None, text of the LPF file (pins and clocks).
        sites          : dict of `boards.floorplan.array_sites` or None.
        frequency_mhz  : float, what clocks without a constraint are routed for. Missing it is no
                         error: the caller judges ``fmax_mhz``.
        out_of_context : bool, leave ports unconnected; for blocks.
    Raises: ToolError, also when the design does not fit; ValueError for ``sites`` of another array.
    """
    options = [*device.arguments, *_ALGORITHMS, "--seed", str(seed), "--freq", str(frequency_mhz),
               "--timing-allow-fail", *(["--out-of-context"] if out_of_context else [])]
    key = repr((synthesis.directory.name, options, constraints, sites)).encode()
    name = f"route-{hashlib.sha256(key).hexdigest()[:12]}-seed{seed}"
    folder = synthesis.directory
    report = folder / f"{name}.json"
    if not report.exists():
        content = json.loads(synthesis.json.read_text())
        promote_resets(content)
        if sites:
            constrain(content, sites)
        netlist = f"{name}.netlist.json"
        (folder / netlist).write_text(json.dumps(content))
        files = ["--json", netlist, "--report", f"{name}.part"]
        if not out_of_context:
            files += ["--textcfg", f"{name}.config"]
        if constraints is not None:
            (folder / f"{name}.lpf").write_text(constraints)
            files += ["--lpf", f"{name}.lpf"]
        run_tool("nextpnr-ecp5", [*options, *files], directory=folder, log=f"{name}.log")
        (folder / f"{name}.part").replace(report)
        (folder / netlist).unlink()
    found = json.loads(report.read_text())
    clock, speed = max(found["fmax"].items(), key=lambda item: item[1]["constraint"])
    return Routed(seed, round(speed["achieved"], 2),
                  {cell: count["used"] for cell, count in found["utilization"].items()
                   if count["used"]},
                  critical_path_in_words(found, clock),
                  None if out_of_context else folder / f"{name}.config")


def route_seeds(synthesis, device, *, seeds, report, **options):
    """`place_and_route` with each of ``seeds``, two at a time; returns the list of `Routed`.

    ``report`` is told the clock and the longest path of each; ``options`` are those of
    `place_and_route`, whose errors it raises.
    """
    def route(seed):
        routed = place_and_route(synthesis, device, seed=seed, **options)
        report(f"seed {seed}: {routed.fmax_mhz:.1f} MHz, {routed.critical_path}")
        return routed

    report(f"placing and routing seeds {', '.join(map(str, seeds))}; this takes minutes for each")
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(route, seeds))


def critical_path_in_words(report, clock):
    """The longest register-to-register path of ``clock`` in nextpnr's report, as a sentence."""
    for path in report["critical_paths"]:
        if path["from"] == path["to"] == f"posedge {clock}":
            break
    else:
        return "no path from register to register"
    segments = path["path"]
    logic = sum(s["delay"] for s in segments if s["type"] != "routing")
    routing = sum(s["delay"] for s in segments if s["type"] == "routing")
    # A hop without delay stays inside a carry chain or a wide multiplexer.
    hops = [s["to"]["cell"] for s in segments if s["type"] == "routing" and s["delay"] > 0]
    units = [f"{count} {kind}s" if count > 1 else kind
             for kind, count in ((kind, len(list(group)))
                                 for kind, group in groupby(map(_kind, hops[:-1])))]
    via = f" through {', '.join(units)}" if units else ""
    start, end = segments[0]["from"]["cell"], segments[-1]["to"]["cell"]
    return (f"{_readable(start)}{via} to {_readable(end)}: {logic:.1f} ns logic and "
            f"{routing:.1f} ns routing over {len(hops)} hops")


_KINDS = {"MULT18X18D": "multiplier", "CCU2": "carry chain", "DP16KD": "block RAM",
          "DPR16X4": "register file"}


def _kind(cell):
    """What kind of cell it is; nextpnr's names tell, the last word counts."""
    found = {cell.rfind(word): kind for word, kind in _KINDS.items()}
    place = max(found)
    return found[place] if place > cell.rfind("LUT4") else "LUT"


def _readable(cell):
    """The name of the register or memory that a cell belongs to."""
    return re.split(r"_(?:TRELLIS_FF|LUT4|CCU2C|PFUMX|L6MUX21|DP16KD|MULT18X18D|DPR16X4)", cell)[0]
