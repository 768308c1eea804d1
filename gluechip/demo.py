"""``make run``: the digits demo on the simulated chip, its answers checked on this machine."""

import sys

from firmware.apps.digits import check
from firmware.build import build_app
from gluechip.progress import Progress
from sim.harness import verilator_environment
from sim.runner import run
from soc.configuration import preset

__all__ = ["demo"]


def demo(*, preset_name="reference", output=sys.stdout):
    """Builds what is needed, runs digits, checks logits and digest; returns the exit code.

    Raises: ValueError that says what differs, when an answer is wrong.
    """
    verilator_environment()  # tells what is missing before anything is built
    configuration = preset(preset_name)
    with Progress() as progress:
        progress("building the firmware: app digits")
        elf = build_app("digits", configuration)
        progress(None)
        result = run(elf, configuration, symbols=check.SYMBOLS, output=output, progress=progress)
    if result.status:
        for line in result.report():
            print(f"gluechip: {line}", file=sys.stderr)
        return result.status
    for line in check.check(result.uart_text, result.symbols):
        print(f"{line}: passed", file=output)
    print(f"simulated {result.cycles:,} cycles in {result.seconds:.1f} s "
          f"({result.cycles_per_second:,.0f} cycles per second)", file=output)
    return 0
