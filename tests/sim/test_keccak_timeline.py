"""The timeline of a Keccak job, and its figures in the manual."""

from pathlib import Path

import pytest

from sim.keccak_timeline import timeline, trace

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "keccak.md"


@pytest.mark.parametrize("job, options, message", [
    (("md5", 64), {}, "function must be one of .*shake256, not 'md5'"),
    (("sha3_256", 65537), {}, "length must be from 0 to 65536 bytes, not 65537"),
    (("sha3_256", 64), {"output_bytes": 40000, "messages": 2},
     "output must be from 0 to 32768 bytes for 2 messages, not 40000"),
])
def test_a_job_that_cannot_be_drawn_is_rejected(job, options, message):
    with pytest.raises(ValueError, match=message):
        trace(*job, **options)


@pytest.mark.long
def test_figures_of_the_manual_are_what_the_command_draws():
    page = _PAGE.read_text()
    for messages in (1, 3):
        lines = timeline("keccak_256", 64, messages=messages)
        assert "\n".join(["```", *lines, "```"]) in page
    traced = trace("keccak_256", 64)
    assert {part: sum(traced[part]) for part in traced} == {
        "job": 49, "read": 8, "lane": 8, "round": 24, "output": 4, "write": 4}
