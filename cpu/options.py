"""What may be chosen about the core, beside `cpu.bit_manipulation.EXTENSIONS`, and its version."""

__all__ = ["IMPLEMENTATION_ID", "PMP_ENTRIES", "check_pmp_entries"]


_VERSION = (0, 1, 0)  # of the project; a test compares it with pyproject.toml

IMPLEMENTATION_ID = int.from_bytes((*_VERSION, 0), "big")
"""What ``mimpid`` reads: major, minor and patch number in a byte each, from the highest on."""


PMP_ENTRIES = (0, 4, 8, 16)
"""How many of the 16 PMP entries a core may have; the others read 0 and ignore writes."""


def check_pmp_entries(entries):
    """``entries``; raises ValueError unless it is of PMP_ENTRIES."""
    if entries not in PMP_ENTRIES:
        raise ValueError(f"pmp_entries must be 0, 4, 8 or 16, not {entries!r}")
    return entries
