"""The sources of the app that are made when it is built: its constants, from `parameters`."""

import numpy as np

from firmware.apps.transformer.parameters import Sizes, block
from firmware.networks.layer_norm import UNIT
from firmware.remedies import ram_remedy

__all__ = ["BLOCK_ROWS", "files", "sizes_of"]


BLOCK_ROWS = 16
"""Tokens that go through the block together."""

_NUMBERS_PER_LINE = 24
_TYPES = {"|i1": "int8_t", "<i4": "int32_t", "<u4": "uint32_t"}
_PROGRAM_BYTES = 9216
"""More than what else the program has in RAM, with its stack and its jobs."""

_JOB_BYTES = 200


def sizes_of(defines):
    """`Sizes` that the macros SEQUENCE, EMBEDDING, HEADS, HIDDEN ask for, where they are given.

    Raises: ValueError as `Sizes` does, and for what is no integer.
    """
    sizes = {}
    for name in ("sequence", "embedding", "heads", "hidden"):
        text = str(defines.get(name.upper(), getattr(Sizes, name)))
        try:
            sizes[name] = int(text, 0)
        except ValueError:
            raise ValueError(f"{name} must be an integer, not {text!r}") from None
    return Sizes(**sizes)


def _variable_bytes(sizes, slots):
    """Bytes of activations and jobs with room for those of ``slots`` blocks of rows."""
    s, e = sizes.sequence, sizes.embedding
    block = BLOCK_ROWS * (7 * e + sizes.hidden) + 2 * e
    h = sizes.heads
    jobs = 1 + h + s // BLOCK_ROWS * (2 * h + 3) + 9 * slots
    return (4 * s * e + slots * block + max(slots, 2) * BLOCK_ROWS * h * s
            + BLOCK_ROWS * e + jobs * _JOB_BYTES)


def _slots(sizes, configuration, constants):
    """Blocks whose activations stay: all where RAM has room, else 1."""
    blocks = sizes.sequence // BLOCK_ROWS
    fixed = _PROGRAM_BYTES + sum(array.nbytes for array in constants.values())
    for slots in (blocks, 1):
        needed = fixed + _variable_bytes(sizes, slots)
        if needed <= configuration.ram_bytes:
            return slots
    raise ValueError(f"RAM must hold {needed} bytes, not {configuration.ram_bytes} as chip "
                     f"{configuration.name} has: "
                     + ram_remedy(needed, "smaller sizes, such as -D EMBEDDING=64 -D HIDDEN=256"))


def _sum_weights(parameters, embedding, columns):
    """B of the job that adds: each channel its place in the group of ``columns``, twice."""
    channels = np.arange(embedding)
    weights = np.zeros((embedding, 2 * columns), np.int8)
    for operand, weight in enumerate(parameters.weights):
        weights[channels, operand * columns + channels % columns] = weight
    return weights


def _constants(b, configuration):
    """{name: array}"""
    e, columns = b.sizes.embedding, configuration.array_columns
    arrays = {}
    for name in ("query", "key", "projection", "first", "second"):
        dense = getattr(b, name)
        arrays |= {f"{name}_weights": dense.weights, f"{name}_bias": dense.bias,
                   f"{name}_multipliers": dense.multipliers, f"{name}_shifts": dense.shifts}
    arrays["value_weights"] = b.value.weights
    arrays["exponentials"] = b.exponentials
    for number, (parameters, norm) in enumerate(zip(b.sums, b.norms), 1):
        arrays |= {f"sum_{number}_weights": _sum_weights(parameters, e, columns),
                   f"sum_{number}_bias": np.full(e, parameters.bias),
                   f"sum_{number}_tables": parameters.tables,
                   f"norm_{number}_bias": norm.bias, f"norm_{number}_multipliers": norm.multipliers,
                   f"norm_{number}_shifts": norm.shifts}
    arrays["centre_weights"] = e * np.eye(e, dtype=int) - 1
    arrays["unit_weights"] = UNIT * np.eye(BLOCK_ROWS, dtype=int)
    return {name: array.astype({"weights": np.int8, "exponentials": np.uint32}.get(
        name.rpartition("_")[2], np.int32)) for name, array in arrays.items()}


def _scalars(b, slots):
    """{macro: int}"""
    sizes = b.sizes
    return {
        "SEQUENCE": sizes.sequence, "EMBEDDING": sizes.embedding, "HEADS": sizes.heads,
        "HIDDEN": sizes.hidden, "BLOCK_ROWS": BLOCK_ROWS, "SLOTS": slots,
        "INPUT_ZERO": b.x_zero, "Y_ZERO": b.norms[0].zero, "HIDDEN_ZERO": b.first.zero,
        "OUT_ZERO": b.norms[1].zero, "VALUE_MULTIPLIER": b.value.multipliers,
        "VALUE_SHIFT": b.value.shifts, "SCORES_MULTIPLIER": b.scores[0],
        "SCORES_SHIFT": b.scores[1], "ATTENDED_MULTIPLIER": b.attended[0],
        "ATTENDED_SHIFT": b.attended[1],
        **{f"SUM_{number}_{name}": value for number, parameters in enumerate(b.sums, 1)
           for name, value in (("ZERO", parameters.zero), ("MULTIPLIER", parameters.multiplier),
                               ("SHIFT", parameters.shift),
                               ("FRACTION_BITS", parameters.fraction_bits))},
        "EPSILON": b.norms[0].epsilon}


def _braces(array):
    if array.ndim > 1:
        return "{" + ", ".join(map(_braces, array)) + "}"
    numbers = list(map(str, array.tolist()))
    lines = [", ".join(numbers[i:i + _NUMBERS_PER_LINE])
             for i in range(0, len(numbers), _NUMBERS_PER_LINE)]
    return "{\n    " + ",\n    ".join(lines) + "}"


def _placed(section):
    return f"__attribute__((section(\".preloaded.{section}\"), aligned(8)))"


def files(configuration, defines):
    """{name: text} of ``model.h`` and ``model.c`` for this chip and these macros.

    Raises: ValueError for sizes that cannot be, or that RAM has no room for.
    """
    sizes = sizes_of(defines)
    if configuration.array_columns > BLOCK_ROWS or not configuration.network_jobs:
        raise ValueError(f"Chip {configuration.name} must take network jobs: another --preset "
                         "would do")
    b = block(sizes)
    constants = _constants(b, configuration)
    slots = _slots(sizes, configuration, constants)
    scalars = _scalars(b, slots)
    arrays = {f"const {_TYPES[array.dtype.str]} {name}[{array.size}]": _braces(array.ravel())
              for name, array in constants.items()}
    x = b.x.reshape(-1, BLOCK_ROWS, sizes.embedding)
    notice = "/* Generated by firmware/apps/transformer/generate.py: do not edit. */\n"
    header = [notice, "#include <stdint.h>\n",
              *(f"#undef {name}\n#define {name} {value}" for name, value in scalars.items()), "",
              *(f"extern {declaration};" for declaration in arrays), ""]
    source = [notice, '#include "activations.h"\n',
              *(f"{declaration} {_placed('constants')} = {values};"
                for declaration, values in arrays.items()),
              f"first_operands_t transformer_first {_placed('input')} = {{.x = {_braces(x)}}};", ""]
    return {"model.h": "\n".join(header), "model.c": "\n".join(source)}
