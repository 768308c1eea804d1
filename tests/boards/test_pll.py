"""Divider settings: exact, legal, or refused."""

import pytest

from boards.pll import pll_settings


@pytest.mark.parametrize("output_hz", [25_000_000, 37_500_000, 50_000_000, 62_500_000,
                                       75_000_000, 100_000_000])
def test_settings_give_the_frequency_within_limits(output_hz):
    s = pll_settings(25_000_000, output_hz)
    assert 25_000_000 * s.feedback_divider / s.input_divider == output_hz
    assert 400e6 <= output_hz * s.output_divider <= 800e6
    assert 10e6 <= 25_000_000 / s.input_divider <= 400e6
    assert 1 <= s.feedback_divider <= 80 and 1 <= s.output_divider <= 128


@pytest.mark.parametrize("output_hz", [50_000_001, 1_000_000, 900_000_000])
def test_impossible_frequency_is_refused(output_hz):
    with pytest.raises(ValueError, match=f"dividers make out of 25000000 Hz, not {output_hz}"):
        pll_settings(25_000_000, output_hz)
