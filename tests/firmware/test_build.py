"""Building firmware: what is rebuilt, what is said when it cannot be built."""

import shutil

import pytest

from firmware import build
from firmware.build import FIRMWARE_DIR, app_names, boot_code, build_app, find_app
from sim.iss.chip import Chip, run_elf
from soc.configuration import preset
from soc.soc_map import BOOT_RECORD_OFFSET

SMALL = preset("small")


def test_hello_on_every_preset_size():
    for configuration in (SMALL, preset("large")):
        elf = build_app("hello", configuration)
        result = run_elf(elf, configuration, boot_code=boot_code(configuration))
        assert result.exit_code == 0, result.text
        assert f"Hello from Gluechip ({configuration.name})" in result.text


def test_program_ends_on_another_chip():
    def replace_keccak(chip):
        chip.coprocessors[1].values["id"] += 1

    result = run_elf(build_app("hello", SMALL), SMALL, prepare=replace_keccak)
    assert result.exit_code == 3
    assert result.text.startswith("*** coprocessor 1 is not the one that this program was built")


@pytest.mark.parametrize("major, minor, fits", [(0, 0, True), (0, 1, True), (0, -1, False),
                                                (1, 0, False), (1, -1, False)])
def test_program_needs_its_major_version_and_at_least_its_minor_one(major, minor, fits):
    def change(chip):
        chip.system.values["version"] += (major << 16) + minor

    result = run_elf(build_app("hello", SMALL), SMALL, prepare=change)
    assert (result.exit_code == 0) == fits
    assert ("This program was built for another chip." in result.text) == (not fits)


def test_template_runs():
    result = run_elf(build_app(FIRMWARE_DIR / "template", SMALL), SMALL)
    assert result.exit_code == 0
    assert result.text.startswith("4 -2\n10 -5\nsha3-256 71792fb680b7d0b9")


def test_second_build_compiles_nothing(monkeypatch):
    first = build_app("hello", SMALL)
    monkeypatch.setattr(build, "_compile", None)
    assert build_app("hello", SMALL) == first


def test_build_depends_on_sources_headers_configuration_and_options(tmp_path):
    app = tmp_path / "app"
    app.mkdir()
    (app / "main.c").write_text('#include "answer.h"\nint main(void) { return ANSWER; }\n')
    (app / "answer.h").write_text("#define ANSWER 42\n")
    first = build_app(app, SMALL)
    assert run_elf(first, SMALL).exit_code == 42
    (app / "answer.h").write_text("#define ANSWER 43\n")
    second = build_app(app, SMALL)
    assert run_elf(second, SMALL).exit_code == 43
    others = {build_app(app, preset("small", clock_hz=1_000_000)),
              build_app(app, SMALL, defines={"UNUSED": 1}), build_app(app, SMALL, stack_bytes=512)}
    assert len({first, second} | others) == 5


def test_boot_code_says_that_there_is_no_program():
    code = boot_code(SMALL)
    assert len(code) <= BOOT_RECORD_OFFSET
    chip = Chip(SMALL)
    chip.space.write(chip.map.itcm.base, code)
    result = chip.run(10_000)
    assert (result.exit_code, result.text) == (2, "Gluechip: no program\n")


def test_compile_error_is_passed_on(tmp_path):
    (tmp_path / "wrong.c").write_text("int main(void) { return nothing; }\n")
    with pytest.raises(RuntimeError, match="wrong.c does not compile:\n.*nothing"):
        build_app(tmp_path / "wrong.c", SMALL)


def test_program_that_does_not_fit_is_told(tmp_path):
    (tmp_path / "big.c").write_text("char big[40000]; int main(void) { return big[9999]; }\n")
    with pytest.raises(RuntimeError, match="will not fit in region 'RAM'"):
        build_app(tmp_path / "big.c", SMALL)


def test_unknown_app_is_told():
    with pytest.raises(ValueError, match="App must be one of .*hello.* not 'nothing'"):
        build_app("nothing", SMALL)
    assert find_app("hello").name in app_names()


def test_bad_stack_is_told():
    with pytest.raises(ValueError, match="stack_bytes must be a multiple of 16 from 512, not 100"):
        build_app("hello", SMALL, stack_bytes=100)


def test_missing_compiler_is_told(monkeypatch):
    build._toolchain.cache_clear()
    monkeypatch.setenv("CROSS_COMPILE", "absent-")
    with pytest.raises(RuntimeError, match="absent-gcc not found: install it, or correct or unset"):
        build_app("hello", SMALL)
    monkeypatch.delenv("CROSS_COMPILE")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match="riscv32 compiler not found: install it with `pip"):
        build_app("hello", SMALL)
    monkeypatch.undo()
    build._toolchain.cache_clear()


@pytest.mark.skipif(shutil.which("riscv64-unknown-elf-gcc") is None, reason="no GCC for RISC-V")
def test_gcc_builds_too(monkeypatch):
    build._toolchain.cache_clear()
    monkeypatch.setenv("CROSS_COMPILE", "riscv64-unknown-elf-")
    assert run_elf(build_app("hello", SMALL), SMALL).exit_code == 0
    monkeypatch.undo()
    build._toolchain.cache_clear()
