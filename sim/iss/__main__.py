"""Runs an ELF file on the instruction-set model: ``python -m sim.iss program.elf``."""

import argparse
import sys
import time

from sim.iss.machine import Machine, MachineError
from soc.configuration import PRESETS, preset


def main(arguments=None):
    """The command; returns the program's exit code, 124 when it does not end."""
    parser = argparse.ArgumentParser(prog="python -m sim.iss", description=__doc__)
    parser.add_argument("elf")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="large")
    parser.add_argument("--limit", type=int, default=100_000_000, metavar="INSTRUCTIONS")
    options = parser.parse_args(arguments)

    def transmit(byte):
        sys.stdout.write(chr(byte))
        sys.stdout.flush()

    machine = Machine(preset(options.preset), transmit=transmit)
    machine.load(options.elf)
    begin = time.perf_counter()
    try:
        code = machine.run(options.limit)
    except MachineError as error:
        print(f"{options.elf}: {error}", file=sys.stderr)
        code = 124
    seconds = time.perf_counter() - begin
    retired = machine.hart.csrs.retired
    print(f"{retired} instructions, {retired / seconds:,.0f} a second, exit code {code}",
          file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
