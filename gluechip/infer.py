"""Runs a TensorFlow Lite model on the simulated chip, layer by layer on array or core."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from firmware.networks.arrays import chip_arrays, host_outputs, random_arrays, split_runs
from firmware.networks.compiler.compile import compile_network, rounding_of
from firmware.networks.compiler.memory import check_fits, place_constants, runs_at_a_time
from firmware.networks.compiler.plan import Job
from firmware.networks.compiler.program import build_program
from firmware.networks.network import ModelError
from firmware.networks.reader import read
from firmware.networks.reference import run as evaluate_network
from sim.runner import DEFAULT_MAX_CYCLES, run

__all__ = ["BACKENDS", "Difference", "Inference", "LayerTime", "infer"]


BACKENDS = ("coprocessor", "cpu")
"""Where the matmul jobs of a network run."""


@dataclass(frozen=True)
class LayerTime:
    """What one layer took.

    Members:
        index, operator : of the layer. shape : tuple, of its output.
        on_array : bool, its work is jobs of the coprocessor, else of the core.
        macs     : int, products that it needs, without those with zeros that its jobs do beside.
        cycles   : int, those in which the coprocessor was busy with it, or those of the core.
        share_of_peak : float, part of the products that the array could have done meanwhile; None
            where there is nothing to compare.
        streamed_bytes : int, weights and tables that it reads from external memory.
    """

    index: int
    operator: str
    shape: tuple
    on_array: bool
    macs: int
    cycles: int
    share_of_peak: float | None
    streamed_bytes: int


@dataclass(frozen=True)
class Difference:
    """A layer whose output on the chip is not the reference's.

    Members: run, layer, operator; wrong, values : int, how many differ, of how many.
    """

    run: int
    layer: int
    operator: str
    wrong: int
    values: int


@dataclass(frozen=True)
class Inference:
    """How it went.

    Members:
        outputs : list of arrays (runs, *shape), one for each output of the network.
        cycles  : list of int, of each run, from the call of the network to its return.
        layers  : list of LayerTime of the first run; layers that are nothing to do are not there.
        clock_hz : int, for the times. backend : str.
        checked : list of the numbers of layers that were compared with the reference.
        all_checked : bool, that is each layer on the chip. differences : list of Difference.
        parts   : dict of {what: bytes of RAM}, of weights and activations.
        external_bytes : int, of weights in external memory.
    """

    outputs: list
    cycles: list
    layers: list
    clock_hz: int
    backend: str
    checked: list
    all_checked: bool
    differences: list
    parts: dict
    external_bytes: int

    @property
    def milliseconds(self):
        """Time of the first run."""
        return 1000 * self.cycles[0] / self.clock_hz

    @property
    def array_cycles(self):
        """Those of the first run in which the coprocessor was busy."""
        return sum(layer.cycles for layer in self.layers if layer.on_array)

    @property
    def core_cycles(self):
        """Those of the first run in which the core worked on a layer."""
        return sum(layer.cycles for layer in self.layers if not layer.on_array)

    @property
    def other_cycles(self):
        """Those of the first run that no layer has: starting jobs and learning of their end."""
        return max(self.cycles[0] - self.array_cycles - self.core_cycles, 0)


def _plan(model, configuration, rounding, check, stack_bytes):
    """The Plan that fits; with ``check`` one that keeps all activations, if that fits too.

    To look at them makes no layer slower: the constants lie where they lie without.
    """
    plan = place_constants(compile_network(model, configuration, rounding=rounding), configuration,
                           stack_bytes)
    if check:
        keeping = replace(compile_network(model, configuration, rounding=rounding, keep=True),
                          external=plan.external)
        try:
            check_fits(keeping, configuration, stack_bytes)
            return keeping
        except ModelError:
            pass
    check_fits(plan, configuration, stack_bytes)
    return plan


def _check_offered(plan, configuration):
    """Raises ModelError when the coprocessor of this chip cannot do a job of the plan."""
    gathers = [step.layer for step in plan.steps
               if isinstance(step.work, Job) and step.work.patch is not None]
    if gathers and not configuration.network_jobs:
        layer = plan.network.layers[gathers[0]]
        raise ModelError(f"Layer {layer.index}, {layer.operator}: the coprocessor must take "
                         f"network jobs for it, which chip {configuration.name} is built without: "
                         f"--backend cpu would do, or a larger --preset")


def _build(plan, name, inputs, configuration, options):
    try:
        return build_program(plan, name, inputs, configuration, **options)
    except RuntimeError as error:
        if "region 'ITCM'" not in str(error):
            raise
        raise ValueError(f"ITCM must hold the program of {name}, which is larger than the "
                         f"{configuration.itcm_bytes} bytes of chip {configuration.name}: "
                         f"--itcm-bytes {2 * configuration.itcm_bytes} may do") from None


def _run_chip(plan, name, inputs, configuration, options, max_cycles, progress):
    """(outputs, cycles, cycles of layers, arenas or None): arrays with one row for each input."""
    progress(f"building the program of {name} for {configuration.name}")
    elf = _build(plan, name, inputs, configuration, options)
    progress(None)
    arenas = ["run_arenas", "network_arena"][len(inputs) == 1:] if plan.kept else []
    symbols = ["run_outputs", "run_cycles", "run_layer_cycles", *arenas]
    result = run(elf, configuration, symbols=symbols, max_cycles=max_cycles, progress=progress)
    if result.status:
        raise RuntimeError("\n".join([f"{name} did not end well on the chip",
                                      *filter(None, [result.uart_text.strip()]),
                                      *result.report()]))
    rows = [np.frombuffer(result.symbols[symbol], dtype).reshape(len(inputs), -1)
            for symbol, dtype in zip(symbols, ("i1", "<u4", "<u4"))]
    kept = np.frombuffer(b"".join(result.symbols[symbol] for symbol in arenas), "i1")
    return (*rows, kept.reshape(len(inputs), -1) if plan.kept else None)


def _compare(plan, number, expected, arena, outputs):
    """(numbers of layers looked at, Differences) of one run."""
    found, looked_at, offset = {}, [], 0
    if arena is not None:
        found = {index: arena[plan.offset_of(index):] for index in plan.owners}
    for index in plan.outputs:
        found[index] = outputs[offset:]
        offset += plan.network.tensors[index].elements
    differences = []
    for layer in plan.network.layers:
        if layer.on_host or layer.output not in found:
            continue
        want = expected[layer.output].ravel()
        got = found[layer.output][:want.size].view(want.dtype)
        looked_at.append(layer.index)
        wrong = int((got != want).sum())
        if wrong:
            differences.append(Difference(number, layer.index, layer.operator, wrong, want.size))
    return looked_at, differences


def _layer_times(plan, configuration, backend, cycles):
    peak = configuration.array_rows * configuration.array_columns
    on_array = plan.layers_on_array if backend == "coprocessor" else set()
    steps, times = {step.layer for step in plan.steps}, []
    for layer in plan.network.layers:
        if layer.index in steps:
            taken, macs = int(cycles[layer.index]), plan.macs[layer.index]
            share = macs / (peak * taken) if layer.index in on_array and macs and taken else None
            times.append(LayerTime(layer.index, layer.operator,
                                   plan.network.tensors[layer.output].shape,
                                   layer.index in on_array, macs, taken, share,
                                   plan.streamed_bytes(layer.index)))
    return times


def infer(path, arrays, configuration, *, backend="coprocessor", rounding="litert", check=False,
          stack_bytes=4096, clock_hz=None, source=None, max_cycles=DEFAULT_MAX_CYCLES,
          progress=lambda step: None):
    """Runs the model in the file ``path`` on the simulated chip; returns an `Inference`.

    Parameters:
        arrays   : one for each input of the network, see `split_runs`; None for random numbers.
        backend  : one of `BACKENDS`: the matmul jobs go to the coprocessor, or the core does them.
        rounding : "double", "single" or "litert".
        check    : bool, compare the output of each layer with the reference's, as far as there is
            RAM to keep them all; else those of the network.
        stack_bytes : int, of the program. clock_hz : int, for the times, the chip's unless told.
        source   : path of a folder to which the program's C goes, or None.
        max_cycles, progress : as `sim.runner.run`.
    Raises: ModelError for a model that cannot run, ValueError for arrays that do not fit,
        RuntimeError when tools or the simulated chip fail.
    """
    if backend not in BACKENDS:
        raise ValueError(f"backend must be one of {', '.join(BACKENDS)}, not {backend!r}")
    rounds = rounding_of(rounding)
    model = read(path)
    plan = _plan(model, configuration, rounding, check, stack_bytes)
    if backend == "coprocessor":
        _check_offered(plan, configuration)
    runs = split_runs(model, random_arrays(model) if arrays is None else arrays)
    data = np.stack([chip_arrays(model, plan, each) for each in runs])
    options = {"backend": backend, "stack_bytes": stack_bytes, "folder": source}
    name, size = Path(path).name, runs_at_a_time(plan, configuration, stack_bytes)
    outputs, cycles, layers, checked, differences = [], [], None, [], []
    for start in range(0, len(runs), size):
        found = _run_chip(plan, name, data[start:start + size], configuration, options, max_cycles,
                          progress)
        for number, each in enumerate(runs[start:start + size], start):
            of_chip, total, of_layers, arena = (
                None if rows is None else rows[number - start] for rows in found)
            outputs.append(host_outputs(model, plan, of_chip))
            cycles.append(int(total[0]))
            layers = layers or _layer_times(plan, configuration, backend, of_layers)
            if check:
                expected = evaluate_network(model, each, rounding=rounds)
                checked, wrong = _compare(plan, number, expected, arena, of_chip)
                differences += wrong
    return Inference(
        [np.stack(column) for column in zip(*outputs)], cycles, layers,
        clock_hz or configuration.clock_hz, backend, checked, plan.kept, differences,
        {"weights": plan.constant_bytes, "activations": plan.arena_bytes}, plan.external_bytes)
