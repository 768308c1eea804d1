"""Starts an app of one's own from the template."""

import shutil
from pathlib import Path

from firmware.build import FIRMWARE_DIR, app_names

__all__ = ["new_app"]


def new_app(name, parent):
    """Copies ``firmware/template`` to the new folder ``name`` in ``parent``; returns its path.

    Raises: ValueError when the name is no identifier or that of an app which comes with Gluechip,
    when ``parent`` is no folder, or the new folder exists already.
    """
    if not name.replace("-", "_").isidentifier():
        raise ValueError("Name of an app must be letters, digits, - and _, the first no digit, "
                         f"not {name!r}")
    if name in app_names():
        raise ValueError(f"Name of an app must be another than those that come with Gluechip "
                         f"({', '.join(app_names())}), not {name!r}")
    if not Path(parent).is_dir():
        raise ValueError(f"Directory must be a folder that exists, not {parent}: make it first")
    folder = Path(parent) / name
    if folder.exists():
        raise ValueError(f"Folder {folder} must not exist yet: choose another name")
    shutil.copytree(FIRMWARE_DIR / "template", folder)
    return folder
