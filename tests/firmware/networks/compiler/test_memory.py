"""What a network needs of RAM: the sum is at least what the linker finds, and not much more."""

from dataclasses import replace

import numpy as np
import pytest

from firmware.networks.compiler import memory
from firmware.networks.compiler.compile import compile_network
from firmware.networks.compiler.plan import size_in_memory
from firmware.networks.compiler.program import build_program
from firmware.networks.network import ModelError
from firmware.networks.reader import parse, read
from sim.runner.symbols import Symbols
from soc.configuration import preset
from soc.soc_map import memory_map
from tests.firmware.networks.cases import CASES

_SMALL = preset("small", network_jobs=True)
_STACK_BYTES = 4096


def _used_bytes(elf):
    """RAM that a program uses, with its stack."""
    return Symbols(elf).span("__heap_start")[0] - memory_map(_SMALL).ram.base


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("name", ["digits", "conv same", "add", "softmax of 200, beta 0.7",
                                  "batch matmul", "max pool", "reshape"])
def test_sum_is_enough(name, keep):
    from firmware.networks.models.train import MODEL

    model = read(MODEL) if name == "digits" else parse(CASES[name])
    plan = compile_network(model, _SMALL, keep=keep)
    total = sum(memory._parts(plan, _STACK_BYTES).values())
    size = sum(model.tensors[i].elements for i in plan.inputs)
    runs = memory.runs_at_a_time(plan, _SMALL, _STACK_BYTES)
    elf = build_program(plan, "model.tflite", np.zeros((1, size), np.int8), _SMALL,
                        backend="coprocessor", stack_bytes=_STACK_BYTES)
    assert total - 6144 < _used_bytes(elf) <= total
    elf = build_program(plan, "model.tflite", np.zeros((runs, size), np.int8), _SMALL,
                        backend="coprocessor", stack_bytes=_STACK_BYTES)
    assert _used_bytes(elf) <= _SMALL.ram_bytes
    assert 1 < runs <= memory.MAX_RUNS


def _outside(plan, lacking, *, external_bytes=2**20):
    """Names of what goes to external memory when RAM is so many bytes too small."""
    free = _SMALL.ram_bytes - sum(memory._parts(plan, 0).values())
    return memory.place_constants(plan, replace(_SMALL, external_bytes=external_bytes),
                                  free + lacking).external


def test_as_little_as_must_goes_to_external_memory():
    from firmware.networks.models.train import MODEL

    plan = compile_network(read(MODEL), _SMALL)
    sizes = {name: size_in_memory(array) for name, array in plan.constants.items()}
    core = {"exponentials_6"}  # of SOFTMAX: the last to go
    jobs = sizes.keys() - core
    largest = max(jobs, key=sizes.get)
    assert _outside(plan, 0) == _outside(plan, 1, external_bytes=0) == set()
    for lacking in range(1, sum(sizes.values()) + 1, 8):
        outside = _outside(plan, lacking)
        moved = sum(sizes[name] for name in outside)
        assert moved >= lacking
        if lacking <= sizes[largest]:
            [name] = outside
            assert all(size >= sizes[name] for other, size in sizes.items()
                       if size >= lacking and other in jobs)
        assert outside <= jobs or jobs <= outside
    assert _outside(plan, sum(sizes.values()) + 1) == sizes.keys()


def test_what_external_memory_must_hold_is_told():
    from firmware.networks.models.train import MODEL

    plan = compile_network(read(MODEL), _SMALL)
    with pytest.raises(ModelError, match="-bytes 65536 would do, and so would --external-bytes 8"):
        memory.check_fits(plan, _SMALL, 25 * 1024)
    chip = replace(_SMALL, external_bytes=4096)
    with pytest.raises(ModelError, match=(
            r"External memory must hold [\d,]+ bytes of weights, not 4,096 as chip small has: "
            "--external-bytes 8192 would do")):
        memory.check_fits(memory.place_constants(plan, chip, 25 * 1024), chip, 25 * 1024)
    chip = replace(_SMALL, external_bytes=8192)
    memory.check_fits(memory.place_constants(plan, chip, 25 * 1024), chip, 25 * 1024)
    with pytest.raises(ModelError, match=(
            r"weights 0 \+ activations .*: --ram-bytes 65536 would do$")):
        memory.check_fits(memory.place_constants(plan, chip, 30 * 1024), chip, 30 * 1024)


def test_what_does_not_fit_is_refused():
    plan = compile_network(parse(CASES["softmax of 200, beta 0.7"]), _SMALL)
    memory.check_fits(plan, _SMALL, _STACK_BYTES)
    with pytest.raises(ModelError, match=r"stack 28,672 .* 32,768 .*: --ram-bytes 65536 would do"):
        memory.check_fits(plan, _SMALL, 28 * 1024)
    with pytest.raises(ModelError, match="no chip has more than 1048576"):
        memory.check_fits(plan, _SMALL, 2**20)
