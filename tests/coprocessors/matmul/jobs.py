"""Random and extreme matmul jobs for tests: operands in memory, descriptor, expected memory."""

import random
from dataclasses import dataclass, field

import numpy as np

from coprocessors.matmul.model import gather, matmul
from coprocessors.matmul.table import OUTPUT, ROUNDING

__all__ = ["ConvolutionJob", "Job", "Memory"]

GAP = 24
"""Bytes between the pieces of a job, in which nothing may change."""


class Memory:
    """Bytes from ``base`` on, and a pointer to the part that is not yet given out."""

    def __init__(self, base, size, seed=1):
        self.base = base
        self.contents = bytearray(random.Random(seed).randbytes(size))
        self._next = base + GAP

    def place(self, size, alignment):
        """Address of ``size`` fresh bytes, ``alignment`` bytes behind a multiple of 8."""
        address = (self._next + 7) // 8 * 8 + alignment
        self._next = address + size + GAP
        assert self._next <= self.base + len(self.contents), "jobs do not fit in the memory"
        return address

    def put(self, address, data):
        offset = address - self.base
        assert 0 <= offset <= len(self.contents) - len(data), hex(address)
        self.contents[offset:offset + len(data)] = data

    def get(self, address, length):
        return bytes(self.contents[address - self.base:address - self.base + length])


@dataclass
class Job:
    """One job; what is not given is drawn from ``rng``.

    ``keep`` names the operands, of "a" and "b", that it keeps from the job ``before`` it.
    ``place(memory)`` writes its operands, ``descriptor`` then holds its fields, and
    ``put_result(memory)`` writes what the coprocessor must write.
    """

    rng: random.Random
    m: int
    n: int
    k: int
    output: str = None
    rounding: str = None
    per_channel: bool = None
    with_bias: bool = None
    with_addend: bool = None
    a_transposed: bool = None
    b_transposed: bool = None
    aligned: bool = False
    dense: bool = False
    extreme: bool = False
    before: "Job" = None
    keep: str = ""
    descriptor: dict = field(default_factory=dict)

    def __post_init__(self):
        rng = self.rng
        self.output = self.output or rng.choice(list(OUTPUT))
        self.rounding = self.rounding or rng.choice(list(ROUNDING))
        if self.per_channel is None:
            self.per_channel = rng.random() < 0.7
        if self.with_addend is None:
            self.with_addend = not self.with_bias and rng.random() < 0.3
        if self.with_bias is None:
            self.with_bias = not self.with_addend and rng.random() < 0.8
        if self.a_transposed is None:
            self.a_transposed = rng.random() < 0.2
        if self.b_transposed is None:
            self.b_transposed = rng.random() < 0.3
        self.numpy = np.random.default_rng(rng.getrandbits(32))
        self.a_unsigned, self.b_unsigned = rng.random() < 0.4, rng.random() < 0.4
        self.a, self.a_zero = self._operand(self._a_shape(), self.a_unsigned)
        self.b, self.b_zero = self._operand((self.n, self.k), self.b_unsigned)
        for name in self.keep:
            for what in ("", "_zero", "_unsigned", "_transposed"):
                setattr(self, name + what, getattr(self.before, name + what))
        self._scales()
        low, high = (0, 255) if self.output == "uint8" else (-128, 127)
        self.c_zero = rng.randint(low, high)
        limits = sorted(rng.randint(low, high) for _ in range(2))
        self.minimum, self.maximum = limits if rng.random() < 0.3 else (low, high)

    def _a_shape(self):
        return self.m, self.k

    def _operand(self, shape, is_unsigned):
        low, high = (0, 255) if is_unsigned else (-128, 127)
        zero = self.rng.choice([low, high, self.rng.randint(low, high)])
        values = self.numpy.integers(low, high + 1, shape)
        if self.extreme:
            values = self.numpy.choice([low, high], shape)
            zero = self.rng.choice([low, high])
        return values.astype(np.uint8 if is_unsigned else np.int8), zero

    def _scales(self):
        size = self.n
        self.bias = self.numpy.integers(-20_000, 20_000, size)
        if self.extreme:
            self.bias = self.numpy.choice([-2**31, 2**31 - 1, 0], size)
        self.addend = self.numpy.integers(-2**31, 2**31, (self.m, size))
        if not self.extreme:
            self.addend >>= 16
        self.multiplier = self.numpy.integers(1 << 30, 1 << 31, size)
        spread = int(np.log2(256 * self.k)) - 3
        self.shift = self.numpy.integers(-spread - 3, -spread + 3, size).clip(-31, 30)
        if self.extreme:
            self.multiplier = self.numpy.choice([0, 1 << 30, 2**31 - 1], size)
            self.shift = self.numpy.choice([-31, -1, 0, 1, 30], size)
        if not self.per_channel:
            self.multiplier[:], self.shift[:] = self.multiplier[0], self.shift[0]

    @property
    def result(self):
        """What C must be."""
        return self._product(self.a, slice(None))

    def _product(self, a, columns):
        """The ``columns`` of C, of operand ``a``."""
        scale = {} if self.output == "int32" else {
            "multiplier": self.multiplier[columns], "shift": self.shift[columns],
            "c_zero": self.c_zero,
            "minimum": self.minimum, "maximum": self.maximum, "rounding": self.rounding}
        return matmul(a, self.b[columns], a_zero=self.a_zero, b_zero=self.b_zero,
                      bias=self.bias[columns] if self.with_bias else None,
                      addend=self.addend[:, columns] if self.with_addend else None, **scale)

    def place(self, memory):
        """Puts operands and parameters into ``memory`` and fills ``descriptor``."""
        rng = self.rng

        def alignment():
            return 0 if self.aligned else rng.randrange(8)

        def stride(row_bytes):
            return row_bytes if self.dense else row_bytes + rng.choice([0, 0, 1, 8, 13])

        def array(rows, row_bytes):
            step = stride(row_bytes)
            return memory.place((rows - 1) * step + row_bytes, alignment()), step

        def channels(values):
            address = memory.place(4 * self.n, alignment())
            memory.put(address, values.astype("<i4").tobytes())
            return address

        def operand(name, values):
            if name in self.keep:
                return (self.before.descriptor[f"{name}_{what}"] for what in ("address", "stride"))
            address, step = array(*values.shape)
            for index, row in enumerate(values):
                memory.put(address + index * step, row.tobytes())
            return address, step

        a_address, a_stride = operand("a", self.a.T if self.a_transposed else self.a)
        b_address, b_stride = operand("b", self.b.T if self.b_transposed else self.b)
        c_address, c_stride = array(self.m, self.n * (4 if self.output == "int32" else 1))
        addend_address, addend_stride = array(self.m, 4 * self.n) if self.with_addend else (0, 0)
        if self.with_addend:
            for index, row in enumerate(self.addend):
                memory.put(addend_address + index * addend_stride, row.astype("<i4").tobytes())
        self.descriptor = {
            "addend_address": addend_address, "addend_stride": addend_stride,
            "a_address": a_address, "b_address": b_address, "c_address": c_address,
            "bias_address": channels(self.bias) if self.with_bias else 0,
            "m": self.m, "n": self.n, "k": self.k,
            "a_stride": a_stride, "b_stride": b_stride, "c_stride": c_stride,
            "zero_points_a": self.a_zero, "zero_points_b": self.b_zero,
            "zero_points_c": self.c_zero,
            "format_a_unsigned": self.a_unsigned, "format_b_unsigned": self.b_unsigned,
            "format_a_transposed": self.a_transposed, "format_b_transposed": self.b_transposed,
            "format_keep_a": "a" in self.keep, "format_keep_b": "b" in self.keep,
            "format_output": OUTPUT[self.output], "format_rounding": ROUNDING[self.rounding],
            "format_per_channel": self.per_channel,
            "clamp_minimum": self.minimum, "clamp_maximum": self.maximum,
        }
        if self.per_channel:
            self.descriptor |= {"multiplier_address": channels(self.multiplier),
                                "shift_address": channels(self.shift)}
        else:
            self.descriptor |= {"multiplier": int(self.multiplier[0]),
                                "shift": int(self.shift[0])}

    def put_result(self, memory):
        """Writes the expected C to ``memory``."""
        for index, row in enumerate(self.result):
            memory.put(self.descriptor["c_address"] + index * self.descriptor["c_stride"],
                       row.astype(row.dtype.newbyteorder("<")).tobytes())

    def __str__(self):
        return (f"{self.m}x{self.n}x{self.k} {self.output} {self.rounding} "
                f"keeps {self.keep or None} transposed {self.a_transposed} {self.b_transposed} "
                f"per_channel {self.per_channel} bias {self.with_bias} "
                f"addend {self.with_addend} {self.descriptor}")


@dataclass
class ConvolutionJob(Job):
    """A job that gathers A; ``a`` is the image, (lines, bytes of a line).

    channels : int, bytes of a pixel. kernel, strides, padding : (vertical, horizontal).
    group : None, or int, columns of the array, for a convolution in groups of as many channels.
    """

    m: int = 0
    n: int = 0
    k: int = 0
    a_transposed: bool = False
    image: tuple = (1, 1)  # lines, pixels
    channels: int = 1
    kernel: tuple = (1, 1)
    strides: tuple = (1, 1)
    padding: tuple = (0, 0)
    group: int = None

    @classmethod
    def random(cls, rng, columns, **options):
        """A small convolution; every other one in groups of ``columns`` channels."""
        kernel = rng.randint(1, 4), rng.randint(1, 4)
        channels = rng.choice([1, 2, 3, 4, 7, 8, 9, 16])
        image = tuple(rng.randint(1, 9) for _ in range(2))
        strides = tuple(rng.randint(1, 3) for _ in range(2))
        padding = tuple(rng.randint(0, size) for size in kernel)
        per_line = max((image[1] + 2 * padding[1] - kernel[1]) // strides[1] + 1, 1)
        lines = max((image[0] + 2 * padding[0] - kernel[0]) // strides[0] + 1, 1)
        group = columns if rng.random() < 0.5 else None
        size = kernel[0] * kernel[1] * (group or channels)
        job = cls(rng, per_line * lines, channels if group else rng.randint(1, 2 * columns + 1),
                  size, image=image, channels=channels, kernel=kernel, strides=strides,
                  padding=padding, group=group, **options)
        job.per_line = per_line
        return job

    per_line: int = 1

    def _a_shape(self):
        return self.image[0], self.image[1] * self.channels

    @property
    def fields(self):
        """The arguments of `gather`."""
        together = {"piece_bytes": self.kernel[1] * self.channels}
        apart = {"piece_bytes": self.group or self.channels, "pieces": self.kernel[1],
                 "piece_step": self.channels}
        return {"line_step": self.strides[0], "per_line": self.per_line,
                "step": self.strides[1] * self.channels,
                "left": self.padding[1] * self.channels, "top": self.padding[0],
                **(apart if self.group or self.k % 2 else together)}

    @property
    def result(self):
        width = self.group or self.n
        return np.concatenate([
            self._product(gather(self.a, m=self.m, k=self.k, padding=self.a_zero,
                                 column_offset=start if self.group else 0, **self.fields),
                          slice(start, start + width))
            for start in range(0, self.n, width)], axis=1)

    def place(self, memory):
        super().place(memory)
        fields = {"pieces": 1, "piece_step": 0, **self.fields}
        self.descriptor |= {
            "patch_piece_bytes": fields["piece_bytes"], "patch_pieces": fields["pieces"],
            "patch_line_step": fields["line_step"], "piece_step": fields["piece_step"],
            "image_line_bytes": self.a.shape[1], "image_lines": self.a.shape[0],
            "outputs_per_line": fields["per_line"], "outputs_step": fields["step"],
            "padding_left": fields["left"], "padding_top": fields["top"],
            "column_step": self.group or 0,
        }
