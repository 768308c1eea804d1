"""What the builder of the runner refuses."""

import pytest

from sim.runner.build import build_runner
from soc.configuration import preset


def test_unknown_trace_format():
    with pytest.raises(ValueError, match="trace must be one of vcd, fst, not 'lxt'"):
        build_runner(preset("small"), trace="lxt")


def test_missing_compiler_is_named(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name, **options: None)
    with pytest.raises(RuntimeError, match="not found: install it with `apt install"):
        build_runner(preset("small"))
