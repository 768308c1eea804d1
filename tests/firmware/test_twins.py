"""The C twins of the coprocessors, compiled for this machine, against the models."""

import ctypes
import hashlib
import random

import numpy as np
import pytest

from coprocessors.keccak.model import FUNCTIONS, ZERO_STATE, sponge, sponge_from
from coprocessors.matmul.model import gather, matmul
from coprocessors.matmul.table import PASS_BYTES
from firmware.build import DRIVERS_DIR
from tests.firmware.host import CONFIGURATION, address_of, load, with_mistake
from tests.firmware.matmul_job import MatmulJob, Patch

_BACKEND_ARGUMENT_ERROR = -1
_OUTPUTS = {np.int32: 0, np.int8: 1, np.uint8: 2}


class _KeccakJob(ctypes.Structure):
    """gluechip_keccak_job_t."""

    _fields_ = [
        ("source", ctypes.c_void_p), ("length", ctypes.c_uint32),
        ("destination", ctypes.c_void_p), ("output_length", ctypes.c_uint32),
        ("rate_bytes", ctypes.c_uint8), ("domain", ctypes.c_uint8), ("rounds", ctypes.c_uint8),
        *((name, ctypes.c_bool) for name in ("no_padding", "load_state", "store_state")),
        ("count", ctypes.c_uint16), ("state", ctypes.c_void_p),
        ("source_stride", ctypes.c_uint32), ("destination_stride", ctypes.c_uint32),
    ]


def _load(sources):
    library = load("twins", sources)
    return {"matmul": library.gluechip_matmul_cpu, "keccak": library.gluechip_keccak_cpu}


_SOURCES = [DRIVERS_DIR / name for name in ("matmul_check.c", "matmul_cpu.c", "patch.c",
                                            "keccak_cpu.c")]


@pytest.fixture(scope="module")
def twins():
    return _load(_SOURCES)


def _strided(rng, rows, columns, is_unsigned, extremes):
    """A random matrix as a view of a wider one."""
    low, high = (0, 256) if is_unsigned else (-128, 128)
    wide = rng.integers(low, high, (rows, columns + rng.integers(0, 5)))
    if extremes:
        wide = rng.choice([low, high - 1], wide.shape)
    return wide.astype(np.uint8 if is_unsigned else np.int8)[:, :columns]


def _check_matmul(twin, rng, m, n, k, *, output, rounding="double", per_channel=False,
                  a_unsigned=False, b_unsigned=False, bias=True, zeros=True, extremes=False,
                  addend=False, shifts=(-31, 31), bias_limit=2**31, a_transposed=False,
                  b_transposed=False):
    a = _strided(rng, *(k, m) if a_transposed else (m, k), a_unsigned, extremes)
    b = _strided(rng, *(k, n) if b_transposed else (n, k), b_unsigned, extremes)
    offset = {False: -128, True: 0}
    a_zero, b_zero = (int(rng.integers(0, 256)) + offset[u] if zeros else 0
                      for u in (a_unsigned, b_unsigned))
    b_zero *= int(rng.random() < 0.5)  # often 0, as in networks
    bias_values, addend_values = (
        rng.integers(-bias_limit, bias_limit, shape).astype(np.int32) if wanted else None
        for shape, wanted in ((n, bias and not addend), ((m, n), addend)))
    count = n if per_channel else 1
    multiplier = rng.integers(2**30, 2**31, count).astype(np.int32)
    multiplier[rng.random(count) < 0.1] = 0
    shift = rng.integers(*shifts, count).astype(np.int32)
    c = np.zeros((m, n + rng.integers(0, 4)), dtype=output)
    least = 0 if output is np.uint8 else -128
    minimum, maximum = np.sort(rng.integers(least, least + 256, 2)).tolist()
    c_zero = int(rng.integers(least, least + 256))
    job = MatmulJob(
        address_of(a), address_of(b), address_of(c), address_of(bias_values),
        address_of(addend_values),
        *((address_of(multiplier), address_of(shift)) if per_channel else (0, 0)), None,
        m, n, k, a.strides[0], b.strides[0], c.strides[0], 0, a_zero, b_zero, c_zero, a_unsigned,
        b_unsigned, _OUTPUTS[output], rounding == "single", minimum, maximum, multiplier[0],
        shift[0], a_transposed, b_transposed)
    options = {"a_zero": a_zero, "b_zero": b_zero, "bias": bias_values, "addend": addend_values}
    if output is not np.int32:
        options |= {"multiplier": multiplier, "shift": shift, "c_zero": c_zero,
                    "minimum": minimum, "maximum": maximum, "rounding": rounding}
    expected = matmul(a.T if a_transposed else a, b.T if b_transposed else b, **options)
    assert twin(ctypes.byref(job)) == 0
    got, expected = c[:, :n], expected.astype(output)
    assert (got == expected).all(), f"{(m, n, k)}: got {got}, expected {expected}"
    assert not c[:, n:].any(), "wrote behind a row"


@pytest.mark.parametrize("output", [np.int32, np.int8, np.uint8])
@pytest.mark.parametrize("a_unsigned", [False, True])
@pytest.mark.parametrize("b_unsigned", [False, True])
def test_matmul_of_each_type(twins, output, a_unsigned, b_unsigned):
    rng = np.random.default_rng(7)
    for case in range(60):
        m, n, k = rng.integers(1, (33, 12, 12)).tolist()  # few rows of A, and many
        _check_matmul(twins["matmul"], rng, m, n, k, output=output, a_unsigned=a_unsigned,
                      b_unsigned=b_unsigned, per_channel=bool(case & 1),
                      rounding=("double", "single")[case >> 1 & 1], bias=bool(case & 4),
                      zeros=bool(case & 8), extremes=bool(case & 16), addend=case % 5 == 4)


@pytest.mark.parametrize("a_transposed, b_transposed", [(True, False), (False, True), (True, True)])
def test_matmul_of_transposed_operands(twins, a_transposed, b_transposed):
    rng = np.random.default_rng(14)
    for case in range(80):
        m, n, k = rng.integers(1, (40, 40, 600 if case % 10 == 0 else 20)).tolist()
        _check_matmul(twins["matmul"], rng, m, n, k, output=(np.int32, np.int8)[case % 2],
                      a_unsigned=bool(case & 2), b_unsigned=bool(case & 4), zeros=bool(case & 8),
                      per_channel=True, addend=case % 5 == 4, a_transposed=a_transposed,
                      b_transposed=b_transposed)


@pytest.mark.parametrize("rounding", ["double", "single"])
def test_matmul_of_real_scales(twins, rounding):
    """Scales as networks have them, so that most results do not saturate."""
    rng = np.random.default_rng(11)
    for m, n, k in [(1, 1, 1), (1, 640, 128), (33, 17, 65), (64, 64, 64), (2, 3, 999), (64, 64, 1)]:
        for per_channel in (False, True):
            _check_matmul(twins["matmul"], rng, m, n, k, output=np.int8, rounding=rounding,
                          per_channel=per_channel, shifts=(-12, -1), bias_limit=2**10)


@pytest.mark.parametrize("rounding", ["double", "single"])
@pytest.mark.parametrize("output, zeros", [(np.int8, (-128, 0, 127)), (np.uint8, (0, 255))])
def test_matmul_of_sums_at_the_ends_of_32_bits(twins, rounding, output, zeros):
    """What the zero point would carry out of 32 bits saturates."""
    ends = (-2**31, -2**31 + 1, -2**30, 2**30, 2**31 - 1)
    a, b = np.zeros((1, 1), dtype=np.int8), np.zeros((len(ends), 1), dtype=np.int8)
    bias = np.array(ends, dtype=np.int32)
    least = 0 if output is np.uint8 else -128
    for zero in zeros:
        for multiplier in (2**30, 2**31 - 1):
            for shift in (0, 1, 8):
                c = np.zeros((1, len(ends)), dtype=output)
                job = MatmulJob(
                    address_of(a), address_of(b), address_of(c), address_of(bias), 0, 0, 0, None, 1,
                    len(ends), 1, 1, 1, len(ends), 0, 0, 0, zero, False, False, _OUTPUTS[output],
                    rounding == "single", least, least + 255, multiplier, shift)
                assert twins["matmul"](ctypes.byref(job)) == 0
                assert (c == matmul(a, b, bias=bias, multiplier=multiplier, shift=shift,
                                    c_zero=zero, minimum=least, maximum=least + 255,
                                    rounding=rounding)).all()


@pytest.mark.parametrize("change", [
    {"a": 0}, {"b": 0}, {"c": 0}, {"m": 0}, {"n": 0}, {"k": 0}, {"m": 65536}, {"a_zero": 128},
    {"a_zero": -129}, {"a_zero": -1, "a_unsigned": True}, {"a_zero": 256, "a_unsigned": True},
    {"b_zero": 300}, {"output": 3}, {"rounding": 2}, {"clamp_minimum": 5, "clamp_maximum": 4},
    {"clamp_maximum": 128}, {"clamp_minimum": -129}, {"clamp_minimum": -1, "output": 2},
    {"c_zero": 128}, {"scale_multiplier": -1}, {"scale_shift": 31}, {"scale_shift": -32},
    {"multiplier": 4}, {"shift": 4}, {"bias": 2}, {"addend": 2}, {"bias": 4, "addend": 4},
    {"addend": 4, "addend_stride": 34}, {"n": 65536}, {"k": 65536}, {"k": 2**32 - 1},
    {"c_stride": 7}, {"output": 0, "c_stride": 28}, {"output": 0, "c_stride": 34},
    *({f"keep_{name}": True, "k": k, length: strips * size + 1}
      for name, length, size, limits in (
          ("a", "m", CONFIGURATION.array_rows, ((256, 4), (257, 2), (1024, 2))),
          ("b", "n", CONFIGURATION.array_columns, ((256, 8), (257, 4), (513, 2))))
      for k, strips in limits),
    {"keep_a": True, "k": 1025}, {"keep_b": True, "k": 1025},
])
def test_matmul_rejects_a_bad_job(twins, change):
    a = np.ones(64, dtype=np.int8)
    c = np.full(64, 99, dtype=np.int8)
    fields = {"a": a.ctypes.data, "b": a.ctypes.data, "c": c.ctypes.data, "m": 8, "n": 8, "k": 8,
              "output": 1, "clamp_minimum": -128, "clamp_maximum": 127, "scale_multiplier": 2**30}
    assert twins["matmul"](ctypes.byref(MatmulJob(**fields | change))) == _BACKEND_ARGUMENT_ERROR
    assert (c == 99).all()


@pytest.mark.parametrize("sizes", [(2, 2, 65535), (2, 65535, 1), (65535, 3, 2)])
def test_matmul_of_sizes_that_share_no_bit(twins, sizes):
    m, n, k = sizes
    memory = np.random.default_rng(2).integers(-128, 128, 65536 * 3).astype(np.int8)
    c = np.zeros((m, n), dtype=np.int32)
    job = MatmulJob(a=address_of(memory), b=address_of(memory) + 1, c=address_of(c), m=m, n=n, k=k,
                     a_stride=1, b_stride=2)
    assert twins["matmul"](ctypes.byref(job)) == 0
    a = np.lib.stride_tricks.as_strided(memory, (m, k), (1, 1))
    b = np.lib.stride_tricks.as_strided(memory[1:], (n, k), (2, 1))
    assert (c == matmul(a, b)).all()


@pytest.mark.parametrize("rounding", ["double", "single"])
def test_matmul_uses_as_many_bits_of_a_scale_as_the_coprocessor(twins, rounding):
    rng = np.random.default_rng(9)
    multiplier = rng.integers(-2**31, 2**31, 200).astype(np.int32)
    multiplier[::3] = rng.integers(0, 9, 67)
    shift = rng.integers(-2**31, 2**31, 200).astype(np.int32)
    shift[:2] = -99, 77
    bits = (shift.astype(np.int64) & 63 ^ 32) - 32
    multiplier, shift, bits = (v[(bits > -32) & (bits < 31)] for v in (multiplier, shift, bits))
    n = len(bits)
    a = rng.integers(-128, 128, (3, 40)).astype(np.int8)
    b = rng.integers(-128, 128, (n, 40)).astype(np.int8)
    c = np.zeros((3, n), dtype=np.int8)
    job = MatmulJob(a=address_of(a), b=address_of(b), c=address_of(c),
                     multiplier=address_of(multiplier), shift=address_of(shift), m=3, n=n, k=40,
                     output=1, rounding=rounding == "single", clamp_minimum=-128,
                     clamp_maximum=127)
    assert twins["matmul"](ctypes.byref(job)) == 0
    assert (c == matmul(a, b, multiplier=multiplier & 0x7FFFFFFF, shift=bits,
                        rounding=rounding)).all()


@pytest.mark.parametrize("m, c_stride, wide, legal", [
    (4, 0, False, True), (4, 4, False, True), (4, 3, False, False), (1, 3, False, True),
    (4, 16, True, True), (4, 12, True, False),
])
def test_matmul_refuses_rows_of_c_that_overlap(twins, m, c_stride, wide, legal):
    memory = np.ones(400, dtype=np.int8)
    start = address_of(memory)
    start += -start % 4
    for c, reads in ((200, True), (0, False), (100, False)):
        job = MatmulJob(a=start, b=start + 100, c=start + c, m=m, n=4, k=4, c_stride=c_stride,
                         output=0 if wide else 1, scale_multiplier=2**30, clamp_minimum=-128,
                         clamp_maximum=127)
        wanted = 0 if legal and reads else _BACKEND_ARGUMENT_ERROR
        assert twins["matmul"](ctypes.byref(job)) == wanted


_COLUMNS = CONFIGURATION.array_columns


def _check_gathered(twin, rng, image, m, n, k, a_unsigned, b_unsigned, output, **patch):
    """Runs a job with a patch of these fields and compares."""
    a, b = (_strided(rng, *shape, is_unsigned, False)
            for shape, is_unsigned in ((image, a_unsigned), ((n, k), b_unsigned)))
    a_zero, b_zero = (int(rng.integers(0, 256)) - (0 if u else 128)
                      for u in (a_unsigned, b_unsigned))
    bias = rng.integers(-1000, 1000, n).astype(np.int32)
    multiplier = rng.integers(2**30, 2**31, n).astype(np.int32)
    shift = rng.integers(-14, -7, n).astype(np.int32)
    c = np.zeros((m, n + 2), dtype=output)
    low = 0 if output is np.uint8 else -128
    job = MatmulJob(
        a=address_of(a), b=address_of(b), c=address_of(c), bias=address_of(bias),
        multiplier=address_of(multiplier), shift=address_of(shift),
        patch=ctypes.pointer(Patch(line_bytes=image[1], lines=image[0], **patch)), m=m, n=n, k=k,
        a_stride=a.strides[0], b_stride=b.strides[0], c_stride=c.strides[0], a_zero=a_zero,
        b_zero=b_zero, a_unsigned=a_unsigned, b_unsigned=b_unsigned, output=_OUTPUTS[output],
        clamp_minimum=low, clamp_maximum=low + 255)
    assert twin(ctypes.byref(job)) == 0
    width = _COLUMNS if patch["column_step"] else n
    for start in range(0, n, width):
        columns = slice(start, start + width)
        gathered = gather(
            a, m=m, k=k, padding=a_zero, piece_bytes=patch["piece_bytes"], pieces=patch["pieces"],
            piece_step=patch["piece_step"], line_step=patch["line_step"],
            per_line=patch["outputs_per_line"], step=patch["output_step"],
            left=patch["padding_left"], top=patch["padding_top"],
            column_offset=start // width * patch["column_step"])
        scale = {} if output is np.int32 else {
            "multiplier": multiplier[columns], "shift": shift[columns], "minimum": low,
            "maximum": low + 255}
        expected = matmul(gathered, b[columns], a_zero=a_zero, b_zero=b_zero, bias=bias[columns],
                          **scale)
        assert (c[:, :n][:, columns] == expected).all(), (image, m, n, k, patch)
    assert not c[:, n:].any(), "wrote behind a row"


def test_matmul_of_gathered_rows(twins):
    rng = np.random.default_rng(12)
    for case in range(400):
        long = case % 20 == 0
        _check_gathered(
            twins["matmul"], rng, tuple(rng.integers(1, 12, 2).tolist()),
            *(int(rng.integers(1, limit)) for limit in (24, 40, 700 if long else 60)),
            bool(case & 1), bool(case & 2), (np.int32, np.int8, np.uint8)[case % 3],
            piece_bytes=int(rng.integers(1, 9)), pieces=int(rng.integers(1, 5)),
            piece_step=int(rng.integers(0, 9)), outputs_per_line=int(rng.integers(1, 9)),
            output_step=int(rng.integers(0, 5)), line_step=int(rng.integers(1, 4)),
            padding_left=int(rng.integers(0, 9)), padding_top=int(rng.integers(0, 4)),
            column_step=_COLUMNS if case & 4 else 0)


def test_matmul_of_gathered_rows_of_extreme_fields(twins):
    rng = np.random.default_rng(13)
    plain = {"piece_bytes": 3, "pieces": 2, "piece_step": 1, "outputs_per_line": 3,
             "output_step": 2, "line_step": 1, "padding_left": 1, "padding_top": 1,
             "column_step": 0}
    for change in ({"piece_bytes": 65535}, {"pieces": 255}, {"piece_step": 65535},
                   {"outputs_per_line": 65535}, {"output_step": 65535}, {"line_step": 255},
                   {"padding_left": 65535}, {"padding_top": 255},
                   {"output_step": 65535, "outputs_per_line": 65535, "padding_left": 65535}):
        for k in (1, 255, 256, 257, 1030):
            _check_gathered(twins["matmul"], rng, (5, 300), 9, 3, k, False, False, np.int8,
                            **plain | change)


@pytest.mark.parametrize("change", [
    {"piece_bytes": 0}, {"piece_bytes": 65536}, {"pieces": 0}, {"pieces": 256},
    {"piece_step": 65536}, {"line_bytes": 0}, {"line_bytes": 65536}, {"lines": 0},
    {"lines": 65536}, {"outputs_per_line": 0}, {"outputs_per_line": 65536},
    {"output_step": 65536}, {"line_step": 0}, {"line_step": 256}, {"padding_left": 65536},
    {"padding_top": 256}, {"column_step": 1}, {"column_step": 2 * _COLUMNS},
])
def test_matmul_rejects_a_bad_patch(twins, change):
    a = np.ones(64, dtype=np.int8)
    c = np.full((1, 1), 99, dtype=np.int8)
    good = {"piece_bytes": 1, "pieces": 1, "line_bytes": 8, "lines": 8, "outputs_per_line": 1,
            "line_step": 1}

    def status(k=8, a_transposed=False, keep_a=False, **patch):
        return twins["matmul"](ctypes.byref(MatmulJob(
            a=address_of(a), b=address_of(a), c=address_of(c),
            patch=ctypes.pointer(Patch(**good | patch)), m=1, n=1, k=k, output=1,
            scale_multiplier=2**30, clamp_minimum=-128, clamp_maximum=127,
            a_transposed=a_transposed, keep_a=keep_a)))
    assert status(**change) == _BACKEND_ARGUMENT_ERROR
    assert status(PASS_BYTES + 1, column_step=_COLUMNS) == _BACKEND_ARGUMENT_ERROR
    assert status(a_transposed=True) == status(keep_a=True) == _BACKEND_ARGUMENT_ERROR
    assert c[0, 0] == 99
    assert status() == status(column_step=_COLUMNS) == 0


def _keccak(twin, message, *, rate_bytes, domain, output_bytes, rounds=24, alignment=0):
    source = ctypes.create_string_buffer(bytes(alignment + 8) + message, len(message) + 17)
    start = ctypes.addressof(source)
    start += -start % 8 + alignment
    ctypes.memmove(start, message, len(message))
    output = ctypes.create_string_buffer(output_bytes + 8)
    output.raw = b"\xa5" * (output_bytes + 8)
    job = _KeccakJob(start, len(message), ctypes.addressof(output), output_bytes, rate_bytes,
                     domain, rounds)
    assert twin(ctypes.byref(job)) == 0
    assert output.raw[output_bytes:] == b"\xa5" * 8, "wrote behind the output"
    return output.raw[:output_bytes]


def test_keccak_of_every_length(twins):
    rng = random.Random(3)
    for length in range(2 * 168 + 2):
        message = rng.randbytes(length)
        for name, hashed in (("sha3_224", hashlib.sha3_224), ("sha3_256", hashlib.sha3_256),
                             ("sha3_384", hashlib.sha3_384), ("sha3_512", hashlib.sha3_512)):
            function = FUNCTIONS[name]
            assert _keccak(twins["keccak"], message, rate_bytes=function.rate_bytes,
                           domain=function.domain, output_bytes=function.output_bytes,
                           alignment=length % 8) == hashed(message).digest(), (name, length)


def test_keccak_outputs_of_any_length(twins):
    message = random.Random(4).randbytes(200)
    for output_bytes in [1, 7, 8, 9, 31, 167, 168, 169, 336, 1000]:
        assert _keccak(twins["keccak"], message, rate_bytes=168, domain=0x1F,
                       output_bytes=output_bytes) == hashlib.shake_128(message).digest(
                           output_bytes)


@pytest.mark.parametrize("rounds", [24, 12])
def test_keccak_of_every_rate_against_the_model(twins, rounds):
    rng = random.Random(5)
    for rate_bytes in range(8, 200, 8):
        options = {"rate_bytes": rate_bytes, "domain": rng.choice([1, 4, 6, 0x1F, 0x7F]),
                   "output_bytes": rng.randint(1, 250), "rounds": rounds}
        message = rng.randbytes(rng.randint(0, 2 * rate_bytes + 1))
        assert _keccak(twins["keccak"], message, **options) == sponge(message, **options)


def test_keccak_from_state_to_state(twins):
    """Loaded, stored, both at one place; with and without padding and output."""
    rng = random.Random(6)
    for case in range(400):
        rate_bytes = 8 * rng.choice([1, 9, 17, 21, 24])
        length = rng.choice([0, 1, rate_bytes - 1, rate_bytes, rate_bytes + 1, 2 * rate_bytes,
                             rng.randrange(500)])
        load, store = case % 2 == 0, case % 3 == 0
        output_bytes = rng.choice([0 if store else 1, 32, rate_bytes, rng.randint(1, 400)])
        options = {"rate_bytes": rate_bytes, "rounds": rng.choice([12, 24])}
        domain = rng.choice([None, rng.randint(1, 127)])
        message, state = rng.randbytes(length), rng.randbytes(200)
        source, alignment = ctypes.create_string_buffer(message, length + 1), rng.randrange(8)
        place = ctypes.create_string_buffer(bytes(alignment) + state + b"\xa5" * 8, 209 + alignment)
        output = ctypes.create_string_buffer(output_bytes + 1)
        job = _KeccakJob(
            source=ctypes.addressof(source), length=length, destination=ctypes.addressof(output),
            output_length=output_bytes, domain=rng.randrange(256) if domain is None else domain,
            no_padding=domain is None, load_state=load, store_state=store,
            state=ctypes.addressof(place) + alignment, **options)
        assert twins["keccak"](ctypes.byref(job)) == 0
        expected, after = sponge_from(state if load else ZERO_STATE, message, domain=domain,
                                      output_bytes=output_bytes, **options)
        assert output.raw[:output_bytes] == expected, (case, options, length, domain)
        assert place.raw[alignment:-1] == (after if store else state) + b"\xa5" * 8, case


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_keccak_of_many_messages(twins, count):
    rng = random.Random(count)
    source = rng.randbytes(2000)
    for length, stride, output_bytes, output_stride in [
            (64, 64, 32, 32), (5, 0, 200, 211), (137, 1, 7, 9), (0, 3, 32, 40), (200, 211, 1, 1)]:
        output = ctypes.create_string_buffer(b"\xa5" * 2000, 2000)
        job = _KeccakJob(
            source=ctypes.cast(source, ctypes.c_void_p), length=length,
            destination=ctypes.addressof(output), output_length=output_bytes, rate_bytes=136,
            domain=1, rounds=24, count=count, source_stride=stride,
            destination_stride=output_stride)
        assert twins["keccak"](ctypes.byref(job)) == 0
        expected = bytearray(b"\xa5" * 2000)
        for number in range(max(count, 1)):
            at = number * output_stride
            expected[at:at + output_bytes] = sponge(
                source[number * stride:number * stride + length], rate_bytes=136, domain=1,
                output_bytes=output_bytes)
        assert output.raw == expected


@pytest.mark.parametrize("change", [
    {"source": 0}, {"destination": 0}, {"output_length": 0}, {"rate_bytes": 0}, {"rate_bytes": 4},
    {"rate_bytes": 200}, {"domain": 0}, {"domain": 128}, {"rounds": 23}, {"load_state": True},
    {"store_state": True}, {"no_padding": True, "rate_bytes": 0},
    {"count": 2, "destination_stride": 31},
    *({"count": 2, "destination_stride": 32, name: True, "state": 8}
      for name in ("load_state", "store_state")),
])
def test_keccak_rejects_a_bad_job(twins, change):
    memory = ctypes.create_string_buffer(b"\xa5" * 64, 64)
    start = ctypes.addressof(memory)
    fields = {"source": start, "length": 8, "destination": start + 8, "output_length": 32,
              "rate_bytes": 136, "domain": 6, "rounds": 24}
    assert twins["keccak"](ctypes.byref(_KeccakJob(**fields | change))) == _BACKEND_ARGUMENT_ERROR
    assert memory.raw == b"\xa5" * 64


@pytest.mark.parametrize("test, old, new", [
    (lambda t: test_matmul_of_real_scales(t, "double"), "(value + (value >> 31))", "value"),
    (lambda t: test_matmul_of_real_scales(t, "single"), "(scale->right - 2)) + 1)",
     "(scale->right - 2)))"),
    (lambda t: test_matmul_of_each_type(t, np.int8, False, False),
     "(uint32_t)job->a_zero * row_sum", "0 * row_sum"),
    (test_matmul_of_gathered_rows, "place->y = y;", ""),
    (test_matmul_of_gathered_rows, "sums[x / COLUMNS][y][x % COLUMNS] -= correction;", ";"),
    (test_matmul_of_gathered_rows, "least(count, patch->line_bytes - (uint32_t)x)", "count"),
    (test_matmul_of_gathered_rows, "column_offset += step", "column_offset += 0"),
    (lambda t: test_matmul_of_transposed_operands(t, False, True), "start * group->b_step",
     "start"),
    (lambda t: test_matmul_of_transposed_operands(t, True, False), "start * stride + place->y",
     "place->y"),
    (test_keccak_of_every_length, "bytes[rate - 1] |= 0x80;", "bytes[rate - 1] = 0x80;"),
    (test_keccak_of_every_length, "0x8000000080008008ull", "0x8000000080008009ull"),
    (test_keccak_from_state_to_state, "job->no_padding ? rate : rate - 1", "rate - 1"),
    (test_keccak_from_state_to_state, "if (!job->no_padding) {", "{"),
    (lambda t: test_keccak_of_many_messages(t, 2), "source += job->source_stride;", ""),
], ids=range(14))
def test_mutant_is_found(tmp_path, test, old, new):
    """A twin with one mistake fails its test."""
    with pytest.raises(AssertionError):
        test(_load(with_mistake(tmp_path, _SOURCES, old, new)))
