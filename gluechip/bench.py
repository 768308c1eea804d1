"""Measures the chip and writes what was found to ``build/bench.json``.

Cycles are counted in simulation of the Verilog that synthesis reads, so they are exact; only
``sim.cycles_per_second`` depends on the machine.
"""

import json
import re

from firmware.build import build_app
from gluechip import keccak_figures, matmul_figures, untrusted_figures
from sim.cycle_probe import measure_core
from sim.harness import BUILD_DIR
from sim.runner import run
from soc.configuration import preset

__all__ = ["bench", "core_figures", "hash_figures", "untrusted_products"]


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
        found = matmul_figures.products(result.uart_text, configuration)
        for line in matmul_figures.table(found):
            report(line)
        figures |= {f"{prefix}matmul.{p.m}x{p.n}x{p.k}.{key}": value
                    for p in found for key, value in p.figures.items()}
        if not prefix:
            figures |= hash_figures(result.uart_text, configuration, "keccak.", report)
            figures["sim.cycles_per_second"] = round(result.cycles_per_second)
    report("running offload with two rounds a cycle")
    configuration = preset("reference", keccak_rounds_per_cycle=2)
    result = _run_app("offload", configuration,
                      defines={"OFFLOAD_FULL": 1, "OFFLOAD_HASHES_ONLY": 1})
    figures |= hash_figures(result.uart_text, configuration, "two_rounds.keccak.", report)
    report("running untrusted on reference")
    result = _run_app("untrusted", preset("reference"), defines={"UNTRUSTED_FULL": 1})
    figures |= untrusted_products(result.uart_text, report)
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


def hash_figures(text, configuration, prefix, report):
    """Figures of the hashes in what ``offload`` prints, and their table line by line."""
    found = keccak_figures.hashes(text, configuration)
    if not found:
        raise RuntimeError(f"offload must print lines of figures, not\n{text}")
    for line in keccak_figures.table(found):
        report(line)
    return {f"{prefix}{each.name}.{key}": value
            for each in found for key, value in each.figures.items()}


def untrusted_products(text, report):
    """Figures of the products in what ``untrusted`` prints, and their table line by line."""
    found = untrusted_figures.untrusted(text)
    if not found:
        raise RuntimeError(f"untrusted must print lines of figures, not\n{text}")
    for line in untrusted_figures.table(found):
        report(line)
    return {f"untrusted.{key}": value for each in found for key, value in each.figures.items()}
