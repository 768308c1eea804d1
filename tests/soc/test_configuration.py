"""Configurations that cannot work are rejected with a clear error."""

import pytest

from soc.configuration import PRESETS, preset


@pytest.mark.parametrize("changes, message", [
    ({"array_rows": 3}, "array_rows must be 2, 4, 8 or 16, not 3"),
    ({"array_columns": 32}, "array_columns must be 2, 4, 8 or 16, not 32"),
    ({"requantizer_lanes": 3}, r"must be 1, 2 or 4 and at most array_columns \(4\), not 3"),
    ({"array_columns": 2, "requantizer_lanes": 4}, r"at most array_columns \(2\), not 4"),
    ({"itcm_bytes": 4096}, "itcm_bytes must be a power of two from 8 KiB to 256 KiB, not 4096"),
    ({"itcm_bytes": 48 * 1024}, "itcm_bytes must be a power of two .*, not 49152"),
    ({"ram_bytes": 0}, "ram_bytes must be a multiple of 32 KiB up to 1 MiB, not 0"),
    ({"ram_bytes": 40 * 1024}, "ram_bytes must be a multiple of 32 KiB up to 1 MiB, not 40960"),
    ({"ram_bytes": 1056 * 1024}, "ram_bytes must be a multiple of 32 KiB up to 1 MiB"),
    ({"uart_divisor": 3}, "uart_divisor must be from 4 to 65535 cycles a bit, not 3"),
    ({"external_bytes": 6000}, "external_bytes must be 0 or a multiple of 4 KiB up to 64 MiB, not"),
    ({"external_bytes": 1 << 27}, "external_bytes must be 0 or a multiple of 4 KiB up to 64 MiB"),
    ({"external_bytes": 4096.0}, "external_bytes must be an int, not 4096.0"),
    ({"external_latency": 1}, "external_latency must be an int from 2 to 255 cycles, not 1"),
    ({"external_cycles_per_word": 0}, "external_cycles_per_word must be an int from 1 to 64"),
    ({"clock_hz": 0}, "clock_hz must be from 1 MHz to 1 GHz, not 0"),
    ({"clock_hz": 25e6}, "clock_hz must be an int, not 25000000.0"),
    ({"ram_bytes": "32768"}, "ram_bytes must be an int, not '32768'"),
    ({"keccak_rounds_per_cycle": 3}, "keccak_rounds_per_cycle must be 1 or 2, not 3"),
    ({"requantizer_lanes": True}, "requantizer_lanes must be an int, not True"),
    ({"pmp_entries": 5}, "pmp_entries must be 0, 4, 8 or 16, not 5"),
    ({"debug": 1}, "debug must be True or False, not 1"),
    ({"extensions": ("zba", "zbc")}, "Extensions must be among zba, .*, not 'zbc'"),
])
def test_bad_configuration_is_rejected(changes, message):
    with pytest.raises(ValueError, match=message):
        preset("small", **changes)


def test_unknown_preset_is_rejected():
    with pytest.raises(ValueError, match="Preset must be one of small, medium, large, reference, "
                       "not 'tiny'"):
        preset("tiny")


def test_changes_leave_the_preset_alone():
    assert preset("small", ram_bytes=64 * 1024).ram_bytes == 64 * 1024
    assert PRESETS["small"].ram_bytes == 32 * 1024
