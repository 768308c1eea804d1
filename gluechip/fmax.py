"""Measures the clock of the chip's blocks and writes what was found to ``build/fmax.json``."""

import json
from dataclasses import replace

from boards.blocks import check_block
from boards.fmax import measure_block, measure_switches
from sim.harness import BUILD_DIR

__all__ = ["fmax"]


def fmax(configuration, blocks, *, seeds, report=print):
    """Places and routes each of ``blocks`` with ``seeds``; returns the figures as a flat dict.

    Keys are ``<preset>.<block>.<figure>`` with the figures of `measure_block`, and for the core,
    which is measured without a debug port, also those of `measure_switches`; those of other blocks
    that the file already has stay there. Raises: as `measure_block`.
    """
    for name in blocks:
        check_block(name)
    path = BUILD_DIR / "fmax.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = json.loads(path.read_text()) if path.exists() else {}
    for name in blocks:
        prefix = f"{configuration.name}.{name}."
        measured = replace(configuration, debug=False) if name == "core" else configuration
        found = measure_block(name, measured, BUILD_DIR / "fmax", seeds=seeds, report=report)
        if name == "core":
            found |= measure_switches(configuration, BUILD_DIR / "fmax", report=report)
        figures = {key: value for key, value in figures.items() if not key.startswith(prefix)}
        figures |= {prefix + key: value for key, value in found.items()}
        path.write_text(json.dumps(figures, indent=2) + "\n")
    width = max(map(len, figures))
    for key, value in figures.items():
        report(f"{key:{width}}  {value}")
    report(f"wrote {path}")
    return figures
