"""``gluechip infer``: its files, and what it prints."""

import sys

import numpy as np

from firmware.networks.reader import read
from gluechip.infer import infer
from sim.harness import verilator_environment
from sim.runner import DEFAULT_MAX_CYCLES, check_writable

__all__ = ["command", "table"]


def _share(part, whole):
    return f"{100 * part / whole:5.1f} %"


def table(result):
    """Lines that tell where the cycles of an `Inference` go."""
    total, streams = result.cycles[0], result.external_bytes > 0
    lines = [(f"{'layer':5} {'operator':18} {'on':5} {'output':14} {'products':>10} "
              f"{'cycles':>10} {'of time':>8} {'of peak':>8}{' streamed bytes' * streams}")]
    for layer in result.layers:
        peak = "" if layer.share_of_peak is None else f"{100 * layer.share_of_peak:6.1f} %"
        macs = f"{layer.macs:,}" if layer.macs else ""
        where, shape = "array" if layer.on_array else "core", "x".join(map(str, layer.shape))
        streamed = f"{layer.streamed_bytes:15,}" if layer.streamed_bytes else ""
        lines.append(f"{layer.index:5} {layer.operator:18} {where:5} {shape:14} {macs:>10}"
                     f" {layer.cycles:10,}  {_share(layer.cycles, total)} {peak:>8}{streamed}")
    macs = sum(layer.macs for layer in result.layers)
    lines.append(f"{'':5} {'between layers':50}{result.other_cycles:10,}  "
                 f"{_share(result.other_cycles, total)}")
    lines.append(f"{'':5} {'all':39}{macs:10,} {total:10,}")
    return [line.rstrip() for line in lines]


def _summary(result):
    total = result.cycles[0]
    yield (f"{total:,} cycles: {result.milliseconds:.3f} ms at {result.clock_hz / 1e6:g} MHz; "
           f"coprocessor {_share(result.array_cycles, total).strip()}, "
           f"core {_share(result.core_cycles, total).strip()}, "
           f"between layers {_share(result.other_cycles, total).strip()}")
    yield "RAM: " + ", ".join(f"{what} {size:,} bytes" for what, size in result.parts.items())
    if result.external_bytes:
        yield f"external memory: weights {result.external_bytes:,} bytes"
    if len(set(result.cycles)) > 1:
        yield f"cycles of the runs: {', '.join(f'{cycles:,}' for cycles in result.cycles)}"
    elif len(result.cycles) > 1:
        yield f"{len(result.cycles)} runs, all of as many cycles"


def _verdict(result):
    """Lines about the comparison with the reference."""
    if not result.all_checked:
        yield ("RAM has no room to keep the activations of all layers: compared are the outputs of "
               "the network only; --ram-bytes makes room")
    for d in result.differences:
        yield (f"run {d.run}, layer {d.layer}, {d.operator}: {d.wrong:,} of {d.values:,} values "
               "differ from the reference")
    if not result.differences:
        yield (f"{len(result.checked)} layers equal the reference, bit for bit, in "
               f"{len(result.cycles)} run{'s' * (len(result.cycles) > 1)}")


def _load(path):
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError):
        array = None
    if not isinstance(array, np.ndarray):  # an archive of several is none, either
        raise ValueError(f"{path} must be an array as numpy.save writes it")
    return array


def _save(path, outputs):
    if path.suffix == ".npz":
        np.savez(path, *outputs)
    else:
        with path.open("wb") as stream:
            np.save(stream, outputs[0])


def _check_output(path, model):
    """Raises ValueError unless the outputs of the file ``model`` can be written to ``path``."""
    check_writable(path, "File for the output")
    outputs = len(read(model).outputs)
    if outputs > 1 and path.suffix != ".npz":
        raise ValueError(f"File for the output must end in .npz, since the model has {outputs} "
                         f"outputs, not {path}")


def command(arguments, configuration, progress):
    """Does what the options of ``gluechip infer`` ask; returns the exit code."""
    verilator_environment()  # tells what is missing before anything is built
    arrays = arguments.input and [_load(path) for path in arguments.input]
    if arguments.output:
        _check_output(arguments.output, arguments.model)
    result = infer(arguments.model, arrays, configuration, backend=arguments.backend,
                   rounding=arguments.rounding, check=arguments.check,
                   stack_bytes=arguments.stack_bytes, clock_hz=arguments.clock_hz,
                   source=arguments.source, max_cycles=arguments.max_cycles or DEFAULT_MAX_CYCLES,
                   progress=progress)
    if arguments.output:
        _save(arguments.output, result.outputs)
    if not arguments.quiet:
        print(*table(result), "", *_summary(result), sep="\n")
    if arguments.check:
        for line in _verdict(result):
            if result.differences or not arguments.quiet:
                print(line, file=sys.stderr if result.differences else sys.stdout)
    return int(bool(result.differences))
