"""What configurations need, what devices have, and what synthesis makes of the memories."""

import pytest
from amaranth.back import verilog

from boards.synthesis import synthesize
from sim.harness import BUILD_DIR
from soc.configuration import PRESETS, preset
from soc.memory.ram import Ram
from soc.resources import (
    DEVICES, check_fits, check_logic_fits, lut_sites, needed_resources,
)


@pytest.mark.parametrize("name, device", [
    ("small", "25F"), ("medium", "45F"), ("large", "85F"), ("reference", "85F")])
def test_every_preset_fits_its_device(name, device):
    check_fits(PRESETS[name], device)


def test_needs_of_a_preset():
    total = {cell: sum(count for _, count in parts)
             for cell, parts in needed_resources(PRESETS["small"]).items()}
    assert total == {"DP16KD": 16 + 16 + 8, "MULT18X18D": 16 + 4 + 4}


@pytest.mark.parametrize("configuration, device, message", [
    (PRESETS["large"], "45F",
     r"DP16KD .* large must be at most 108 for a 45F, not 32 \(ITCM\) \+ 128 .* = 192"),
    (preset("small", array_rows=8), "25F",
     r"MULT18X18D .* must be at most 28 for a 25F, not 32 \(array\) \+ 4 .* = 40"),
    (PRESETS["small"], "12F", "device must be one of 25F, 45F, 85F, not '12F'"),
])
def test_what_does_not_fit_is_rejected_with_the_sum(configuration, device, message):
    with pytest.raises(ValueError, match=message):
        check_fits(configuration, device)
    assert set(DEVICES["25F"]) == {"LUT4", "DP16KD", "MULT18X18D"}


def test_logic_that_does_not_fit_is_rejected_with_the_sum():
    cells = {"LUT4": 20_000, "CCU2C": 1_000, "TRELLIS_DPR16X4": 381, "TRELLIS_FF": 24_000}
    assert lut_sites(cells) == DEVICES["25F"]["LUT4"] - 2
    check_logic_fits("small", cells, "25F")
    with pytest.raises(ValueError, match=r"LUT4 sites of configuration small must be at most 24288 "
                       r"for a 25F, not 1 \* 20003 \(LUT4\) \+ 2 \* 1000 \(CCU2C\) \+ "
                       r"6 \* 381 \(TRELLIS_DPR16X4\) = 24289, which is 1 too many"):
        check_logic_fits("small", cells | {"LUT4": 20_003}, "25F")


def test_ram_becomes_true_dual_port_block_ram():
    """32 KiB take 16 DP16KD and hardly any logic: no bypasses, no flip-flops as memory."""
    text = verilog.convert(Ram(size_bytes=32768), name="ram", emit_src=False)
    text = "\n".join(line for line in text.splitlines() if not line.startswith("    words["))
    cells = synthesize(text.replace("  initial begin\n  end\n", ""), "ram",
                       BUILD_DIR / "synthesis").cells
    assert cells["DP16KD"] == 16
    # Registers of the DMA port: request, 64 + 8 + 12 + 2; answer, 64.
    assert cells["TRELLIS_FF"] == 86 + 64
    assert cells["LUT4"] < 200
