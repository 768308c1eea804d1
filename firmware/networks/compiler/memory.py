"""Where a network's constants lie, whether it fits in a chip's memory, and with how many inputs."""

from dataclasses import replace

from firmware.networks.compiler.plan import Job, size_in_memory
from firmware.networks.network import ModelError
from soc.configuration import ram_remedy

__all__ = ["MAX_RUNS", "check_fits", "place_constants", "runs_at_a_time"]

_PROGRAM_BYTES = 4096
"""RAM of the runtime, the drivers and the program around the network, at most."""

_STEP_BYTES = 256
"""RAM of a job and its patch, and of its descriptor."""

_EXTERNAL_STEP_BYTES = 4096

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


def _lacking(plan, configuration, stack_bytes):
    """Bytes by which the RAM is too small; 0 or less when it is not."""
    return sum(_parts(plan, stack_bytes).values()) - configuration.ram_bytes


def _candidates(plan):
    """Lists of names of constants that may go to external memory, the better ones first.

    Of a job they stream; the core waits for each of its loads.
    """
    by_jobs, by_core = set(), set()
    for step in plan.steps:
        (by_jobs if isinstance(step.work, Job) else by_core).update(step.work.constants)
    return [[name for name in plan.constants if name in names]
            for names in (by_jobs - by_core, by_core)]


def place_constants(plan, configuration, stack_bytes):
    """The Plan with as little in external memory, if there is one, as must be for the rest to fit.

    Goes from array to array: the smallest with which all fits, else the largest.
    """
    if not configuration.external_bytes:
        return plan
    for names in _candidates(plan):
        names.sort(key=lambda name: size_in_memory(plan.constants[name]))
        while names and (lacking := _lacking(plan, configuration, stack_bytes)) > 0:
            name = next((name for name in names
                         if size_in_memory(plan.constants[name]) >= lacking), names[-1])
            names.remove(name)
            plan = replace(plan, external=plan.external | {name})
    return plan


def _rounded_up(size, step):
    return -(-size // step) * step


def check_fits(plan, configuration, stack_bytes):
    """Raises ModelError with the sum and the remedy unless the memories hold all that they must."""
    if plan.external_bytes > configuration.external_bytes:
        needed = _rounded_up(plan.external_bytes, _EXTERNAL_STEP_BYTES)
        raise ModelError(f"External memory must hold {plan.external_bytes:,} bytes of weights, "
                         f"not {configuration.external_bytes:,} as chip {configuration.name} has: "
                         f"--external-bytes {needed} would do")
    parts = _parts(plan, stack_bytes)
    total = sum(parts.values())
    if total <= configuration.ram_bytes:
        return
    remedy = ram_remedy(total)
    if total - plan.constant_bytes <= configuration.ram_bytes:
        outside = _rounded_up(plan.constant_bytes, _EXTERNAL_STEP_BYTES)
        remedy += f", and so would --external-bytes {outside}"
    text = " + ".join(f"{name} {size:,}" for name, size in parts.items())
    raise ModelError(f"RAM must hold {total:,} bytes ({text}), not {configuration.ram_bytes:,} as "
                     f"chip {configuration.name} has: {remedy}")


def runs_at_a_time(plan, configuration, stack_bytes):
    """How many inputs fit in RAM beside a network that `check_fits`."""
    free = configuration.ram_bytes - sum(_parts(plan, stack_bytes).values())
    kept = plan.arena_bytes if plan.kept else 0
    return min(1 + free // (_run_bytes(plan) + kept), MAX_RUNS)
