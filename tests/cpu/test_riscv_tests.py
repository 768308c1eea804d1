"""riscv-tests of RISC-V International on the core, with ``--riscv-tests=PATH``."""

from pathlib import Path

import pytest

from tests.cpu.upstream import riscv_tests
from tests.cpu.upstream.image import build
from tests.cpu.upstream.machine import run_image


def test_riscv_tests(riscv_test, request, tmp_path):
    """Each ends by itself and writes 1 to ``tohost``, in lockstep with the model."""
    name, source = riscv_test
    reason = riscv_tests.not_applicable(name, source)
    if reason:
        pytest.skip(f"not applicable: {reason}")
    path = Path(request.config.getoption("--riscv-tests"))
    image = build(source, tmp_path, **riscv_tests.build_options(name, path))
    word, _ = run_image(image, tmp_path)
    assert word == 1, f"{name} must write 1 to tohost, not {word}: case {word >> 1} fails"
