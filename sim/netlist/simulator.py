"""Simulates a synthesized netlist, cell by cell, without compiling it.

A netlist of a chip has tens of thousands of logic cells. To compile them takes many minutes; to
interpret them takes none, and a changed netlist runs at once. Only the block RAMs and multipliers
are compiled, from our Verilog models of them.
"""

import ctypes
import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

import numpy as np

from sim.harness import BUILD_DIR, verilator_environment
from sim.netlist.cells import HIGH, LOW
from sim.models import DSP_MODEL, MEMORY_MODEL

__all__ = ["Netlist"]


_SOURCE = Path(__file__).with_name("simulator.cpp")

# The order is that of the numbers in simulator.cpp.
_TABLES = ("luts", "carries", "rams", "early", "late", "groups", "flipflops", "block_inputs",
           "block_outputs")

_OPTIONS = ("--cc", "--exe", "--build", "-j", "0", "-Mdir", "obj", "--prefix", "Vblocks",
            "--top-module", "blocks", "--x-assign", "fast", "--x-initial", "fast", "--no-timing",
            "--no-assert", "-Wno-fatal", "-Wno-lint", "-Wno-style", "-Wno-MULTIDRIVEN",
            "-CFLAGS", "-std=c++17 -fPIC", "-LDFLAGS", "-shared", "-o", "netlist.so",
            "-MAKEFLAGS", "VK_PCH_I_FAST= VK_PCH_I_SLOW= OPT_FAST=-O2 OPT_SLOW=-O0 OPT_GLOBAL=-O1")


class Netlist:
    """The chip that ``tables`` (Tables) describe, as it is after configuration.

    Timing: one clock. Raises: RuntimeError with the remedy when a tool is missing.

    Members: outputs and inputs are reached by the names of the ports: ``netlist["rst"] = 1``.
    """

    def __init__(self, tables):
        self._library = _load(_build(tables.blocks))
        self._ports, self._inputs = tables.ports, tables.inputs
        self._handle = self._library.netlist_new(tables.net_count)
        for number, name in enumerate(_TABLES):
            rows = getattr(tables, name)
            words = np.array(rows, dtype=np.uint32)
            self._library.netlist_table(self._handle, number, words.ctypes.data_as(_WORDS),
                                        len(rows))
        self._library.netlist_start(self._handle)
        self._values = np.ctypeslib.as_array(self._library.netlist_values(self._handle),
                                             (tables.net_count,))

    def __del__(self):
        self._library.netlist_delete(self._handle)

    def __getitem__(self, port):
        return sum(int(self._values[net]) << bit for bit, net in enumerate(self._ports[port]))

    def __setitem__(self, port, value):
        if port not in self._inputs:
            raise ValueError(f"port must be one of {', '.join(sorted(self._inputs))}, not {port}")
        for bit, net in enumerate(self._ports[port]):
            self._values[net] = value >> bit & 1

    def run(self, cycles, *, until=None, watch=None):
        """Runs ``cycles`` clock cycles, or until the one in which the output ``until`` is 1.

        Returns an array of what the one-bit output ``watch`` was at the end of each cycle, which is
        as long as the run was.
        """
        samples = np.zeros(cycles, dtype=np.uint8)
        done = self._library.netlist_run(
            self._handle, cycles, self._ports[until][0] if until else LOW,
            self._ports[watch][0] if watch else HIGH, samples.ctypes.data_as(_BYTES))
        return samples[:done]


_WORDS = ctypes.POINTER(ctypes.c_uint32)
_BYTES = ctypes.POINTER(ctypes.c_uint8)


def _load(path):
    """The functions of simulator.cpp."""
    library = ctypes.CDLL(str(path))
    for name, result, arguments in (
            ("new", ctypes.c_void_p, [ctypes.c_uint32]),
            ("table", None, [ctypes.c_void_p, ctypes.c_uint, _WORDS, ctypes.c_uint32]),
            ("start", None, [ctypes.c_void_p]),
            ("values", _BYTES, [ctypes.c_void_p]),
            ("run", ctypes.c_uint64, [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32,
                                      ctypes.c_uint32, _BYTES]),
            ("delete", None, [ctypes.c_void_p])):
        function = getattr(library, f"netlist_{name}")
        function.restype, function.argtypes = result, arguments
    return library


def _build(blocks):
    """Path of the library for a netlist with these ``blocks`` (str of Verilog)."""
    digest = hashlib.sha256(repr((blocks, _OPTIONS)).encode())
    for source in (_SOURCE, MEMORY_MODEL, DSP_MODEL):
        digest.update(source.read_bytes())
    directory = BUILD_DIR / "netlist" / digest.hexdigest()[:16]
    directory.mkdir(parents=True, exist_ok=True)
    library = directory / "obj" / "netlist.so"
    environment = verilator_environment()
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not library.exists():
            (directory / "blocks.v").write_text(blocks)
            command = [str(Path(environment["VERILATOR_ROOT"]) / "bin" / "verilator"), *_OPTIONS,
                       "blocks.v", *(str(path) for path in (MEMORY_MODEL, DSP_MODEL, _SOURCE))]
            with (directory / "build.log").open("w") as log:
                code = subprocess.run(command, cwd=directory, env={**os.environ, **environment},
                                      stdout=log, stderr=subprocess.STDOUT).returncode
            if code != 0:
                raise RuntimeError(f"Verilator could not build the simulator: see {log.name}")
    return library
