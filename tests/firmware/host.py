"""Portable C of the firmware, compiled for this machine, as it is or with a mistake."""

import ctypes

from firmware.build import DRIVERS_DIR, build_host_library
from soc.configuration import preset

__all__ = ["address_of", "load", "with_mistake"]


def load(name, sources):
    """The library ``name`` of C ``sources``, which may include the headers of the drivers."""
    return ctypes.CDLL(str(build_host_library(name, sources, preset("reference"),
                                              include=[DRIVERS_DIR])))


def address_of(array):
    """Address of a numpy array's first byte; 0 of None."""
    return 0 if array is None else array.ctypes.data


def with_mistake(folder, sources, old, new):
    """Copies of ``sources``, and of the drivers' headers, in ``folder``, with ``old`` made ``new``.

    Returns the paths of the copies of ``sources``. ``old`` must be there exactly once.
    """
    changed = 0
    for source in [*sources, *DRIVERS_DIR.glob("*.h")]:
        text = source.read_text()
        changed += text.count(old)
        (folder / source.name).write_text(text.replace(old, new))
    assert changed == 1, f"{old!r} must be in the sources once, not {changed} times"
    return [folder / source.name for source in sources]
