"""OpenOCD and GDB, where they are installed, debug `digits` on the fast runner."""

import contextlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from firmware.build import build_app
from sim.jtag import (
    DMI_BITS, HALT_REQUEST, READ, RESET, WRITE, Edge, bitbang, data_scan, dmi_word,
    instruction_scan,
)
from sim.runner import run
from sim.runner.debug_server import DebugServer
from soc.configuration import preset
from soc.debug.module import DMCONTROL, DMSTATUS
from soc.debug.tap import Instruction

_ROOT = Path(__file__).resolve().parents[3]
_CHIP = preset("reference")
_GDB = next(filter(shutil.which, ("gdb-multiarch", "riscv64-unknown-elf-gdb")), None)
_AUTHENTICATED = 1 << 7
_RESUME_REQUEST, _NDMRESET = 1 << 30 | 1, 1 << 1 | 1
_SECONDS = 240  # in which a session must end

_installed = pytest.mark.skipif(
    not (shutil.which("openocd") and _GDB),
    reason="openocd or gdb-multiarch not found: install them with `apt install openocd "
    "gdb-multiarch`")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def _simulation(elf, **options):
    """Runs ``elf`` with a debug server beside the test; gives (server, list for the result)."""
    lines, results = [], []
    server = DebugServer(0, report=lines.append, **options)
    thread = threading.Thread(target=lambda: results.append(
        run(elf, _CHIP, max_cycles=50_000_000, debugger=server)), daemon=True)
    thread.start()
    while not lines and thread.is_alive():
        time.sleep(0.05)
    assert f"set PORT {server.port}" in lines[0] and str(elf) in lines[0]
    yield server, results
    thread.join(_SECONDS)
    assert results, "the simulation must end when the program does"


@contextlib.contextmanager
def _openocd(server):
    """OpenOCD between ``server`` and a port for GDB, which it gives."""
    port = _free_port()
    setup = f"set PORT {server.port}; gdb_port {port}; telnet_port disabled; tcl_port disabled"
    command = ["openocd", "-c", setup, "-f", str(_ROOT / "sim" / "openocd.cfg")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True) as openocd:
        try:
            for line in openocd.stdout:
                if f"Listening on port {port} for gdb" in line:
                    break
            else:
                raise AssertionError("OpenOCD must find the core")
            yield port
        finally:
            openocd.terminate()


def _session(elf, port, commands):
    """What GDB says to ``commands``."""
    words = [_GDB, "-batch", "-nx", "-ex", "set pagination off", "-ex", "set width 0",
             "-ex", f"target extended-remote :{port}"]
    for command in commands:
        words += ["-ex", command]
    return subprocess.run([*words, str(elf)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=_SECONDS).stdout


@_installed
def test_gdb_debugs_digits():
    """The session of docs/debugging.md: breakpoint, stack, registers, steps, watchpoint, print."""
    elf = build_app("digits", _CHIP)
    with _simulation(elf) as (server, results), _openocd(server) as port:
        text = _session(elf, port, [
            "info registers pc", "watch images[3]", "continue", "print/x images[3]", "delete 1",
            "break classify", "continue", "backtrace", "info registers", "stepi", "step",
            "print backend", "delete", "tbreak gluechip_exit", "continue", "print code",
            "monitor reg mstatus", "monitor mdw 0x10000000", "detach"])
    for pattern in (
            r"pc\s+0x80000000\s", r"Hardware watchpoint 1: images\[3\]",
            r"Old value = 0 .*\n+New value = 15 .*\n+unpack_images \(\)", r"\$1 = 0xf",
            r"Breakpoint 2, classify \(backend=", r"#1 .* main \(\)", r"t6 +0x",
            r"\$2 = GLUECHIP_BACKEND_COPROCESSOR", r"gluechip_exit \(code=0\)", r"\$3 = 0",
            r"mstatus \(/32\): 0x", r"0x10000000: 47435031"):
        assert re.search(pattern, text), f"{pattern}\n{text}"
    [result] = results
    assert (result.reason, result.exit_code) == ("exit", 0), result.report()
    assert "Gluechip digits" in result.uart_text


@_installed
def test_gdb_attaches_to_a_program_that_runs():
    """It writes a variable of a program in an endless loop, which then ends."""
    elf = build_app(_ROOT / "tests/sim/runner/programs/wait_for_debugger.c", _CHIP)
    with _simulation(elf, halt=False) as (server, results), _openocd(server) as port:
        text = _session(elf, port, ["backtrace", "set variable released = 7", "detach"])
    assert "main ()" in text, text
    [result] = results
    assert (result.reason, result.exit_code) == ("exit", 7), result.report()


class _Client:
    """A debugger without OpenOCD: accesses to the debug module over the socket."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.sendall(bitbang([*RESET, *instruction_scan(Instruction.DMI)]).encode())

    def access(self, operation, address, value=0):
        """What the access gave."""
        for word in (dmi_word(operation, address, value), 0):
            self._socket.sendall(bitbang(data_scan(word, DMI_BITS), read=True).encode())
            answer = b""
            while len(answer) < DMI_BITS:
                answer += self._socket.recv(DMI_BITS - len(answer))
        return int(answer[::-1], 2) >> 2 & 0xFFFF_FFFF

    def send(self, *values, idle=0):
        """Writes ``values`` to dmcontrol, with so many cycles of TCK between, and asks nothing."""
        edges = []
        for value in values:
            edges += data_scan(dmi_word(WRITE, DMCONTROL, value), DMI_BITS) + [Edge(0)] * idle
        self._socket.sendall(bitbang(edges).encode())

    def close(self):
        self._socket.close()


def test_a_program_locks_the_debugger_out():
    elf = build_app(_ROOT / "tests/sim/runner/programs/lock_debug.c", _CHIP)
    with _simulation(elf, halt=False) as (server, results):
        client = _Client(server.port)
        client.access(WRITE, DMCONTROL, 1)
        while client.access(READ, DMSTATUS) & _AUTHENTICATED:
            pass
        client.access(WRITE, DMCONTROL, HALT_REQUEST)
        assert client.access(READ, DMSTATUS) == 1 << 5 | 2
        client.close()
    [result] = results
    assert (result.reason, result.exit_code) == ("exit", 5), result.report()


def test_a_reset_leaves_no_job_to_look_out_for():
    elf = build_app(_ROOT / "tests/sim/runner/programs/reset_with_jobs.c", _CHIP)
    with _simulation(elf) as (server, results):
        client = _Client(server.port)
        client.send(_RESUME_REQUEST, _NDMRESET, 1, 0, idle=1000)
        client.close()
    [result] = results
    assert result.uart_text == "before\nafter\n"
    assert not result.conflicts and result.status == 0, result.report()


@contextlib.contextmanager
def _halted_command():
    """`gluechip run --jtag`; gives it and its port."""
    command = [sys.executable, "-m", "gluechip", "run", "hello", "--jtag", "0", "--quiet"]
    with subprocess.Popen(command, cwd=_ROOT, stderr=subprocess.PIPE, text=True) as gluechip:
        line = gluechip.stderr.readline()
        assert "halted before its first instruction" in line
        yield gluechip, int(re.search(r"set PORT (\d+)", line)[1])


def test_a_client_that_takes_no_answers_can_be_interrupted():
    """It asks for more than the buffers of the connection hold."""
    with (_halted_command() as (gluechip, port),
          socket.create_connection(("127.0.0.1", port)) as client):
        client.settimeout(1)
        with contextlib.suppress(TimeoutError):
            while True:
                client.sendall(b"R" * 65536)
        gluechip.send_signal(2)
        assert gluechip.wait(30) == 130


def test_a_halted_core_stands_still_until_it_is_interrupted():
    """No cycle passes while nobody asks for one; SIGINT ends the run."""
    with _halted_command() as (gluechip, _):
        time.sleep(1)
        gluechip.send_signal(2)
        told = gluechip.stderr.read()
    assert gluechip.returncode == 130, told
    cycles = int(re.search(r"([\d,]+) cycles, 0 instructions", told)[1].replace(",", ""))
    assert cycles < 1000, told


def test_bad_ports_are_refused():
    with pytest.raises(ValueError, match="JTAG port must be from 0 to 65535, not 65536"):
        DebugServer(65536)
    taken = DebugServer(0)
    with pytest.raises(ValueError, match=f"JTAG port must be a free one, not {taken.port}"):
        DebugServer(taken.port)


def test_a_chip_without_a_debug_port_is_refused():
    chip = preset("small")
    with pytest.raises(ValueError, match="Chip small must have a debug port"):
        run(build_app("hello", chip), chip, debugger=DebugServer(0))
