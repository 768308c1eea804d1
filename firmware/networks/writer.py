"""Writes TensorFlow Lite files: for networks trained here, and for tests.

Only what `schema.OPTIONS` names, with its options; the bytes depend on nothing but the arguments.
"""

from dataclasses import dataclass, field

import numpy as np

from firmware.networks.schema import OPTIONS, VERSIONS, load_schema

__all__ = ["Operator", "model_bytes"]


@dataclass(frozen=True)
class Operator:
    """One operator to write.

    Members: name : str, such as "CONV_2D"; inputs, outputs : sequences of tensor indexes, -1 for an
        operand left out; options : dict of {field: number, or name where it is an enumeration}.
    """

    name: str
    inputs: tuple
    outputs: tuple
    options: dict = field(default_factory=dict)


_ENUMERATIONS = {"Padding": "Padding", "FusedActivationFunction": "ActivationFunctionType"}


def _vector(builder, values, dtype):
    """Offset of a vector of numbers, None of an empty one."""
    return builder.CreateNumpyVector(np.array(values, dtype)) if len(values) else None


def _offsets(builder, offsets):
    """Offset of a vector of tables."""
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


class _Writer:
    def __init__(self):
        self.schema = load_schema()
        import flatbuffers  # comes with the schema
        self.builder = flatbuffers.Builder(1024)

    def table(self, name, **fields):
        """Offset of a table; fields that are None are left out."""
        getattr(self.schema, f"{name}Start")(self.builder)
        for key, value in fields.items():
            if value is not None:
                getattr(self.schema, f"{name}Add{key}")(self.builder, value)
        return getattr(self.schema, f"{name}End")(self.builder)

    def quantization(self, tensor):
        if not tensor.scales:
            return None
        scales = _vector(self.builder, tensor.scales, np.float32)
        zeros = _vector(self.builder, tensor.zero_points, np.int64)
        return self.table("QuantizationParameters", Scale=scales, ZeroPoint=zeros,
                          QuantizedDimension=tensor.quantized_dimension)

    def tensor(self, tensor, buffer):
        name = self.builder.CreateString(tensor.name)
        shape = _vector(self.builder, tensor.shape, np.int32)
        quantization = self.quantization(tensor)
        return self.table("Tensor", Shape=shape, Buffer=buffer, Name=name,
                          Type=getattr(self.schema.TensorType, tensor.dtype.upper()),
                          Quantization=quantization)

    def buffers(self, tensors):
        """(offset of the vector, number of each tensor's buffer). Number 0 is empty."""
        offsets, numbers = [self.table("Buffer")], []
        for tensor in tensors:
            numbers.append(0 if tensor.data is None else len(offsets))
            if tensor.data is not None:
                raw = np.frombuffer(np.ascontiguousarray(tensor.data).tobytes(), np.uint8)
                self.builder.StartVector(1, len(raw), 16)  # weights may be used in place
                self.builder.head -= len(raw)
                self.builder.Bytes[self.builder.head:self.builder.head + len(raw)] = raw.tobytes()
                offsets.append(self.table("Buffer", Data=self.builder.EndVector()))
        return _offsets(self.builder, offsets), numbers

    def operator(self, operator, code):
        inputs = _vector(self.builder, operator.inputs, np.int32)
        outputs = _vector(self.builder, operator.outputs, np.int32)
        kind = OPTIONS[operator.name][0]
        options = kind and self.table(kind, **{
            key: getattr(getattr(self.schema, _ENUMERATIONS[key]), value)
            if key in _ENUMERATIONS else value for key, value in operator.options.items()})
        return self.table("Operator", OpcodeIndex=code, Inputs=inputs, Outputs=outputs,
                          BuiltinOptionsType=kind and getattr(self.schema.BuiltinOptions, kind),
                          BuiltinOptions=options)

    def code(self, name):
        number = getattr(self.schema.BuiltinOperator, name)
        return self.table("OperatorCode", DeprecatedBuiltinCode=number, BuiltinCode=number,
                          Version=VERSIONS.get(name, 2))


def model_bytes(tensors, operators, inputs, outputs):
    """The bytes of a TensorFlow Lite file.

    Parameters: tensors : sequence of Tensor; operators : sequence of Operator, in the order in
        which they run; inputs, outputs : sequences of tensor indexes.
    Raises: KeyError or AttributeError for an operator or option that is unknown.
    """
    writer = _Writer()
    builder = writer.builder
    names = sorted({operator.name for operator in operators})
    buffers, numbers = writer.buffers(tensors)
    tensor_vector = _offsets(builder, [writer.tensor(*pair) for pair in zip(tensors, numbers)])
    operator_vector = _offsets(builder, [writer.operator(o, names.index(o.name))
                                         for o in operators])
    input_vector, output_vector = (_vector(builder, v, np.int32) for v in (inputs, outputs))
    graph = writer.table("SubGraph", Tensors=tensor_vector, Inputs=input_vector,
                         Outputs=output_vector, Operators=operator_vector)
    graphs = _offsets(builder, [graph])
    codes = _offsets(builder, [writer.code(name) for name in names])
    builder.Finish(writer.table("Model", Version=3, OperatorCodes=codes, Subgraphs=graphs,
                                Buffers=buffers), b"TFL3")
    return bytes(builder.Output())
