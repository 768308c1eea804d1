"""Where a debugger finds a running simulation."""

import socket
import sys
from pathlib import Path

from sim.jtag import halt_from_reset

__all__ = ["DebugServer"]


_OPENOCD = Path(__file__).resolve().parents[1] / "openocd.cfg"

class DebugServer:
    """A port of this machine, and of no other, that speaks OpenOCD's remote_bitbang protocol.

    Parameters: port : int, 0 for any free one; halt : bool, halt the core before its first
        instruction; report : callable that takes a line.
    Members: port, descriptor (of the socket that listens) : int.
    Raises: ValueError when the port is not one or cannot be had.
    """

    def __init__(self, port, *, halt=True,
                 report=lambda line: print(f"gluechip: {line}", file=sys.stderr, flush=True)):
        if not 0 <= port <= 65535:
            raise ValueError(f"JTAG port must be from 0 to 65535, not {port}")
        self._halt, self._report = halt, report
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind(("127.0.0.1", port))
        except OSError as error:
            raise ValueError(f"JTAG port must be a free one, not {port} ({error.strerror}): choose "
                             "another, or 0 for any") from None
        self._socket.listen(1)
        self.port = self._socket.getsockname()[1]
        self.descriptor = self._socket.fileno()

    def arguments(self):
        """What the simulator is told."""
        start = ["--jtag-start", halt_from_reset()] if self._halt else []
        return ["--jtag", self.descriptor, *start]

    def announce(self, elf):
        """Tells how to attach to the program in the file ``elf``."""
        state = "halted before its first instruction" if self._halt else "running"
        self._report(f"{state}; attach with: openocd -c 'set PORT {self.port}' -f {_OPENOCD}, "
                     f"then: gdb-multiarch {elf} -ex 'target extended-remote :3333'")
