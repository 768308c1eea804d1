"""Launches the C++ compiler for Verilator's make files, which call it through ``OBJCACHE``.

Verilator's own library is the same in every model, and takes ten times as long to compile as a
small model. So its objects are kept in the folder that the first argument names (one for each
version of Verilator) under the hash of the command; every other command runs as it is.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["launch"]


_FOREIGN = "verilated_fst_c"  # includes headers that are not Verilator's


def launch(directory, command):
    """Runs the compiler's ``command``, or copies what it would make; returns its exit code.

    Of a library's object, only the object is made, without the file of its dependencies.
    """
    source = Path(command[-1])
    is_library = source.parent == Path(os.environ["VERILATOR_ROOT"]) / "include"
    if not is_library or source.stem == _FOREIGN or "-o" not in command:
        return subprocess.run(command).returncode
    place = command.index("-o") + 1
    digest = hashlib.sha256("\0".join(command).encode()).hexdigest()[:16]
    kept = Path(directory) / f"{source.stem}-{digest}.o"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            new = kept.with_suffix(".new")
            code = subprocess.run([*command[:place], str(new), *command[place + 1:]]).returncode
            if code != 0:
                return code
            new.replace(kept)
    shutil.copyfile(kept, command[place])
    return 0


if __name__ == "__main__":
    sys.exit(launch(sys.argv[1], sys.argv[2:]))
