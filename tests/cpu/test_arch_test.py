"""riscv-arch-test of RISC-V International on the core, with ``--arch-test=PATH``."""

from pathlib import Path

import pytest

from tests.cpu.upstream import act_tests, arch_tests
from tests.cpu.upstream.image import build
from tests.cpu.upstream.machine import run_image, run_model

SIGNATURE = ("begin_signature", "end_signature")


def test_arch_test(arch_test, request, tmp_path):
    """Versions 2 and 3: the signature is the reference's where there is one, else the model's."""
    name, source = arch_test
    selection = arch_tests.select(source.read_text(errors="replace"))
    if selection.reason:
        pytest.skip(f"not applicable: {selection.reason}")
    path = Path(request.config.getoption("--arch-test"))
    image = build(source, tmp_path, **arch_tests.build_options(name, path, selection.defines))
    _, signature = run_image(image, tmp_path, signature=SIGNATURE)
    reference = arch_tests.reference_signature(source)
    if reference is not None:
        assert [f"{word:08x}" for word in signature] == [f"{word:08x}" for word in reference]


def test_act(act_test, request, tmp_path):
    """Version 4: the test checks itself against the signature that the model gives."""
    name, source = act_test
    reason = act_tests.not_applicable(name, source)
    if reason:
        pytest.skip(f"not applicable: {reason}")
    path = Path(request.config.getoption("--arch-test"))
    signature, results = tmp_path / "signature", tmp_path / "test.results"
    signature.mkdir()
    image = build(source, signature, **act_tests.signature_options(name, path))
    word, words = run_model(image, signature=SIGNATURE)
    assert word == act_tests.PASSED, f"{name} ends with {word} on the model"
    results.write_text(act_tests.expected_results(words))
    image = build(source, tmp_path, **act_tests.check_options(name, path, results))
    word, _ = run_image(image, tmp_path)
    assert word == act_tests.PASSED, f"{name} must write 1 to tohost, not {word}"
