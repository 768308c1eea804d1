"""Runs a program on the instruction-set model: ``python -m sim.iss program.elf``.

Results are exact, times are not: see `sim.iss.chip`.
"""

import argparse
import sys
import time

from sim.iss.chip import run_elf
from sim.iss.csr import Csr
from sim.traps import describe_trap
from soc.configuration import PRESETS, preset

_NOT_ENDED = 124  # as timeout(1) says it


def main(arguments=None):
    """The command; returns the program's exit code, or 124 when it did not end."""
    parser = argparse.ArgumentParser(prog="python -m sim.iss", description=__doc__)
    parser.add_argument("elf")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="large")
    parser.add_argument("--limit", type=int, default=100_000_000, metavar="INSTRUCTIONS")
    options = parser.parse_args(arguments)
    begin = time.perf_counter()
    result = run_elf(options.elf, preset(options.preset), limit=options.limit)
    seconds = time.perf_counter() - begin
    print(result.text, end="", flush=True)
    code = result.exit_code
    if code is None:
        hart = result.chip.hart
        last = describe_trap(*map(hart.csrs.read, (Csr.MCAUSE, Csr.MEPC, Csr.MTVAL)))
        print(f"{options.elf} did not end within {options.limit} instructions; it is at "
              f"{hart.pc:#010x}, its last trap: {last}", file=sys.stderr)
        code = _NOT_ENDED
    print(f"{result.retired} instructions, {result.retired / seconds:,.0f} a second, "
          f"exit code {code}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
