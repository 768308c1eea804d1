"""What the devices of the ECP5 family have, and what a configuration or a netlist needs of it."""

from coprocessors.matmul.operand_buffer import BANK_WORDS, WORD_BYTES

__all__ = ["DEVICES", "LUT_SITES", "check_fits", "check_logic_fits", "lut_sites",
           "needed_resources"]


DEVICES = {
    "25F": {"LUT4": 24288, "DP16KD": 56, "MULT18X18D": 28},
    "45F": {"LUT4": 43848, "DP16KD": 108, "MULT18X18D": 72},
    "85F": {"LUT4": 83640, "DP16KD": 208, "MULT18X18D": 156},
}
"""Capacities by the size in the device's name. Source: Lattice FPGA-DS-02012, table 1.1."""

LUT_SITES = {"LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 6}
"""Sites of a LUT4 that a cell takes: a carry cell is two LUTs, distributed memory four and two more
for its write port."""

_MULTIPLIERS_OF_32_BITS = 4
"""MULT18X18D in a product of two 32-bit numbers: in the core, and in each requantizer lane."""

_BLOCK_BYTES = 2048
"""Bytes in one DP16KD; the ninth bit of each byte is not used."""

_WIDE_BLOCK_WORDS, _WIDE_BLOCK_BITS = 512, 36
"""Shape of a DP16KD at its widest, as the operand buffer uses it."""


def needed_resources(configuration):
    """{cell: list of (what for, how many)} of the block RAMs and multipliers.

    Lookup tables are not summed up: how many it takes is known only after synthesis, when
    `check_logic_fits` looks at them.
    """
    c = configuration
    banks = max(c.array_rows, c.array_columns)
    blocks_a_bank = (-(-BANK_WORDS // _WIDE_BLOCK_WORDS) * -(-8 * WORD_BYTES // _WIDE_BLOCK_BITS))
    return {
        "DP16KD": [
            ("ITCM", c.itcm_bytes // _BLOCK_BYTES),
            ("RAM", c.ram_bytes // _BLOCK_BYTES),
            ("operand buffer", banks * blocks_a_bank),
        ],
        "MULT18X18D": [
            ("array", c.array_rows * c.array_columns),
            ("requantizer", _MULTIPLIERS_OF_32_BITS * c.requantizer_lanes),
            ("core", _MULTIPLIERS_OF_32_BITS),
        ],
    }


def check_fits(configuration, device):
    """Raises ValueError, with the sum, when ``configuration`` does not fit ``device``.

    ``device`` is a name in DEVICES; another one raises ValueError too.
    """
    if device not in DEVICES:
        raise ValueError(f"device must be one of {', '.join(DEVICES)}, not {device!r}")
    for cell, parts in needed_resources(configuration).items():
        total = sum(count for _, count in parts)
        if total > DEVICES[device][cell]:
            terms = " + ".join(f"{count} ({what})" for what, count in parts)
            raise ValueError(f"{cell} of configuration {configuration.name} must be at most "
                             f"{DEVICES[device][cell]} for a {device}, not {terms} = {total}")


def lut_sites(cells):
    """Sites of a LUT4 that ``cells``, a dict of {cell type: int} after synthesis, take."""
    return sum(size * cells.get(cell, 0) for cell, size in LUT_SITES.items())


def check_logic_fits(name, cells, device):
    """Raises ValueError, with the sum, when ``cells`` take more LUTs than ``device`` has.

    ``name`` is that of the configuration, ``cells`` a dict of {cell type: int} after synthesis.
    """
    total, available = lut_sites(cells), DEVICES[device]["LUT4"]
    if total > available:
        terms = " + ".join(f"{size} * {cells.get(cell, 0)} ({cell})"
                           for cell, size in LUT_SITES.items())
        raise ValueError(f"LUT4 sites of configuration {name} must be at most {available} for a "
                         f"{device}, not {terms} = {total}, which is {total - available} too many")
