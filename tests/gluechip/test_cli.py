"""The command line: what it prints, and that errors of the user are one line with a remedy."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from gluechip.cli import main
from soc.configuration import PRESETS, preset
from soc.soc_map import memory_map

_ROOT = Path(__file__).resolve().parents[2]


def _error(capsys, *arguments):
    """The one line on stderr of a command that must fail with exit code 1."""
    assert main(list(map(str, arguments))) == 1
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert lines[-1].startswith("gluechip: ") and "Traceback" not in captured.err
    return lines[-1]


def test_no_command_is_an_error_that_lists_them(capsys):
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_jtag_options(capsys):
    assert "--no-halt must be given with --jtag" in _error(capsys, "run", "hello", "--no-halt")
    assert "JTAG port must be from 0 to 65535, not 70000" in _error(
        capsys, "run", "hello", "--jtag", 70000)
    assert "Chip small must have a debug port: choose another preset" in _error(
        capsys, "run", "hello", "--preset", "small", "--jtag", 0)


@pytest.mark.parametrize("name", PRESETS)
def test_map_lists_every_region(name, capsys):
    assert main(["map", "--preset", name]) == 0
    lines = capsys.readouterr().out.splitlines()
    regions = memory_map(preset(name)).regions
    assert [line.split()[-1] for line in lines] == [region.name for region in regions]
    assert all(line.startswith(f"{region.base:#010x}") for line, region in zip(lines, regions))


def test_map_with_external_memory(capsys):
    assert main(["map", "--preset", "small", "--external-bytes", "0x100000"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == [
        "0xa0000000", "to", "0xa00fffff", "1024", "KiB", "external"]
    assert "external_bytes must be 0 or a multiple of 4 KiB up to 64 MiB, not 5000" in _error(
        capsys, "map", "--external-bytes", 5000)


def test_map_as_json(capsys):
    assert main(["map", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["configuration"]["name"] == "reference"


def test_unknown_app(capsys):
    error = _error(capsys, "run", "no-such-app")
    assert "App must be one of" in error and "hello" in error and "'no-such-app'" in error


def test_a_file_that_is_no_program(capsys, tmp_path):
    (tmp_path / "text.elf").write_text("text")
    assert "must be an ELF file" in _error(capsys, "run", tmp_path / "text.elf")


def test_unknown_trace_format(capsys):
    assert "must end in .vcd or .fst, not out.txt" in _error(
        capsys, "run", "hello", "--trace", "out.txt")


@pytest.mark.parametrize(["path", "why"], [("nowhere/out", "No such file or directory"),
                                           ("folder", "Is a directory")])
def test_a_dump_that_cannot_be_written_is_told_before_anything_is_built(path, why, capsys,
                                                                         tmp_path):
    (tmp_path / "folder").mkdir()
    path = tmp_path / path
    assert f"File for table must be one that can be written, not {path}: {why}" in _error(
        capsys, "run", "no-such-app", "--dump-symbol", f"table={path}")


def test_size_of_the_stack(capsys, tmp_path):
    assert main(["build", "hello"]) == main(["build", "hello", "--stack-bytes", "4096"]) == 0
    ordinary, same = capsys.readouterr().out.split()
    assert main(["build", "hello", "--stack-bytes", "8192"]) == 0
    assert ordinary == same != capsys.readouterr().out.strip()
    assert "stack_bytes must be a multiple of 16 from 512, not 100" in _error(
        capsys, "run", "hello", "--stack-bytes", "100")
    error = _error(capsys, "run", ordinary, "--stack-bytes", "8192")
    assert f"--stack-bytes must be given when {ordinary} is built, not when it is run" in error


def test_malformed_dump(capsys):
    assert "NAME=FILE, not 'table'" in _error(capsys, "run", "hello", "--dump-symbol", "table")


@pytest.mark.parametrize("text", ["0", "-1", "many"])
def test_malformed_cycle_limit(text, capsys):
    with pytest.raises(SystemExit):
        main(["run", "hello", "--max-cycles", text])
    assert "invalid positive number value" in capsys.readouterr().err


def test_new_app_runs_from_a_copy_of_the_template(capsys, tmp_path):
    assert main(["new-app", "my-app", "--directory", str(tmp_path)]) == 0
    assert f"gluechip run {tmp_path / 'my-app'}" in capsys.readouterr().out
    assert (tmp_path / "my-app" / "main.c").is_file()
    assert "must not exist yet" in _error(capsys, "new-app", "my-app", "--directory", tmp_path)
    for name in ("a/b", "1x"):
        assert f"letters, digits, - and _, the first no digit, not '{name}'" in _error(
            capsys, "new-app", name, "--directory", tmp_path)
    assert ("those that come with Gluechip (bench, digits, ens, eth_proof, hello, merkle, mlkem, "
            "offload, sha3sum, transformer, untrusted), not 'hello'") in _error(
                capsys, "new-app", "hello", "--directory", tmp_path)
    missing = tmp_path / "nowhere"
    assert f"must be a folder that exists, not {missing}: make it first" in _error(
        capsys, "new-app", "my-app", "--directory", missing)
    assert [path.name for path in tmp_path.iterdir()] == ["my-app"]


def test_memories_of_the_chip_can_be_chosen(capsys):
    assert main(["build", "hello", "--ram-bytes", "65536", "--itcm-bytes", "32768"]) == 0
    with open(capsys.readouterr().out.strip(), "rb") as stream:
        symbols = ELFFile(stream).get_section_by_name(".symtab")
        assert symbols.get_symbol_by_name("__heap_end")[0]["st_value"] == (
            memory_map(preset("reference")).ram.base + 65536)
    assert "ram_bytes must be a multiple of 32 KiB" in _error(
        capsys, "run", "hello", "--ram-bytes", "1000")


def test_build_copies_the_program(capsys, tmp_path):
    assert main(["build", "hello", "--output", str(tmp_path / "hello.elf")]) == 0
    assert (tmp_path / "hello.elf").read_bytes().startswith(b"\x7fELF")


@pytest.mark.parametrize(["arguments", "message"], [
    (["fmax", "core", "nope"], "Block must be one of core, matmul, keccak, array, not 'nope'"),
    (["bitstream", "ulx3s-85f", "--clock-hz", "5"],
     "clock_hz must be from 1 MHz to 1 GHz, not 5"),
])
def test_wrong_values_are_told_before_the_work(arguments, message, capsys):
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"gluechip: {message}\n")


def test_a_path_that_make_files_cannot_hold_is_told_first(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("sim.harness.BUILD_DIR", tmp_path / "my clone" / "build")
    assert main(["run", "hello"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "Paths must hold letters" in line and "my clone" in line and "move the clone" in line


def _without_packages(*arguments):
    """A command in a Python that has only the standard library."""
    return subprocess.run([sys.executable, "-S", "-m", "gluechip", *map(str, arguments)], cwd=_ROOT,
                          text=True, capture_output=True, env={**os.environ, "PYTHONPATH": ""})


def test_doctor_needs_no_package():
    done = _without_packages("doctor")
    assert done.returncode == 1 and not done.stderr
    assert "missing  amaranth (everything): `pip install " in done.stdout


def test_manual_needs_no_package_of_a_board(tmp_path):
    code = ("import sys; sys.modules['amaranth_boards'] = None\n"
            "from gluechip.cli import main; sys.exit(main(sys.argv[1:]))")
    done = subprocess.run([sys.executable, "-c", code, "docs", "--directory", tmp_path], cwd=_ROOT,
                          text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert "ulx3s-85f" in (tmp_path / "datasheet.md").read_text()


def test_defines(capsys, tmp_path):
    source = tmp_path / "sizes.c"
    source.write_text("_Static_assert(SIZE == 7 && FLAG == 1, \"sizes\");\n"
                      "int main(void) { return 0; }\n")
    assert main(["build", str(source), "-D", "SIZE=7", "--define", "FLAG"]) == 0
    assert main(["build", str(source), "-D", "SIZE=6", "-D", "FLAG"]) == 1
    assert "sizes.c does not compile" in capsys.readouterr().err
    (tmp_path / "sizes.elf").write_bytes(b"")
    assert "--stack-bytes must be given when" in _error(
        capsys, "run", tmp_path / "sizes.elf", "-D", "SIZE=7")


@pytest.mark.parametrize("tool", ["perl", "g++", "make"])
def test_a_missing_tool_is_one_line(tool, tmp_path):
    for name in {"perl", "g++", "make"} - {tool}:
        (tmp_path / name).symlink_to("/bin/true")
    done = subprocess.run([sys.executable, "-m", "gluechip", "run", "hello"], cwd=_ROOT, text=True,
                          env={**os.environ, "PATH": str(tmp_path)}, capture_output=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"gluechip: {tool} not found: install it with `apt install {tool}`")


def test_a_missing_package_is_one_line():
    code = ("import sys; sys.modules['elftools'] = None\n"
            "from gluechip.cli import main; sys.exit(main(['run', 'hello']))")
    done = subprocess.run([sys.executable, "-c", code], cwd=_ROOT, text=True, capture_output=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("gluechip: elftools")
    assert "`gluechip doctor` tells the remedy" in done.stderr
