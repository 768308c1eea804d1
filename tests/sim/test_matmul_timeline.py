"""The timeline of a matmul job, and its figure in the manual."""

from pathlib import Path

import pytest

from sim.matmul_timeline import PARTS, trace
from sim.timeline import draw
from soc.configuration import preset

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "matmul.md"


def test_a_character_tells_how_many_of_its_cycles_had_work():
    cycles = 200  # 3 in a character
    traced = {part: [False] * cycles for part in PARTS}
    traced["loader"][0:6] = [True] * 6
    traced["executor"][3:5] = [True] * 2
    traced["writer"][199] = True
    legend, ruler, loader, executor, blocked, _, writer = draw(traced)
    assert legend.startswith("200 cycles, 3 in a character")
    assert ruler.split()[:3] == ["0", "30", "60"]
    assert loader == "loader   ##" and executor == "executor  +" and blocked == "blocked"
    assert writer == "writer" + " " * 3 + " " * 66 + "."


@pytest.mark.parametrize("size", [(0, 1, 1), (1, 65536, 1)])
def test_a_job_that_no_descriptor_holds_is_rejected(size):
    with pytest.raises(ValueError, match="must be from 1 to 65535, not"):
        trace(preset("small"), *size)


@pytest.mark.long
def test_figure_of_the_manual_is_what_the_command_draws():
    traced = trace(preset("reference"), 16, 16, 64)
    assert sum(traced["executor"]) == 4 * 64
    assert sum(traced["writer"]) == 16 * 16 // 8
    assert "\n".join(["```", *draw(traced), "```"]) in _PAGE.read_text()
