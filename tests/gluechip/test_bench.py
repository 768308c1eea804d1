"""How the bench turns cycles into figures."""

import pytest

from gluechip.bench import core_figures, hash_figures, untrusted_products
from gluechip.keccak_figures import hashes
from gluechip.matmul_figures import products, table
from soc.configuration import preset


LINE = ("bench matmul 64 64 64 busy=4280 input=140 output=30 queue=16600 cycles=4300 call=4830 "
        "cpu=1023826\n")


def test_matmul_figures():
    [product] = products(LINE, preset("reference"))
    figures = product.figures
    assert figures["peak_fraction"] == pytest.approx(64 ** 3 / (64 * 4300), abs=1e-4)
    assert figures["cpu_cycles_per_mac"] == pytest.approx(3.906, abs=1e-3)
    assert figures["speedup"] == 212.0
    assert product.lost == {"edges": 0, "input": 140, "output": 30, "joint": 34}
    assert product.gap == 4
    [large] = products(LINE, preset("large"))
    assert large.figures["peak_fraction"] == pytest.approx(figures["peak_fraction"] / 2, abs=1e-4)
    assert table([product])[1].split()[5:] == [
        "4300", "95.3", "%", "98.8", "%", "0", "140", "30", "34", "4.0", "4830"]


HASHES = """\
bench keccak sha3_256 1x16384:32 busy=2930 input=7 output=0 cycles=2950 call=3000 cpu=3276800
bench keccak shake128 1x0:32 busy=36 input=0 output=0 cycles=50 call=90 cpu=30000
bench keccak shake256 1x32:16384 busy=2990 input=7 output=2 cycles=3000 call=3050 cpu=3000000
bench keccak keccak_256 256x64:32 busy=6180 input=7 output=0 cycles=6200 call=6250 cpu=6250000
"""


@pytest.mark.parametrize("rounds, limits", [
    (1, (16384 * 24 / 136, 0, 16384 * 24 / 136, 256 * 24)), (2, (2048, 0, 2048, 256 * 12))])
def test_hash_figures(rounds, limits):
    found = hashes(HASHES, preset("reference", keccak_rounds_per_cycle=rounds))
    for each, limit in zip(found, limits, strict=True):
        assert each.limit == pytest.approx(limit)
        assert each.limit + sum(each.lost.values()) == pytest.approx(each.cycles)
        assert each.figures["limit_fraction"] == pytest.approx(limit / each.cycles, abs=1e-4)
        assert each.lost["blocks"] >= 0
    assert found[0].figures["cpu_cycles_per_byte"] == 200.0
    assert "cpu_cycles_per_byte" not in found[1].figures, "an empty message has no rate"
    assert found[3].figures["cycles_per_message"] == pytest.approx(6200 / 256, abs=1e-2)
    blocks = 121 * (24 if rounds == 1 else 17)
    assert found[0].lost == pytest.approx({
        "blocks": blocks - limits[0], "input": 7, "output": 0, "buffer": 2930 - 7 - blocks,
        "joint": 20})


def test_hashes_are_named_by_what_makes_them_long():
    lines = []
    found = hash_figures(HASHES, preset("reference"), "keccak.", lines.append)
    assert {key.removesuffix(".cycles") for key in found if key.endswith(".cycles")} == {
        "keccak.sha3_256.16384", "keccak.shake128.0", "keccak.shake256.output_16384",
        "keccak.keccak_256.256x64"}
    assert len(lines) == 5 and lines[1].split()[:2] == ["sha3_256.16384", "2950"]


def test_core_figures():
    text = ("bench core list cycles=124300 instructions=80714 result=0x053301d2\n"
            "bench core crc cycles=63545 instructions=60216 result=0xe6e8f26e\n")
    assert core_figures(text) == {
        "cpu.bench.list.cycles": 124_300, "cpu.bench.list.instructions": 80_714,
        "cpu.bench.crc.cycles": 63_545, "cpu.bench.crc.instructions": 60_216}


def test_untrusted_figures():
    text = ("bench untrusted 64 64 64 shake=core core=938918 plain=4887 checked=305067 "
            "masks=2404657 blinded=202659 both=502258\n"
            "bench untrusted 1 2 3 shake=engine core=1 plain=2 checked=3 masks=4 blinded=5 both=6 "
            "FAILED\n")
    lines = []
    assert untrusted_products(text, lines.append) == {
        "untrusted.64x64x64.shake_on_core.core_cycles": 938_918,
        "untrusted.64x64x64.shake_on_core.plain_cycles": 4_887,
        "untrusted.64x64x64.shake_on_core.checked_cycles": 305_067,
        "untrusted.64x64x64.shake_on_core.blinded_cycles": 202_659,
        "untrusted.64x64x64.shake_on_core.both_cycles": 502_258,
        "untrusted.64x64x64.shake_on_core.masks_cycles": 2_404_657}
    assert lines[1].split()[-6:] == ["938918", "4887", "305067", "202659", "502258", "2404657"]


def test_output_without_figures_is_told():
    with pytest.raises(RuntimeError, match="bench must print lines of figures, not\nnothing"):
        core_figures("nothing")
    with pytest.raises(RuntimeError, match="offload must print lines of figures, not\nnothing"):
        hash_figures("nothing", preset("reference"), "", print)
    with pytest.raises(RuntimeError, match="untrusted must print lines of figures, not\nnothing"):
        untrusted_products("nothing", print)
