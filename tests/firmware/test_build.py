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


def _exit_code(source):
    return run_elf(build_app(source, SMALL), SMALL).exit_code


def test_build_depends_on_every_file_that_is_included(tmp_path):
    app = tmp_path / "an app"
    app.mkdir()
    (app / "main.c").write_text(
        '#include "../common.h"\n#include "answer.h"\n'
        'extern const unsigned char blob[], other[];\n'
        'int main(void) { return ANSWER + blob[0] + other[0] + (int[]){\n'
        '#include "part.inc"\n}[0]; }\n'
        '__asm__(".section .rodata.o\\n.global other\\nother: .incbin \\"other.bin\\"\\n.text");\n')
    (app / "blob.S").write_text('.section .rodata\n.include "blob.asm"\n')
    (app / "blob.asm").write_text('.global blob\nblob: .incbin "blob.bin"\n')
    (tmp_path / "common.h").write_text("#define COMMON 1\n")
    shared = app / "gluechip" / "answer.h"
    shared.parent.mkdir()
    shared.write_text("#define ANSWER COMMON\n")
    (app / "answer.h").write_text('#include "gluechip/answer.h"\n')
    (app / "part.inc").write_text("2\n")
    (app / "blob.bin").write_bytes(b"\4")
    (app / "other.bin").write_bytes(b"\10")
    assert _exit_code(app) == 15
    for path, content, code in (
            (tmp_path / "common.h", b"#define COMMON 17\n", 31), (app / "part.inc", b"34\n", 63),
            (app / "blob.bin", b"\6", 65), (app / "other.bin", b"\0", 57),
            (shared, b"#define ANSWER 1\n", 41),
            (app / "blob.asm", b".global blob\nblob: .byte 0\n", 35),
            (app / "blob.bin", b"\4", 35)):
        path.write_bytes(content)
        assert _exit_code(app) == code, path.name


def test_a_header_that_takes_the_place_of_another_is_seen(tmp_path):
    (tmp_path / "main.c").write_text("#include <gluechip/hardware.h>\n"
                                     "#ifndef OWN\n#define OWN 1\n#endif\n"
                                     "int main(void) { return OWN; }\n")
    assert _exit_code(tmp_path) == 1
    (tmp_path / "gluechip").mkdir()
    (tmp_path / "gluechip" / "hardware.h").write_text("#define OWN 2\n")
    assert _exit_code(tmp_path) == 2


def test_a_file_that_a_macro_names_is_never_taken_from_a_build_before(tmp_path):
    (tmp_path / "main.c").write_text("extern const char blob[];\n"
                                     "int main(void) { return blob[0]; }\n")
    (tmp_path / "blob.S").write_text('.macro take name\nblob: .incbin "\\name"\n.endm\n'
                                     '.section .rodata\n.global blob\ntake blob.bin\n')
    for number in (1, 2, 1):
        (tmp_path / "blob.bin").write_bytes(bytes([number]))
        assert _exit_code(tmp_path) == number


def test_a_file_that_changes_while_it_is_compiled_is_compiled_again(tmp_path, monkeypatch):
    source = tmp_path / "main.c"
    source.write_text("int main(void) { return 1; }\n")
    compile_it = build._compile

    def compile_then_change(name, *arguments, **options):
        words = compile_it(name, *arguments, **options)
        if name == "main.c":
            source.write_text("int main(void) { return 2; }\n")
        return words

    monkeypatch.setattr(build, "_compile", compile_then_change)
    assert _exit_code(source) == 1
    monkeypatch.setattr(build, "_compile", compile_it)
    assert _exit_code(source) == 2


def test_only_what_is_included_is_looked_at(tmp_path):
    (tmp_path / "main.c").write_text("int main(void) { return 5; }\n")
    (tmp_path / ".#main.c").symlink_to("user@host.1:2")  # as Emacs locks a file
    (tmp_path / ".#x.h").symlink_to("user@host.1:2")
    (tmp_path / "folder.h").mkdir()
    (tmp_path / "folder.c").mkdir()
    assert _exit_code(tmp_path) == _exit_code(tmp_path / "main.c") == 5


def test_warnings_are_told_every_time(tmp_path, capfd):
    (tmp_path / "main.c").write_text("int main(void) { int unused; return 0; }\n")
    for _ in range(2):
        build_app(tmp_path, SMALL)
        assert "warning: unused variable 'unused'" in capfd.readouterr().err


def test_boot_code_says_that_there_is_no_program():
    code = boot_code(SMALL)
    assert len(code) <= BOOT_RECORD_OFFSET
    chip = Chip(SMALL)
    chip.space.write(chip.map.itcm.base, code)
    result = chip.run(10_000)
    assert (result.exit_code, result.text) == (2, "Gluechip: no program\n")


def test_flags_of_the_environment_are_used(tmp_path, monkeypatch):
    source = tmp_path / "flags.c"
    source.write_text("int main(void) { return VALUE; }\n")
    with pytest.raises(RuntimeError, match="VALUE"):
        build_app(source, SMALL)
    monkeypatch.setenv("GLUECHIP_CFLAGS", "-DOTHER='a b' -DVALUE=3")
    assert build_app(source, SMALL).exists()


def test_compile_error_is_passed_on(tmp_path):
    (tmp_path / "wrong.c").write_text("int main(void) { return nothing; }\n")
    with pytest.raises(RuntimeError, match="wrong.c does not compile:\n.*nothing"):
        build_app(tmp_path / "wrong.c", SMALL)


def test_program_that_does_not_fit_is_told(tmp_path):
    (tmp_path / "big.c").write_text("char big[40000]; int main(void) { return big[9999]; }\n")
    with pytest.raises(RuntimeError, match="will not fit in region 'RAM'(.|\n)*"
                       "RAM of the chip is too small: --ram-bytes gives it more$"):
        build_app(tmp_path / "big.c", SMALL)
    (tmp_path / "code.c").write_text("const char code[40000] = {1}; "
                                     "int main(int n, char **v) { return code[n] + !v; }\n")
    with pytest.raises(RuntimeError, match="ITCM of the chip is too small: --itcm-bytes gives"):
        build_app(tmp_path / "code.c", SMALL)


def test_unknown_app_is_told():
    with pytest.raises(ValueError, match="App must be one of .*hello.* not 'nothing'"):
        build_app("nothing", SMALL)
    for path in ("x.c", "x.elf", "nowhere/app"):
        with pytest.raises(ValueError, match=f"App must .*, not '{path}': there is no such file"):
            build_app(path, SMALL)
    assert find_app("hello").name in app_names()


def test_an_empty_name_is_not_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "main.c").write_text("int main(void) { return 0; }\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="App must be one of .*, not ''"):
        find_app("")
    assert find_app(".") == tmp_path


def test_a_path_is_never_the_name_of_an_app(tmp_path, monkeypatch):
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "main.c").write_text("int main(void) { return 0; }\n")
    monkeypatch.chdir(tmp_path)
    assert find_app("./hello") == tmp_path / "hello"
    assert find_app("hello") == build.APPS_DIR / "hello"


def test_bad_stack_is_told():
    with pytest.raises(ValueError, match="stack_bytes must be a multiple of 16 from 512, not 100"):
        build_app("hello", SMALL, stack_bytes=100)


def test_missing_compiler_is_told(monkeypatch):
    build._toolchain.cache_clear()
    monkeypatch.setenv("CROSS_COMPILE", "absent-")
    with pytest.raises(RuntimeError, match="absent-gcc not found: install it, or correct or unset"):
        build_app("hello", SMALL)
    build._toolchain.cache_clear()
    monkeypatch.setenv("CROSS_COMPILE", "")
    assert build_app("hello", SMALL).exists()
    build._toolchain.cache_clear()
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
