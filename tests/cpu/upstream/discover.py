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


def _find_riscv_tests(path):
    return _some(riscv_tests.find_tests(path), "--riscv-tests", path)


def _some(tests, option, path):
    """``tests``; raises ValueError when there are none, which would pass for success."""
    if not tests:
        raise ValueError(f"{option} must be a checkout with tests, not {str(path)!r}: it has none")
    return tests


def _find_arch_tests(path):
    """The tests of versions 2 and 3, and those of 4; raises ValueError when there are neither."""
    old, new = path / "riscv-test-suite" / "env", path / "tests" / "env"
    if not (old / "arch_test.h").exists() and not (new / "riscv_arch_test.h").exists():
        raise ValueError(_ARCH_TEST.format(str(path)))
    found = arch_tests.find_tests(path), act_tests.find_tests(path) if new.exists() else {}
    _some({**found[0], **found[1]}, "--arch-test", path)
    return found


def _find_old(path):
    return _find_arch_tests(path)[0]


def _find_new(path):
    return _find_arch_tests(path)[1]


UPSTREAM = (
    Upstream("--riscv-tests", "riscv_test", "test_riscv_tests", "riscv-tests",
             "github.com/riscv-software-src/riscv-tests", _find_riscv_tests),
    Upstream("--arch-test", "arch_test", "test_arch_test", "riscv-arch-test 2 and 3",
             "github.com/riscv-non-isa/riscv-arch-test", _find_old),
    Upstream("--arch-test", "act_test", "test_act", "riscv-arch-test 4",
             "github.com/riscv-non-isa/riscv-arch-test", _find_new),
)
