"""Whether a compiled network fits in a chip's memory, and with how many inputs at a time."""

from firmware.networks.network import ModelError

__all__ = ["MAX_RUNS", "check_fits", "runs_at_a_time"]

_PROGRAM_BYTES = 4096
"""RAM of the runtime, the drivers and the program around the network, at most."""

_STEP_BYTES = 256
"""RAM of a job and its patch, and of its descriptor."""

_RAM_STEP_BYTES, _RAM_LIMIT_BYTES = 32 * 1024, 1024 * 1024

MAX_RUNS = 256
"""Inputs that one program is given, at most."""


def _run_bytes(plan):
    """RAM of one input and what comes of it, beside the activations."""
    tensors = plan.network.tensors
    layers = max(layer.index for layer in plan.network.layers) + 1
    return sum(tensors[i].elements for i in (*plan.inputs, *plan.outputs)) + 4 * (layers + 1)


def _parts(plan, stack_bytes):
    """{what takes RAM: bytes} of a network with one input."""
    return {"weights": plan.constant_bytes, "activations": plan.arena_bytes,
            "stack": stack_bytes, "input and results": _run_bytes(plan),
            "program": _PROGRAM_BYTES + _STEP_BYTES * len(plan.steps)}


def check_fits(plan, configuration, stack_bytes):
    """Raises ModelError with the sum and the remedy unless the RAM holds all that it must."""
    parts = _parts(plan, stack_bytes)
    total = sum(parts.values())
    if total <= configuration.ram_bytes:
        return
    needed = -(-total // _RAM_STEP_BYTES) * _RAM_STEP_BYTES
    remedy = (f"--ram-bytes {needed} would do" if needed <= _RAM_LIMIT_BYTES
              else f"no chip has more than {_RAM_LIMIT_BYTES}")
    text = " + ".join(f"{name} {size:,}" for name, size in parts.items())
    raise ModelError(f"RAM must hold {total:,} bytes ({text}), not {configuration.ram_bytes:,} as "
                     f"chip {configuration.name} has: {remedy}")


def runs_at_a_time(plan, configuration, stack_bytes):
    """How many inputs fit in RAM beside a network that `check_fits`."""
    free = configuration.ram_bytes - sum(_parts(plan, stack_bytes).values())
    kept = plan.arena_bytes if plan.kept else 0
    return min(1 + free // (_run_bytes(plan) + kept), MAX_RUNS)
