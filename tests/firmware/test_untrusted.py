"""The check and the blinding of matrix products, compiled for this machine, against numpy."""

import ctypes
import hashlib
from pathlib import Path

import numpy as np
import pytest

from firmware.build import DRIVERS_DIR, build_app
from gluechip.untrusted_figures import untrusted
from sim.iss.chip import run_elf
from soc.configuration import preset
from tests.firmware.chi_square import is_uniform
from tests.firmware.host import address_of, load, with_mistake
from tests.firmware.matmul_job import MatmulJob

_SOURCES = [DRIVERS_DIR / name for name in (
    "matmul_check.c", "matmul_checked.c", "matmul_blinded.c", "matmul_cpu.c", "matmul_plain.c",
    "matmul_verify.c", "patch.c", "keccak_cpu.c", "random.c")]

_CPU, _COPROCESSOR = 0, 1
_OK, _ARGUMENT, _TIMEOUT, _WRONG_RESULT = 0, -1, -8, -11
_PRIME = 2**61 - 1
_LOW = 2**31 - 1  # bits of an element in its first word
_MAXIMUM_K = 33025

_DRAW = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32)


class _Random(ctypes.Structure):
    """gluechip_random_t."""

    _fields_ = [("draw", _DRAW), ("context", ctypes.c_void_p)]


class _Keyed(ctypes.Structure):
    """gluechip_keyed_random_t."""

    _fields_ = [("key", ctypes.c_uint8 * 32), ("counter", ctypes.c_uint64),
                ("backend", ctypes.c_int)]


class _Masks(ctypes.Structure):
    """gluechip_masks_t."""

    _fields_ = [("words", ctypes.c_void_p), ("corrections", ctypes.c_void_p), ("job", MatmulJob),
                ("fresh", ctypes.c_bool)]


def _load(sources):
    return load("untrusted", [*sources, Path(__file__).with_name("host_untrusted.c")])


@pytest.fixture(scope="module")
def library():
    return _load(_SOURCES)


class _Source:
    """A source of random bytes: those of ``values`` (one for each column of 60 bits) or of a seed;
    ``drawn`` holds what it gave."""

    def __init__(self, seed=0, values=None, status=_OK):
        rng, self.drawn = np.random.default_rng(seed), []

        def draw(context, output, count):
            content = rng.bytes(count) if values is None else b"".join(
                (value & _LOW | value >> 31 << 32).to_bytes(8, "little") for value in values)
            assert len(content) == count
            ctypes.memmove(output, content, count)
            self.drawn.append(content)
            return status

        self.c = _Random(_DRAW(draw), None)


class _Product:
    """A random product and the memory of its job; ``c`` is right at first."""

    def __init__(self, rng, m, n, k, *, a_unsigned=False, b_unsigned=False, zeros=True,
                 extremes=False):
        self.m, self.n, self.k = m, n, k
        self.a = self._matrix(rng, m, k, a_unsigned, extremes)
        self.b = self._matrix(rng, n, k, b_unsigned, extremes)
        least = {False: -128, True: 0}
        a_zero, b_zero = (
            least[u] + 255 * (extremes and int(rng.integers(0, 2))) if extremes
            else least[u] + int(rng.integers(0, 256)) if zeros else 0
            for u in (a_unsigned, b_unsigned))
        self.right = ((self.a.astype(np.int64) - a_zero)
                      @ (self.b.astype(np.int64) - b_zero).T).astype(np.int64)
        self._storage = np.zeros(m * n + 4, np.int32)
        skip = -self._storage.ctypes.data % 8 // 4
        self.c = self._storage[skip:skip + m * n].reshape(m, n)
        self.c[:] = self.right.astype(np.int32)
        self.workspace = np.full(4 * m * n * 2 + (m * k + 1) // 2 + n + k + 1, 2**64 - 1, np.uint64)
        self.scratch = ctypes.c_void_p(address_of(self.workspace))
        self.words, self.corrections = (np.full((m, x), 2**32 - 1, np.uint32) for x in (k, n))
        self.masks = _Masks(address_of(self.words), address_of(self.corrections))
        self.job = MatmulJob(
            a=address_of(self.a), b=address_of(self.b), c=address_of(self.c), m=m, n=n, k=k,
            a_stride=self.a.strides[0], b_stride=self.b.strides[0], a_zero=a_zero, b_zero=b_zero,
            a_unsigned=a_unsigned, b_unsigned=b_unsigned)

    @staticmethod
    def _matrix(rng, rows, columns, is_unsigned, extremes):
        low, high = (0, 256) if is_unsigned else (-128, 128)
        wide = rng.integers(low, high, (rows, columns + rng.integers(0, 5)))
        if extremes:
            wide = np.full(wide.shape, rng.choice([low, high - 1]))
        return wide.astype(np.uint8 if is_unsigned else np.int8)[:, :columns]

    def verify(self, library, source):
        return library.gluechip_matmul_verify(
            ctypes.byref(self.job), ctypes.byref(source.c), self.scratch)

    def draw_masks(self, library, source):
        return library.gluechip_matmul_draw_masks(
            ctypes.byref(self.job), ctypes.byref(source.c), ctypes.byref(self.masks))

    def blinded(self, library, backend=_COPROCESSOR):
        return library.gluechip_matmul_blinded(
            backend, ctypes.byref(self.job), ctypes.byref(self.masks), self.scratch)

    def both(self, library, source, backend=_COPROCESSOR):
        return library.gluechip_matmul_blinded_checked(
            backend, ctypes.byref(self.job), ctypes.byref(self.masks), ctypes.byref(source.c),
            self.scratch)


_TYPES = [(False, False), (False, True), (True, False), (True, True)]


@pytest.mark.parametrize("a_unsigned, b_unsigned", _TYPES)
def test_right_results_pass_and_wrong_ones_do_not(library, a_unsigned, b_unsigned):
    rng = np.random.default_rng(1)
    for case in range(60):
        m, n, k = rng.integers(1, (9, 300, 300) if case % 4 == 0 else (9, 9, 9)).tolist()
        product = _Product(rng, m, n, k, a_unsigned=a_unsigned, b_unsigned=b_unsigned,
                           zeros=case % 3 != 0, extremes=case % 5 == 0)
        assert product.verify(library, _Source(case)) == _OK, (m, n, k)
        used = n + k
        assert not product.workspace[:used].any() and product.workspace[used:].all()
        i, j = rng.integers(0, (m, n)).tolist()
        product.c[i, j] ^= np.int32(1 << rng.integers(0, 31))
        assert product.verify(library, _Source(case)) == _WRONG_RESULT, (m, n, k, i, j)


@pytest.mark.parametrize("a_unsigned, b_unsigned", _TYPES)
def test_the_longest_sums_of_the_largest_operands(library, a_unsigned, b_unsigned):
    """No word overflows: the largest products, in rows and in columns of the greatest length."""
    rng = np.random.default_rng(2)
    for case in range(8):
        for m, n, k in [(1, 3, _MAXIMUM_K), (2, 400, 3)]:
            product = _Product(rng, m, n, k, a_unsigned=a_unsigned, b_unsigned=b_unsigned,
                               extremes=True)
            assert abs(product.right).max() < 2**31
            largest = _Source(values=[2**60 - 1] * n)
            assert product.verify(library, largest) == _OK, (case, m, n, k)
            product.c[0, 0] += 1
            assert product.verify(library, largest) == _WRONG_RESULT


def test_the_largest_limbs(library):
    """B' r is 2^61 - 2 in each element, and A the largest byte."""
    product = _Product(np.random.default_rng(2), 3, 1, 300, a_unsigned=True, zeros=False)
    product.a[:], product.b[:], product.c[:] = 255, 2, 255 * 2 * 300
    assert product.verify(library, _Source(values=[2**60 - 1])) == _OK
    product.c[1] -= 1
    assert product.verify(library, _Source(values=[2**60 - 1])) == _WRONG_RESULT


@pytest.mark.parametrize("difference", [
    1, -1, 2**16, 65537, 2**31 - 19, 2**31 - 1, 2**31, -2**31, 2**32, -2**32])
def test_one_element_is_wrong(library, difference):
    """By a power of two, by primes, by the most that 32 bits can tell, far less than 2^61 - 1."""
    product = _Product(np.random.default_rng(3), 4, 5, 6)
    product.c[2, 3] = np.clip(int(product.right[2, 3]) + difference, -2**31, 2**31 - 1)
    assert product.verify(library, _Source(4)) == _WRONG_RESULT


def test_differences_that_cancel_in_sums(library):
    rng = np.random.default_rng(5)
    for rows, columns in [((1, 1), (0, 3)), ((0, 2), (3, 3)), ((0, 2), (1, 4))]:
        product = _Product(rng, 4, 5, 6)
        product.c[rows[0], columns[0]] += 1000
        product.c[rows[1], columns[1]] -= 1000
        assert product.verify(library, _Source(6)) == _WRONG_RESULT


@pytest.mark.parametrize("values, differences, passes", [
    ((1, 1), (1, -1), True),  # who knows r can cheat
    ((1, 2), (1, -1), False),
    ((2**59, 1), (4, -1), True),  # 2^61 - 1 is 0
    ((2**59, 1), (4, 0), False),
    ((2**59, 1), (4, -2), False),
    ((2**31 - 1, 0), (-1, 0), False),  # and no smaller number is
    ((2**32, 0), (-1, 0), False),
    ((2**60 - 1, 0), (2, 0), False),
    ((2**45 - 1, 2**45), (2**8, -2**8), False),
    ((2**53, 1), (2**8, -1), True),
])
def test_the_check_is_modulo_the_prime(library, values, differences, passes):
    total = sum(value * difference for value, difference in zip(values, differences))
    assert (total % _PRIME == 0) == passes
    rng = np.random.default_rng(7)
    for m, row in ((1, 0), (5, 4), (5, 1)):
        product = _Product(rng, m, 2, 30)
        product.c[row] += differences
        expected = _OK if passes else _WRONG_RESULT
        assert product.verify(library, _Source(values=values)) == expected


def test_elements_that_no_right_result_has(library):
    """With this r the sum of their products is 2^64."""
    product = _Product(np.random.default_rng(8), 2, 16, 1)
    product.c[1] += 2**30
    assert product.verify(library, _Source(values=[2**30] * 16)) == _WRONG_RESULT


@pytest.mark.parametrize("change", [
    {"a": 0}, {"m": 0}, {"k": _MAXIMUM_K + 1}, {"output": 1}, {"bias": 64}, {"addend": 64},
    {"a_transposed": True}, {"b_transposed": True}, {"keep_a": True}, {"keep_b": True},
    {"c_stride": 12}, "c", "workspace", "source"])
def test_jobs_that_are_no_plain_product(library, change):
    product = _Product(np.random.default_rng(8), 2, 2, 2)
    source, workspace = ctypes.byref(_Source().c), product.scratch
    if change == "c":
        product.job.c += 4
    elif change == "workspace":
        workspace = ctypes.c_void_p(workspace.value + 4)
    elif change == "source":
        source = None
    else:
        for name, value in change.items():
            setattr(product.job, name, value)
    product.masks.job, product.masks.fresh = product.job, True
    job, masks = ctypes.byref(product.job), ctypes.byref(product.masks)
    before = product.c.copy()
    statuses = [library.gluechip_matmul_verify(job, source, workspace),
                library.gluechip_matmul_checked(_COPROCESSOR, job, source, workspace),
                library.gluechip_matmul_blinded_checked(_COPROCESSOR, job, masks, source,
                                                        workspace)]
    assert statuses == [_ARGUMENT] * 3
    assert (product.c == before).all() and product.workspace.all() and product.words.all()


@pytest.mark.parametrize("backend", [_CPU, _COPROCESSOR])
@pytest.mark.parametrize("a_unsigned, b_unsigned", _TYPES)
def test_blinded_results_are_exact(library, a_unsigned, b_unsigned, backend):
    rng = np.random.default_rng(9)
    for case in range(30):
        m, n, k = rng.integers(1, (9, 20, 40)).tolist()
        product = _Product(rng, m, n, k, a_unsigned=a_unsigned, b_unsigned=b_unsigned,
                           extremes=case % 5 == 0)
        product.c[:] = -1
        assert product.draw_masks(library, _Source(case)) == _OK
        status = (product.both(library, _Source(case), backend) if case % 2
                  else product.blinded(library, backend))
        assert status == _OK and (product.c == product.right).all(), (m, n, k)


def test_masks_are_used_once_and_nothing_is_left(library):
    product = _Product(np.random.default_rng(10), 5, 6, 7)
    assert product.blinded(library) == _ARGUMENT, "never drawn"
    assert product.draw_masks(library, _Source()) == _OK
    product.job.b_zero += 1
    assert product.blinded(library) == _ARGUMENT, "drawn for another B"
    product.job.b_zero -= 1
    assert product.blinded(library) == _OK
    used = 2 * 5 * 6 + (4 * 5 * 7 + 7) // 8
    assert not product.words.any() and not product.corrections.any()
    assert not product.workspace[:used].any() and product.workspace[used:].all()
    assert product.blinded(library) == _ARGUMENT, "used up"


def test_a_failed_source_gives_no_masks(library):
    product = _Product(np.random.default_rng(10), 2, 2, 2)
    assert product.draw_masks(library, _Source()) == _OK
    assert product.draw_masks(library, _Source(status=_TIMEOUT)) == _TIMEOUT
    assert product.blinded(library) == _ARGUMENT
    assert product.verify(library, _Source(status=_TIMEOUT)) == _TIMEOUT


def test_a_failed_job_leaves_no_result_and_no_masks(library):
    status = ctypes.c_int.in_dll(library, "confined_status")
    product = _Product(np.random.default_rng(11), 5, 6, 7)
    assert product.draw_masks(library, _Source()) == _OK
    status.value = _TIMEOUT
    try:
        assert product.both(library, _Source()) == _TIMEOUT
    finally:
        status.value = _OK
    assert not product.c.any() and not product.words.any()
    assert product.blinded(library) == _ARGUMENT


def test_what_the_array_sees_is_uniform_for_any_secret(library):
    """Two secrets that could hardly differ more; the array sees their limbs."""
    seen = (ctypes.c_uint8 * (1 << 16)).in_dll(library, "seen")
    product = _Product(np.random.default_rng(12), 16, 2, 256)
    product.job.a_zero = 0
    for case, value in enumerate((0, -128, 127)):
        product.a[:] = value
        assert product.draw_masks(library, _Source(case)) == _OK
        assert product.blinded(library) == _OK
        shown = np.frombuffer(bytes(seen), np.uint8)[:4 * 16 * 256].reshape(4, 16, 256)
        assert all(is_uniform(limb) for limb in shown)
    assert not is_uniform(product.a), "the test itself can fail"


def test_random_bytes_are_shake_of_key_and_counter(library):
    keyed = _Keyed((ctypes.c_uint8 * 32)(*range(32)), 2**40 + 5, _CPU)
    for call in range(3):
        output = ctypes.create_string_buffer(300)
        assert library.gluechip_keyed_random_draw(ctypes.byref(keyed), output, 300) == _OK
        message = bytes(range(32)) + (2**40 + 5 + call).to_bytes(8, "little")
        assert output.raw == hashlib.shake_128(message).digest(300)


def test_the_app_that_tells_the_cost():
    configuration = preset("reference")
    result = run_elf(build_app("untrusted", configuration), configuration)
    assert result.exit_code == 0, result.text
    assert len(untrusted(result.text)) == 6, result.text


def _residue(values, differences, passes):
    return lambda lib: test_the_check_is_modulo_the_prime(lib, values, differences, passes)


def _mutant(test, old, new, *, marks=pytest.mark.long):
    return pytest.param(test, old, new, marks=marks)


@pytest.mark.parametrize("test, old, new", [
    # Primes that are too small: the residue of the sum modulo 2^31 - 1 or 2^32 is looked at.
    _mutant(_residue((2**31 - 1, 0), (-1, 0), False), "(differences == 0)",
            "(differences % 2147483647 == 0)", marks=()),
    _mutant(_residue((2**32, 0), (-1, 0), False), "(differences == 0)",
            "((uint32_t)differences == 0)"),
    _mutant(_residue((1, 2), (1, -1), False), "differences |= ", "differences = "),
    _mutant(test_elements_that_no_right_result_has,
            "within &= (uint32_t)*row + bound <= 2 * bound;", ";", marks=()),
    # Words that overflow.
    _mutant(lambda lib: test_the_longest_sums_of_the_largest_operands(lib, True, True),
            "UINT32_MAX / bound", "UINT32_MAX"),
    _mutant(test_the_largest_limbs, "#define CHUNK 128",
            "#define CHUNK 129\n#define _Static_assert(...)"),
    # Fewer random bits, or the same ones again.
    _mutant(_residue((2**59, 1), (4, -1), True), "&= 0x7fffffff,", "&= 0x7ffffffe,"),
    _mutant(test_random_bytes_are_shake_of_key_and_counter, "keyed->counter++;", "", marks=()),
    _mutant(test_masks_are_used_once_and_nothing_is_left,
            "    masks->fresh = false;\n    gluechip_wipe", "    gluechip_wipe", marks=()),
    _mutant(test_masks_are_used_once_and_nothing_is_left,
            "gluechip_wipe(masks->words, 4 * m * k);", ";"),
    _mutant(test_masks_are_used_once_and_nothing_is_left,
            "gluechip_wipe(masks->corrections, 4 * m * n);", ";"),
    _mutant(test_masks_are_used_once_and_nothing_is_left,
            "gluechip_wipe(workspace, GLUECHIP_MATMUL_BLINDED_BYTES(m, n, k));", ";"),
    # Words that are left out, or some of their bytes.
    _mutant(test_what_the_array_sees_is_uniform_for_any_secret, "*words++ + (*a++ ^ flip) - zero",
            "(words++, (*a++ ^ flip) - zero)", marks=()),
    _mutant(test_what_the_array_sees_is_uniform_for_any_secret, "(uint8_t)(word >> 24)",
            "(uint8_t)((*(a - 1) ^ flip) - zero >> 24)"),
    _mutant(test_a_failed_job_leaves_no_result_and_no_masks,
            "else\n            forget_result(job);", "else\n            ;"),
], ids=range(15))
def test_mutant_is_found(tmp_path, test, old, new):
    """Drivers with one mistake fail the test."""
    with pytest.raises(AssertionError):
        test(_load(with_mistake(tmp_path, _SOURCES, old, new)))
