"""Reads int8 TensorFlow Lite files.

The file is walked once, into plain values (`_walk`); all that follows looks at those alone, so
that a damaged file can surprise nothing but the walk. Source: tensorflow/lite/schema/schema.fbs.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from firmware.networks.network import ModelError, Network, Tensor
from firmware.networks.operators import decode
from firmware.networks.schema import OPTIONS, load_schema

__all__ = ["parse", "read"]


_IDENTIFIER = b"TFL3"
_VERSION = 3

_KINDS = {"FLOAT32": np.float32, "INT32": np.int32, "INT64": np.int64, "INT8": np.int8,
          "UINT8": np.uint8}
"""{type in the schema: what its data are read as}; constants of others are refused where used."""

_DAMAGE = (AttributeError, IndexError, OverflowError, struct.error, TypeError, ValueError)
"""What the flatbuffers package and numpy raise when offsets lead astray."""


@dataclass(frozen=True)
class _Operator:
    """As in the file. Members: name; options (dict of {field: value}, None where the file has
    none); inputs, outputs (tuples of int, -1 for an operand left out)."""

    name: str
    options: dict | None
    inputs: tuple
    outputs: tuple


def _names(enumeration):
    """{value: name} of an enumeration of the schema."""
    return {value: name for name, value in vars(enumeration).items() if not name.startswith("_")}


def _entries(length, get, limit):
    """The entries of a vector of tables. A length beyond ``limit`` is damage."""
    if length > limit:
        raise ValueError(f"a vector of {length} entries does not fit into the file")
    return [get(index) for index in range(length)]


def _numbers(values):
    """Tuple of what the ``AsNumpy`` methods give: an array, or 0 where the file has none."""
    return tuple(values.tolist()) if isinstance(values, np.ndarray) else ()


def _text(name):
    return "" if name is None else name.decode("utf-8", "replace")


def _data(raw, kind, shape):
    """Read-only array of a constant, None where the tensor has no data or an unknown type."""
    if not isinstance(raw, np.ndarray) or not raw.size or kind not in _KINDS:
        return None
    data = np.frombuffer(raw.tobytes(), np.dtype(_KINDS[kind]).newbyteorder("<"))
    return data.reshape(shape)


def _tensor(table, buffers, kinds):
    shape = _numbers(table.ShapeAsNumpy())
    kind = kinds.get(table.Type(), f"type {table.Type()}")
    name = _text(table.Name())
    if any(size < 1 for size in shape) or any(s < 0 for s in _numbers(
            table.ShapeSignatureAsNumpy())[1:]):
        raise ModelError(f"Shape of tensor {name!r} must be fixed, with an open batch size at "
                         f"most, not {list(_numbers(table.ShapeSignatureAsNumpy()) or shape)}")
    if table.Sparsity() is not None or table.IsVariable():
        raise ModelError(f"Tensor {name!r} must be neither sparse nor a variable")
    quantization = table.Quantization()
    scales = _numbers(quantization.ScaleAsNumpy()) if quantization else ()
    zero_points = _numbers(quantization.ZeroPointAsNumpy()) if quantization else ()
    return Tensor(name, shape, kind.lower(), scales, zero_points or (0,) * len(scales),
                  quantization.QuantizedDimension() if quantization else 0,
                  _data(buffers[table.Buffer()].DataAsNumpy(), kind, shape))


def _enumeration(schema, field, value):
    """``value`` by its name where the field is an enumeration."""
    kind = {"Padding": "Padding", "FusedActivationFunction": "ActivationFunctionType",
            "WeightsFormat": "FullyConnectedOptionsWeightsFormat"}.get(field)
    return _names(getattr(schema, kind)).get(value, f"number {value}") if kind else value


def _options(schema, table, name):
    kind, fields = OPTIONS.get(name, (None, ()))
    union = table.BuiltinOptions()
    if kind is None or union is None:
        return None
    if table.BuiltinOptionsType() != getattr(schema.BuiltinOptions, kind):
        raise ValueError(f"options of {name} are not {kind}")
    options = getattr(schema, kind)()
    options.Init(union.Bytes, union.Pos)
    return {field: _enumeration(schema, field, getattr(options, field)()) for field in fields}


def _operator_names(schema, model, limit):
    """Names of the operators, in the order of their codes; custom ones with their own."""
    names = _names(schema.BuiltinOperator)
    codes = _entries(model.OperatorCodesLength(), model.OperatorCodes, limit)
    builtin = [max(code.BuiltinCode(), code.DeprecatedBuiltinCode()) for code in codes]
    return [f"custom operator {_text(code.CustomCode())!r}"
            if number == schema.BuiltinOperator.CUSTOM else names.get(number, f"number {number}")
            for code, number in zip(codes, builtin)]


def _walk(data):
    """(inputs, outputs, tensors, operators) of a file: tuples of int, lists of Tensor, _Operator.

    Raises: ModelError, or one of `_DAMAGE`.
    """
    schema = load_schema()
    limit = len(data) // 4  # entries of a vector take 4 bytes
    model = schema.Model.GetRootAs(data)
    if model.Version() != _VERSION:
        raise ModelError(f"Version of the schema must be {_VERSION}, not {model.Version()}")
    if model.SubgraphsLength() != 1:
        raise ModelError(f"Model must have one subgraph, not {model.SubgraphsLength()}")
    graph = model.Subgraphs(0)
    kinds = _names(schema.TensorType)
    buffers = _entries(model.BuffersLength(), model.Buffers, limit)
    tensors = [_tensor(table, buffers, kinds)
               for table in _entries(graph.TensorsLength(), graph.Tensors, limit)]
    names = _operator_names(schema, model, limit)
    operators = []
    for table in _entries(graph.OperatorsLength(), graph.Operators, limit):
        name = names[table.OpcodeIndex()]
        operators.append(_Operator(name, _options(schema, table, name),
                                   _numbers(table.InputsAsNumpy()),
                                   _numbers(table.OutputsAsNumpy())))
    return (_numbers(graph.InputsAsNumpy()), _numbers(graph.OutputsAsNumpy()), tensors, operators)


def _check_references(inputs, outputs, tensors, operators):
    """Every index must name a tensor, and be computed once, before it is used."""
    used = [*inputs, *outputs, *(i for o in operators for i in o.outputs),
            *(i for o in operators for i in o.inputs if i != -1)]
    if any(not 0 <= index < len(tensors) for index in used):
        raise ValueError("an operator names a tensor that is not there")
    if not inputs or not outputs or not operators:
        raise ValueError("it has no inputs, no outputs or no operators")
    known = set(inputs) | {i for i, tensor in enumerate(tensors) if tensor.data is not None}
    for number, operator in enumerate(operators):
        if not {i for i in operator.inputs if i != -1} <= known or known & set(operator.outputs):
            raise ValueError(f"operator {number} does not follow what it needs")
        known |= set(operator.outputs)
    if not set(outputs) <= known:
        raise ValueError("an output is not computed")


def _check_supported(operators):
    """Names all operators that are not supported at once."""
    unknown = [f"{operator.name} (layer {number})" for number, operator in enumerate(operators)
               if operator.name not in OPTIONS]
    if unknown:
        raise ModelError(f"Operators must be among {', '.join(OPTIONS)}, not {', '.join(unknown)}")


def parse(data, name="model"):
    """The network in the bytes of a TensorFlow Lite file.

    Parameters: data : bytes; name : str, what messages call it.
    Raises: ModelError when it is no such file, is damaged, or needs what is not supported, with the
        layer, its operator and the tensor; RuntimeError without the package that reads it.
    """
    data = bytes(data)
    if data[4:8] != _IDENTIFIER:
        raise ModelError(f"{name}: must be a TensorFlow Lite file, which has "
                         f"{_IDENTIFIER.decode()} in bytes 4 to 7, not {len(data)} bytes "
                         f"with {data[4:8]!r} there")
    try:
        inputs, outputs, tensors, operators = _walk(data)
        _check_supported(operators)
        _check_references(inputs, outputs, tensors, operators)
        layers = decode(operators, tensors, inputs, outputs)
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from None
    except _DAMAGE as error:
        raise ModelError(f"{name}: the file is damaged: {error}") from error
    return Network(inputs, outputs, tuple(tensors), layers)


def read(path):
    """The network in a TensorFlow Lite file. Raises as `parse`, and OSError."""
    return parse(Path(path).read_bytes(), str(path))
