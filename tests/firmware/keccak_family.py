"""The hash functions of the firmware, compiled for this machine."""

import ctypes
from pathlib import Path

from firmware.build import DRIVERS_DIR
from tests.firmware.host import load, with_mistake

__all__ = ["ARGUMENT_ERROR", "SOURCES", "STAND_IN", "TIMEOUT_ERROR", "Bytes", "Family", "family",
           "family_with_mistake"]

ARGUMENT_ERROR = -1
TIMEOUT_ERROR = -8
_GUARD = b"\xa5" * 8
SOURCES = [DRIVERS_DIR / "keccak_cpu.c", DRIVERS_DIR / "secret.c",
            *sorted((DRIVERS_DIR / "keccak").glob("*.c"))]
STAND_IN = Path(__file__).with_name("host_family.c")


class Bytes(ctypes.Structure):
    """gluechip_bytes_t of Python's bytes."""

    _fields_ = [("data", ctypes.c_char_p), ("length", ctypes.c_uint32)]

    def __init__(self, content=b""):
        super().__init__(content, len(content))

    @classmethod
    def nowhere(cls, length):
        """So many bytes that lie at NULL."""
        made = cls()
        made.data, made.length = None, length
        return made


class _Function(ctypes.Structure):
    """gluechip_function_t."""

    _fields_ = [(name, ctypes.c_uint8) for name in ("rate_bytes", "domain", "rounds")]


class Family:
    """The calls of the library, by their names without `gluechip_`, which those of zkvm_* lack.

    Arguments of bytes become pointer and length, `Bytes` stay structures, objects of `object`
    addresses. A call returns its status.
    """

    def __init__(self, library):
        self._library = library

    def raw(self, name):
        """The function itself, for many calls."""
        return getattr(self._library, name if name.startswith("zkvm_") else f"gluechip_{name}")

    def __getattr__(self, name):
        function = self.raw(name)

        def call(*arguments):
            converted = []
            for argument in arguments:
                converted += ([argument, len(argument)] if isinstance(argument, bytes)
                              else [argument])
            return function(*converted)
        return call

    def variable(self, name):
        """A variable ``host_*`` of the stand-in, whose ``value`` can be set."""
        return ctypes.c_uint.in_dll(self._library, f"host_{name}")

    @property
    def last_source(self):
        """Address of the message of the last job."""
        return ctypes.c_void_p.in_dll(self._library, "host_last_source").value

    @staticmethod
    def function(rate_bytes, domain, rounds=24):
        """A gluechip_function_t."""
        return _Function(rate_bytes, domain, rounds)

    def sponge(self):
        """Memory of a gluechip_sponge_t, full of rubbish."""
        return self._memory(self.variable("sponge_bytes").value)

    def tree_hash(self):
        """Memory of a gluechip_tree_hash_t, full of rubbish."""
        return self._memory(self.variable("tree_hash_bytes").value)

    @staticmethod
    def _memory(size):
        memory = (ctypes.c_uint64 * ((size + 7) // 8))()  # aligned
        ctypes.memset(memory, 0x5A, size)
        return memory

    def output(self, name, *arguments, size, fixed=False):
        """Output of ``size`` bytes of a call whose last arguments are output and its size, or
        only the output if it is ``fixed``. Raises AssertionError unless the status is OK.
        """
        status, output = self.status_and_output(name, *arguments, size=size, fixed=fixed)
        assert status == 0, f"{name} returned {status}"
        return output

    def status_and_output(self, name, *arguments, size, fixed=False):
        """Likewise, with the status; the output is b"" if it is as it was."""
        memory = ctypes.create_string_buffer(_GUARD * (size // 8 + 3))
        before = memory.raw
        address = ctypes.c_void_p(ctypes.addressof(memory) + len(_GUARD))
        status = getattr(self, name)(*arguments, address, *[] if fixed else [size])
        start, end = memory.raw[:len(_GUARD)], memory.raw[len(_GUARD) + size:]
        assert start == _GUARD and end == before[len(_GUARD) + size:], f"{name} wrote outside"
        changed = memory.raw != before
        return status, memory.raw[len(_GUARD):len(_GUARD) + size] if changed else b""


def family():
    """The library as it is."""
    return Family(load("family", [*SOURCES, STAND_IN]))


def family_with_mistake(folder, old, new):
    """The library with a mistake, see `with_mistake`."""
    return Family(load("family", [*with_mistake(folder, SOURCES, old, new), STAND_IN]))
