"""Signs of life while something takes long."""

import time

from gluechip.progress import Progress


def test_steps_are_announced_and_long_ones_repeated(capsys, monkeypatch):
    monkeypatch.setattr(Progress, "SECONDS_BETWEEN_SIGNS", 0.05)
    with Progress() as progress:
        progress("cooking")
        time.sleep(0.3)
        progress(None)
        time.sleep(0.1)
        said = capsys.readouterr().err
        time.sleep(0.2)
        assert capsys.readouterr().err == ""
    assert "s] cooking\n" in said
    assert "s] ... still cooking\n" in said


def test_quiet_says_nothing(capsys):
    with Progress(quiet=True) as progress:
        progress("cooking")
    assert capsys.readouterr().err == ""
