"""The compiler's launcher keeps the objects of Verilator's library, and only these."""

import subprocess
import sys
from pathlib import Path

import pytest

from sim import object_cache

_COMPILER = """
import pathlib, sys
pathlib.Path("calls").open("a").write(".")
source, output = sys.argv[-1], sys.argv[sys.argv.index("-o") + 1]
if "--wrong" in sys.argv:
    sys.exit(3)
pathlib.Path(output).write_text(f"object of {pathlib.Path(source).name}")
"""


@pytest.fixture
def compile_object(tmp_path, monkeypatch):
    """Gives (exit code, object or None, how often the compiler has run) of a compilation."""
    (tmp_path / "compiler.py").write_text(_COMPILER)
    monkeypatch.setenv("VERILATOR_ROOT", str(tmp_path))

    def call(*options, source):
        output = tmp_path / "x.o"
        output.unlink(missing_ok=True)
        command = [sys.executable, object_cache.__file__, "kept", sys.executable, "compiler.py",
                   *options, "-o", output.name, str(tmp_path / source)]
        code = subprocess.run(command, cwd=tmp_path).returncode
        return (code, output.read_text() if output.exists() else None,
                len(Path(tmp_path, "calls").read_text()))
    return call


def test_library_is_compiled_once(compile_object):
    for _ in range(3):
        assert compile_object(source="include/a.cpp") == (0, "object of a.cpp", 1)
    assert compile_object(source="include/b.cpp") == (0, "object of b.cpp", 2)
    assert compile_object("-O1", source="include/a.cpp") == (0, "object of a.cpp", 3)


@pytest.mark.parametrize("source", ["a.cpp", "include/verilated_fst_c.cpp"])
def test_what_depends_on_other_files_is_always_compiled(compile_object, source):
    name = Path(source).name
    assert compile_object(source=source) == (0, f"object of {name}", 1)
    assert compile_object(source=source) == (0, f"object of {name}", 2)


def test_failure_is_not_kept(compile_object):
    assert compile_object("--wrong", source="include/a.cpp") == (3, None, 1)
    assert compile_object("--wrong", source="include/a.cpp") == (3, None, 2)
