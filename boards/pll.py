"""Divider settings of the ECP5 clock generator EHXPLLL."""

from dataclasses import dataclass

__all__ = ["PllSettings", "pll_settings"]


@dataclass(frozen=True)
class PllSettings:
    """Dividers with feedback from CLKOP; ``output_hz`` is the frequency they give."""

    input_divider: int
    feedback_divider: int
    output_divider: int
    output_hz: float


def pll_settings(input_hz, output_hz):
    """Settings that make ``output_hz`` out of ``input_hz`` exactly.

    Raises: ValueError when no legal settings give it. Source: Lattice FPGA-DS-02012, EHXPLLL:
    oscillator 400 to 800 MHz, phase detector 10 to 400 MHz.
    """
    for input_divider in range(1, 129):
        if not 10e6 <= input_hz / input_divider <= 400e6:
            continue
        if (output_hz * input_divider) % input_hz:
            continue
        feedback = output_hz * input_divider // input_hz
        for output_divider in range(1, 129):
            if 1 <= feedback <= 80 and 400e6 <= output_hz * output_divider <= 800e6:
                return PllSettings(input_divider, feedback, output_divider, output_hz)
    raise ValueError(f"output_hz must be a frequency that dividers make out of {input_hz} Hz, "
                     f"not {output_hz}")
