"""What is read from files: members of the result, shapes left open, damage, other files."""

import sys

import numpy as np
import pytest

from firmware.networks import network
from firmware.networks.network import ModelError
from firmware.networks.reader import parse, read
from firmware.networks.writer import Operator, model_bytes
from tests.firmware.networks import sketch
from tests.firmware.networks.sketch import Sketch


def test_convolution():
    model = parse(sketch.convolution(size=(9, 10), window=(4, 5), stride=(3, 2), batch=2,
                                     activation="RELU"))
    image, weights, bias, features = model.tensors
    assert (model.inputs, model.outputs) == ((0,), (3,))
    assert (image.name, image.shape, image.dtype, image.data) == ("image", (2, 9, 10, 3), "int8",
                                                                  None)
    assert (image.scale, image.zero_point) == (float(np.float32(0.3)), -7)
    assert weights.data.shape == (5, 4, 5, 3) and weights.data.dtype == np.int8
    assert len(weights.scales) == 5 and weights.zero_points == (0,) * 5
    assert bias.data.dtype == np.int32 and not bias.data.flags.writeable
    assert features.elements == 2 * 3 * 5 * 5
    layer, = model.layers
    assert isinstance(layer, network.Conv2D) and layer.operator == "CONV_2D"
    assert (layer.input, layer.weights, layer.bias, layer.output) == (0, 1, 2, 3)
    assert layer.stride == (3, 2)
    assert layer.padding == network.Padding(top=0, bottom=1, left=1, right=2)
    assert (layer.minimum, layer.maximum) == (4, 127)
    assert layer.multipliers.shape == layer.shifts.shape == (5,)
    assert (layer.multipliers >= 2**30).all() and (layer.multipliers < 2**31).all()


def test_operand_left_out():
    layer, = parse(sketch.fully_connected(bias=False)).layers
    assert layer.inputs == (0, 1, None) and layer.bias is None


def test_float_borders_are_the_hosts():
    for dtypes, name in ((("float32", "int8"), "QUANTIZE"), (("int8", "float32"), "DEQUANTIZE")):
        layer, = parse(sketch.elementwise(name, dtypes=dtypes)).layers
        assert layer.on_host
    layer, = parse(sketch.elementwise("QUANTIZE")).layers
    assert not layer.on_host


def _with_signature(*signature):
    """A model whose input has a shape signature: what the writer leaves out."""
    import flatbuffers
    import tflite

    builder = flatbuffers.Builder(0)
    vector = builder.CreateNumpyVector(np.array([2, 3], np.int32))
    open_shape = builder.CreateNumpyVector(np.array(signature, np.int32))
    tensors = []
    scale = builder.CreateNumpyVector(np.array([0.5], np.float32))
    tflite.QuantizationParametersStart(builder)
    tflite.QuantizationParametersAddScale(builder, scale)
    quantization = tflite.QuantizationParametersEnd(builder)
    for _ in range(2):
        tflite.TensorStart(builder)
        tflite.TensorAddShape(builder, vector)
        tflite.TensorAddShapeSignature(builder, open_shape)
        tflite.TensorAddType(builder, tflite.TensorType.INT8)
        tflite.TensorAddQuantization(builder, quantization)
        tensors.append(tflite.TensorEnd(builder))

    def vector_of(*offsets):
        builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            builder.PrependUOffsetTRelative(offset)
        return builder.EndVector()

    def table(name, **fields):
        getattr(tflite, f"{name}Start")(builder)
        for key, value in fields.items():
            getattr(tflite, f"{name}Add{key}")(builder, value)
        return getattr(tflite, f"{name}End")(builder)

    indexes = [builder.CreateNumpyVector(np.array([i], np.int32)) for i in range(2)]
    relu = table("OperatorCode", DeprecatedBuiltinCode=tflite.BuiltinOperator.RELU,
                 BuiltinCode=tflite.BuiltinOperator.RELU)
    codes = vector_of(relu)
    operators = vector_of(table("Operator", Inputs=indexes[0], Outputs=indexes[1]))
    graph = table("SubGraph", Tensors=vector_of(*tensors), Inputs=indexes[0], Outputs=indexes[1],
                  Operators=operators)
    graphs = vector_of(graph)
    buffers = vector_of(table("Buffer"))
    builder.Finish(table("Model", Version=3, OperatorCodes=codes, Subgraphs=graphs,
                         Buffers=buffers), b"TFL3")
    return bytes(builder.Output())


def test_open_batch_size_is_that_of_the_shape():
    assert parse(_with_signature(-1, 3)).tensors[0].shape == (2, 3)


def test_other_open_sizes_are_refused():
    with pytest.raises(ModelError, match=r"Shape of tensor '' must be fixed, with an open batch "
                       r"size at most, not \[2, -1\]"):
        parse(_with_signature(2, -1))


def test_unsupported_operators_are_named_all_at_once(monkeypatch):
    from firmware.networks import schema

    for name in ("TANH", "FLOOR"):
        monkeypatch.setitem(schema.OPTIONS, name, (None, ()))
    s = Sketch()
    x = s.int8(2, 3)
    y = s.operator("FLOOR", (s.operator("TANH", (x,), s.int8(2, 3)),), s.int8(2, 3))
    data = s.bytes((x,), (y,))
    monkeypatch.undo()
    with pytest.raises(ModelError, match=r"Operators must be among ADD, .*, not "
                       r"TANH \(layer 0\), FLOOR \(layer 1\)"):
        parse(data)


def test_order_and_references_are_checked():
    s = Sketch()
    tensors = [s.int8(2, 3) for _ in range(3)]
    chain = [Operator("RELU", (0,), (1,)), Operator("RELU", (1,), (2,))]
    assert len(parse(model_bytes(s.tensors, chain, (0,), (2,))).layers) == 2
    for operators, inputs, outputs in (
            (chain[::-1], (0,), (2,)), (chain[:1], (0,), (2,)), (chain, (1,), (2,)),
            ([Operator("RELU", (0,), (7,))], (0,), (0,)), ([], (0,), (0,)), (chain, (), (2,)),
            (chain + chain[1:], (0,), (2,))):
        with pytest.raises(ModelError, match="the file is damaged"):
            parse(model_bytes(s.tensors, operators, inputs, outputs))
    assert tensors == [0, 1, 2]


@pytest.mark.parametrize("data", [b"", b"TFL3", bytes(100), b"\x7fELF" + bytes(100),
                                  b"PK\x03\x04 an archive", b"\x1c\0\0\0TFL2" + bytes(60)])
def test_other_files(data):
    with pytest.raises(ModelError, match=f"must be a TensorFlow Lite file, .* not {len(data)} "):
        parse(data)


def test_file_name_is_in_the_message(tmp_path):
    path = tmp_path / "picture.tflite"
    path.write_bytes(b"")
    with pytest.raises(ModelError, match="picture.tflite: must be a TensorFlow Lite file"):
        read(path)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.tflite")


_WHOLE = sketch.convolution(size=(3, 3), depth=2, channels=2)


def test_truncated_files():
    """At every length, a clear error; only what follows the last byte in use may be cut off."""
    survived = []
    for length in range(8, len(_WHOLE)):
        try:
            parse(_WHOLE[:length])
        except ModelError:
            continue
        survived.append(length)
    assert len(survived) < 8 and all(length > len(_WHOLE) - 8 for length in survived)


def test_damaged_files():
    """Bytes overwritten at random: a network or a ModelError, nothing else, and soon."""
    random = np.random.RandomState(0)
    refused = 0
    for _ in range(3000):
        data = bytearray(_WHOLE)
        for position in random.randint(8, len(data), random.randint(1, 4)):
            data[position] = random.choice([0, 1, 0x7F, 0x80, 0xFF, random.randint(256)])
        try:
            parse(bytes(data))
        except ModelError:
            refused += 1
    assert 500 < refused < 3000


def test_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "tflite", None)
    with pytest.raises(RuntimeError, match=r"tflite not found: .*pip install -e \.\[networks\]"):
        parse(_WHOLE)
