"""How the bench turns cycles into figures."""

import pytest

from gluechip.bench import core_figures, keccak_figures, matmul_figures
from soc.configuration import preset


def test_matmul_figures():
    figures = matmul_figures(64, 64, 64, 4507, 4800, 1_200_000, preset("reference"))
    assert figures["peak_fraction"] == pytest.approx(64 ** 3 / (64 * 4507), abs=1e-4)
    assert figures["cpu_cycles_per_mac"] == pytest.approx(4.578, abs=1e-3)
    assert figures["speedup"] == 250.0
    large = matmul_figures(64, 64, 64, 4507, 4800, 1_200_000, preset("large"))
    assert large["peak_fraction"] == pytest.approx(figures["peak_fraction"] / 2, abs=1e-4)


@pytest.mark.parametrize("function, limit", [("sha3_256", 136 / 24), ("shake128", 7.0)])
def test_keccak_figures(function, limit):
    figures = keccak_figures(function, 16384, 4096, 5000, 3_276_800)
    assert figures["bytes_per_cycle"] == 4.0
    assert figures["limit_fraction"] == pytest.approx(4.0 / limit, abs=1e-4)
    assert figures["cpu_cycles_per_byte"] == 200.0


def test_empty_message_has_no_rate():
    figures = keccak_figures("sha3_256", 0, 50, 90, 30_000)
    assert figures["limit_fraction"] == 0
    assert "cpu_cycles_per_byte" not in figures


def test_core_figures():
    text = ("bench core list cycles=124300 instructions=80714 result=0x053301d2\n"
            "bench core crc cycles=63545 instructions=60216 result=0xe6e8f26e\n")
    assert core_figures(text) == {
        "cpu.bench.list.cycles": 124_300, "cpu.bench.list.instructions": 80_714,
        "cpu.bench.crc.cycles": 63_545, "cpu.bench.crc.instructions": 60_216}


def test_output_without_figures_is_told():
    with pytest.raises(RuntimeError, match="bench must print lines of figures, not\nnothing"):
        core_figures("nothing")
