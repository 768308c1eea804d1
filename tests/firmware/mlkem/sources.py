"""The mlkem app for tests: its C on this machine, and with mistakes or another main program."""

import ctypes
import shutil
from dataclasses import dataclass
from pathlib import Path

from firmware.build import APPS_DIR, DRIVERS_DIR, build_host_library
from tests.firmware.host import CONFIGURATION

__all__ = ["APP", "Kem", "app_with", "load_kem"]


APP = APPS_DIR / "mlkem"

_HERE = Path(__file__).parent


def _with_mistake(name, old, new):
    """Text of the app's file ``name`` with ``new`` for ``old``, which is there once."""
    text = (APP / name).read_text()
    assert text.count(old) == 1, f"{old!r} must be in {name} once, not {text.count(old)} times"
    return text.replace(old, new)


def app_with(folder, *, main, mistake=None):
    """``folder``, now with the app's C, but another main program.

    ``mistake`` : (file, old, new), a text that is there once and what takes its place; or None.
    """
    for path in APP.glob("*.[ch]"):
        shutil.copy(path, folder)
    shutil.copy(main, folder / "main.c")
    if mistake is not None:
        (folder / mistake[0]).write_text(_with_mistake(*mistake))
    return folder


def load_kem(folder=None, mistake=None):
    """The `Kem` of the app's C, on an engine that is as lazy as it may be.

    ``mistake`` is one as in `app_with`; ``folder`` is then a place for what has it.
    """
    sources = {path.name: path for path in sorted(APP.glob("*.c")) if path.name != "main.c"}
    include = [APP]
    if mistake is not None:
        changed = folder / mistake[0]
        if changed.suffix == ".h":
            for path in (*sources.values(), *APP.glob("*.h")):
                shutil.copy(path, folder)
            sources, include = {name: folder / name for name in sources}, [folder]
        else:
            sources[changed.name] = changed
        changed.write_text(_with_mistake(*mistake))
    return Kem(ctypes.CDLL(str(build_host_library(
        "mlkem", [*sources.values(), DRIVERS_DIR / "keccak_cpu.c", _HERE / "engine.c",
                  _HERE / "probe.c"], CONFIGURATION, include=include))))


@dataclass
class Kem:
    """Calls of the C. Each gives (status, outputs...) after a reset of the engine.

    ``work`` has the bytes of the work space, as a call has left them.
    """

    library: ctypes.CDLL
    backend: int = 1

    def __post_init__(self):
        self.work = ctypes.create_string_buffer(self.library.probe_work_bytes())

    def _call(self, name, inputs, sizes, refuse, fail):
        self.library.engine_reset(refuse, fail)
        outputs = [ctypes.create_string_buffer(b"\xee" * size, size) for size in sizes]
        status = getattr(self.library, name)(self.backend, self.work, *inputs, *outputs)
        return status, *(output.raw for output in outputs)

    def generate_keys(self, seed, refuse=0, fail=0):
        return self._call("mlkem_generate_keys", [seed], (1184, 2400), refuse, fail)

    def encapsulate(self, key, message, refuse=0, fail=0):
        return self._call("mlkem_encapsulate", [key, ctypes.c_size_t(len(key)), message],
                          (1088, 32), refuse, fail)

    def decapsulate(self, key, ciphertext, refuse=0, fail=0):
        return self._call("mlkem_decapsulate", [key, ctypes.c_size_t(len(key)), ciphertext,
                                                ctypes.c_size_t(len(ciphertext))], (32,),
                          refuse, fail)

    def counted(self, name):
        """A counter of the engine."""
        return ctypes.c_uint32.in_dll(self.library, f"engine_{name}").value
