"""Measures the chip and writes what was found to ``build/bench.json``.

Cycles are counted in simulation of the Verilog that synthesis reads, so they are exact; only
``sim.cycles_per_second`` depends on the machine.
"""

import json
import re

from firmware.build import build_app
from gluechip.matmul_figures import products, table
from sim.cycle_probe import measure_core
from sim.harness import BUILD_DIR
from sim.runner import run
from soc.configuration import preset

__all__ = ["RATE_BYTES", "bench", "core_figures", "keccak_figures"]


RATE_BYTES = {"sha3_256": 136, "keccak_256": 136, "shake128": 168}
"""Bytes that a permutation absorbs."""

_PORT_BYTES = 8  # what the DMA moves in a cycle
_ROUNDS = 24

_LINE = re.compile(r"^bench keccak (.+?) cycles=(\d+) call=(\d+) cpu=(\d+)$", re.MULTILINE)
_CORE_LINE = re.compile(r"^bench core (\w+) cycles=(\d+) instructions=(\d+) ", re.MULTILINE)


def bench(report=print):
    """Measures, prints a table line by line through ``report``, writes the file; returns 0.

    Raises: RuntimeError when a program fails or its backends disagree.
    """
    figures = {}
    report("measuring the core")
    figures |= measure_core()
    report("running bench on reference")
    figures |= core_figures(_run_app("bench", preset("reference")).uart_text)
    for name, prefix in (("reference", ""), ("medium", "medium."), ("large", "large.")):
        report(f"running offload on {name}")
        configuration = preset(name)
        result = _run_app("offload", configuration, defines={"OFFLOAD_FULL": 1})
        found = products(result.uart_text, configuration)
        for line in table(found):
            report(line)
        figures |= {f"{prefix}matmul.{p.m}x{p.n}x{p.k}.{key}": value
                    for p in found for key, value in p.figures.items()}
        if not prefix:
            figures |= _keccak(result.uart_text)
            figures["sim.cycles_per_second"] = round(result.cycles_per_second)
    width = max(map(len, figures))
    for key, value in figures.items():
        report(f"{key:{width}}  {value}")
    path = BUILD_DIR / "bench.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n")
    report(f"wrote {path}")
    return 0


def _run_app(app, configuration, **options):
    result = run(build_app(app, configuration, **options), configuration)
    if result.status:
        raise RuntimeError("\n".join([f"{app} failed:", result.uart_text, *result.report()]))
    return result


def core_figures(text):
    """Figures of the benchmarks of the core, from what they print."""
    figures = {}
    for name, cycles, instructions in _CORE_LINE.findall(text):
        figures[f"cpu.bench.{name}.cycles"] = int(cycles)
        figures[f"cpu.bench.{name}.instructions"] = int(instructions)
    if not figures:
        raise RuntimeError(f"bench must print lines of figures, not\n{text}")
    return figures


def _keccak(text):
    """Figures of the hashes in what ``offload`` prints."""
    figures = {}
    for what, *numbers in _LINE.findall(text):
        function, length = what.split()
        found = keccak_figures(function, int(length), *map(int, numbers))
        figures |= {f"keccak.{function}.{length}.{key}": value for key, value in found.items()}
    if not figures:
        raise RuntimeError(f"offload must print lines of figures, not\n{text}")
    return figures


def keccak_figures(function, length, cycles, call_cycles, cpu_cycles):
    """Figures of one hash; the limit is the smaller of 8 bytes a cycle and a block in 24 cycles."""
    limit = min(_PORT_BYTES, RATE_BYTES[function] / _ROUNDS)
    figures = {
        "cycles": cycles,
        "call_cycles": call_cycles,
        "bytes_per_cycle": round(length / cycles, 4),
        "limit_fraction": round(length / cycles / limit, 4),
        "speedup": round(cpu_cycles / call_cycles, 1),
    }
    if length:
        figures["cpu_cycles_per_byte"] = round(cpu_cycles / length, 2)
    return figures
