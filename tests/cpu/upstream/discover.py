"""The upstream suites, and which of their versions a checkout is."""

from collections.abc import Callable
from typing import NamedTuple

from tests.cpu.upstream import act_tests, arch_tests, riscv_tests

__all__ = ["UPSTREAM", "Upstream"]

_ARCH_TEST = ("--arch-test must be a checkout of riscv-arch-test of version 2, 3 or 4, with "
              "riscv-test-suite/env/arch_test.h or tests/env/riscv_arch_test.h, not {!r}: clone "
              "it: `git clone https://github.com/riscv-non-isa/riscv-arch-test`")


class Upstream(NamedTuple):
    """A suite: option of pytest, fixture of its cases, name of the test function, and where it is.

    ``find(path)`` gives {name: source file} or raises ValueError with the remedy.
    """

    option: str
    fixture: str
    test: str
    title: str
    repository: str
    find: Callable


def _check(path):
    """Raises ValueError unless ``path`` is a checkout of any version."""
    old, new = path / "riscv-test-suite" / "env", path / "tests" / "env"
    if not (old / "arch_test.h").exists() and not (new / "riscv_arch_test.h").exists():
        raise ValueError(_ARCH_TEST.format(str(path)))


def _find_old(path):
    _check(path)
    return arch_tests.find_tests(path)


def _find_new(path):
    _check(path)
    return act_tests.find_tests(path) if (path / "tests" / "env").exists() else {}


UPSTREAM = (
    Upstream("--riscv-tests", "riscv_test", "test_riscv_tests", "riscv-tests",
             "github.com/riscv-software-src/riscv-tests", riscv_tests.find_tests),
    Upstream("--arch-test", "arch_test", "test_arch_test", "riscv-arch-test 2 and 3",
             "github.com/riscv-non-isa/riscv-arch-test", _find_old),
    Upstream("--arch-test", "act_test", "test_act", "riscv-arch-test 4",
             "github.com/riscv-non-isa/riscv-arch-test", _find_new),
)
