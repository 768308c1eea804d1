"""The folder of C sources that a Plan becomes."""

import hashlib
from pathlib import Path

from firmware.build import build_app
from firmware.networks.compiler.emit import (
    constants_source,
    inputs_source,
    network_header,
    network_source,
)
from sim.harness import BUILD_DIR

__all__ = ["build_program", "write_sources"]

_HARNESS = Path(__file__).resolve().parents[1] / "harness" / "main.c"


def write_sources(plan, name, inputs, folder):
    """Writes the program of ``plan`` on ``inputs``, an int8 array (runs, bytes), to ``folder``."""
    header, constants = constants_source(plan, name)
    texts = {"network.h": network_header(plan, name), "network.c": network_source(plan, name),
             "constants.h": header, "constants.c": constants, "inputs.c": inputs_source(inputs),
             "main.c": _HARNESS.read_text()}
    folder.mkdir(parents=True, exist_ok=True)
    for file_name, text in texts.items():
        (folder / file_name).write_text(text)


def build_program(plan, name, inputs, configuration, *, backend, stack_bytes, folder=None):
    """Path of the ELF file of a program that runs ``plan`` on ``inputs``.

    Parameters: name : str, of the model; inputs : int8 array (runs, bytes); backend :
        "coprocessor" or "cpu"; folder : Path, where the sources go, or None for one of its own.
    Raises: RuntimeError as `build_app`.
    """
    if folder is None:
        digest = hashlib.sha256(repr(
            (plan.steps, plan.offsets, sorted(plan.external), name)).encode())
        digest.update(inputs.tobytes())
        for array in plan.constants.values():
            digest.update(array.tobytes())
        folder = BUILD_DIR / "networks" / f"{Path(name).stem}-{digest.hexdigest()[:16]}"
    write_sources(plan, name, inputs, folder)
    return build_app(folder, configuration, stack_bytes=stack_bytes, defines={
        "RUNS": len(inputs), "KEEP": int(plan.kept),
        "BACKEND": f"GLUECHIP_BACKEND_{backend.upper()}"})
