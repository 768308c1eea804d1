"""Starts an app of one's own from the template."""

import shutil
from pathlib import Path

from firmware.build import FIRMWARE_DIR

__all__ = ["new_app"]


def new_app(name, parent):
    """Copies ``firmware/template`` to the new folder ``name`` in ``parent``; returns its path.

    Raises: ValueError when the name is no identifier or the folder exists already.
    """
    if not name.replace("-", "_").isidentifier():
        raise ValueError(f"Name of an app must be letters, digits, - and _, not {name!r}")
    folder = Path(parent) / name
    if folder.exists():
        raise ValueError(f"Folder {folder} must not exist yet: choose another name")
    shutil.copytree(FIRMWARE_DIR / "template", folder)
    return folder
