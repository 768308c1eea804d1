"""The layers of gluechip/nn.h, compiled for this machine, and those of the model beside them."""

import ctypes
from pathlib import Path

import numpy as np

from firmware.build import DRIVERS_DIR
from firmware.networks.network import Padding, Tensor
from firmware.networks.reference import evaluate
from tests.firmware.host import address_of, load, with_mistake

__all__ = ["ARGUMENT_ERROR", "BACKENDS", "UNTOUCHED", "Activation", "Context", "ConvParams",
           "Dims", "DwConvParams", "FcParams", "PerChannel", "PerTensor", "PoolParams", "Tile",
           "call", "dims", "expected", "layers", "layers_with_mistake", "output", "random_int8",
           "random_scales", "random_window", "reference", "tensor"]

ARGUMENT_ERROR = -1
BACKENDS = {"cpu": 0, "coprocessor": 1}
UNTOUCHED = 99
_GUARD_BYTES = 16

_SOURCES = [*(DRIVERS_DIR / name for name in ("matmul_check.c", "matmul_cpu.c", "patch.c")),
            *sorted((DRIVERS_DIR / "nn").glob("*.c"))]
_STAND_IN = Path(__file__).with_name("host_matmul.c")


def layers():
    """The library of all layers."""
    return load("layers", [*_SOURCES, _STAND_IN])


def layers_with_mistake(folder, old, new):
    """The library with a mistake, see `with_mistake`."""
    return load("layers", [*with_mistake(folder, _SOURCES, old, new), _STAND_IN])


def _structure(name, **fields):
    """A structure of C. Nested ones and ints; numpy arrays become their addresses."""
    return type(name, (ctypes.Structure,), {"_fields_": list(fields.items())})


_INT = ctypes.c_int32
Tile = _structure("Tile", w=_INT, h=_INT)
Dims = _structure("Dims", n=_INT, h=_INT, w=_INT, c=_INT)
Activation = _structure("Activation", min=_INT, max=_INT)
Context = _structure("Context", buf=ctypes.c_void_p, size=_INT, rounding=ctypes.c_int,
                     buf_is_filled=ctypes.c_bool)
PerChannel = _structure("PerChannel", multiplier=ctypes.c_void_p, shift=ctypes.c_void_p)
PerTensor = _structure("PerTensor", multiplier=_INT, shift=_INT)
_WINDOW = {"stride": Tile, "padding": Tile}
ConvParams = _structure("ConvParams", input_offset=_INT, output_offset=_INT, **_WINDOW,
                        dilation=Tile, activation=Activation)
DwConvParams = _structure("DwConvParams", input_offset=_INT, output_offset=_INT, ch_mult=_INT,
                          **_WINDOW, dilation=Tile, activation=Activation)
FcParams = _structure("FcParams", input_offset=_INT, filter_offset=_INT, output_offset=_INT,
                      activation=Activation)
PoolParams = _structure("PoolParams", **_WINDOW, activation=Activation)


def dims(array):
    """Dimensions of an array of up to 4, those in front 1."""
    return Dims(*[1] * (4 - array.ndim), *array.shape)


def output(shape):
    """An int8 array of `UNTOUCHED`; `call` sees when the bytes around it are touched."""
    size = int(np.prod(shape))
    whole = np.full(size + 2 * _GUARD_BYTES, UNTOUCHED, np.int8)
    return whole[_GUARD_BYTES:_GUARD_BYTES + size].reshape(shape)


def _guards_hold(array):
    whole = array.base
    return (whole is None or whole.size != array.size + 2 * _GUARD_BYTES
            or (whole[[*range(_GUARD_BYTES), *range(-_GUARD_BYTES, 0)]] == UNTOUCHED).all())


def call(function, *arguments):
    """Calls C with structures by reference and arrays by address; None is NULL."""
    def converted(value):
        if isinstance(value, ctypes.Structure):
            return ctypes.byref(value)
        if isinstance(value, np.ndarray):
            return ctypes.c_void_p(address_of(value))
        return value
    status = function(*map(converted, arguments))
    assert all(_guards_hold(a) for a in arguments if isinstance(a, np.ndarray)), "wrote outside"
    return status


def random_int8(rng, shape, extreme=False):
    values = rng.choice([-128, 127], shape) if extreme else rng.integers(-128, 128, shape)
    return values.astype(np.int8)


def random_scales(rng, count, products):
    """(multipliers, shifts) that bring sums of so many products to 8 bits, more or less."""
    spread = int(np.log2(128 * products))
    return (rng.integers(2**30, 2**31, count).astype(np.int32),
            rng.integers(-spread - 2, -spread + 3, count).astype(np.int32))


def random_window(rng, limit=9, *, inside=False):
    """(image, kernel, stride, padding, output) sizes along one dimension.

    With ``inside`` each window sees some of the image.
    """
    image, kernel = int(rng.integers(1, limit)), int(rng.integers(1, 5))
    stride = int(rng.integers(1, 4))
    padding = int(rng.integers(0, kernel if inside else kernel + 1))
    last = image - 1 if inside else image + padding - 1
    output = (last + padding) // stride + 1
    return image, kernel, stride, padding, int(rng.integers(1, output + 1))


def _after(image, kernel, stride, padding, output):
    """Padding behind the image that the windows need; below 0 where they leave some of it out."""
    return (output - 1) * stride + kernel - padding - image


def reference(vertical, horizontal):
    """{padding, stride} for layers of the model, of two `random_window`, and how to cut an image.

    The model has no images that are larger than its windows need.
    """
    behind = [_after(*window) for window in (vertical, horizontal)]
    padding = Padding(vertical[3], max(behind[0], 0), horizontal[3], max(behind[1], 0))
    return {"stride": (vertical[2], horizontal[2]), "padding": padding}


def tensor(array, zero_point=0):
    """A tensor of the model. Scales do not matter: layers hold what follows from them."""
    return Tensor("", array.shape, "int32" if array.dtype == np.int32 else "int8", (1.0,),
                  (int(zero_point),))


def expected(layer, tensors, values, rounding="double"):
    """What the model gives; ``values`` are those of the layer's inputs, from tensor 0 on."""
    return evaluate(layer, tensors, dict(enumerate(values)), rounding=rounding)
