"""Portable C of the firmware, compiled for this machine, as it is or with a mistake."""

import ctypes
from pathlib import Path

from firmware.build import DRIVERS_DIR, build_host_library
from soc.configuration import preset

__all__ = ["CONFIGURATION", "HOST_KECCAK", "address_of", "load", "with_mistake"]


CONFIGURATION = preset("reference")
"""The chip that the C believes to be on."""


HOST_KECCAK = Path(__file__).with_name("host_keccak.c")
"""C of ``gluechip_keccak_256`` for this machine, by the twin in ``keccak_cpu.c``."""


def load(name, sources):
    """The library ``name`` of C ``sources``, which may include the headers of the drivers."""
    return ctypes.CDLL(str(build_host_library(name, sources, CONFIGURATION,
                                              include=[DRIVERS_DIR])))


def address_of(array):
    """Address of a numpy array's first byte; 0 of None."""
    return 0 if array is None else array.ctypes.data


def with_mistake(folder, sources, old, new):
    """``sources``, which are drivers, with ``old`` made ``new`` in one of them, or in one of the
    drivers' headers: paths, of copies in ``folder`` where they differ. ``old`` must be there once.
    """
    headers, counts, copies = sorted(DRIVERS_DIR.rglob("*.h")), {}, {}
    for source in [*sources, *headers]:
        text = source.read_text()
        counts[source] = text.count(old)
        copies[source] = folder / source.relative_to(DRIVERS_DIR)
        copies[source].parent.mkdir(exist_ok=True)
        copies[source].write_text(text.replace(old, new))
    assert sum(counts.values()) == 1, f"{old!r} must be in the sources once, not {counts}"
    in_header = any(counts[header] for header in headers)
    return [copies[source] if in_header or counts[source] else source for source in sources]
