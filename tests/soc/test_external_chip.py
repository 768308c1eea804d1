"""External memory on the whole chip, real and functional, and what the cycle table says of it."""

import re
from pathlib import Path

from firmware.build import build_app
from gluechip.cycles import account
from sim.iss.chip import run_elf
from sim.runner import run
from tests.external_chip import EXTERNAL_CHIP

_PROGRAM = Path(__file__).resolve().parent / "programs" / "external.c"


def _expected():
    comment = re.match(r"/\*.*?Output:\n(.*?)\*/", _PROGRAM.read_text(), re.DOTALL)[1]
    *lines, last = comment.strip().splitlines()
    return lines, int(last.removeprefix("exit: "))


def test_on_the_functional_chip():
    result = run_elf(build_app(_PROGRAM, EXTERNAL_CHIP), EXTERNAL_CHIP, limit=2_000_000)
    assert (result.text.splitlines(), result.exit_code) == _expected()


def test_a_file_lies_there(tmp_path):
    source = tmp_path / "sum.c"
    source.write_text("""
#include <gluechip/hardware.h>
int main(void)
{
    const volatile unsigned char *const file = (unsigned char *)GLUECHIP_EXTERNAL_BASE;
    return file[0] + 2 * file[4094] + 3 * file[4095] + file[4096];
}
""")
    result = run(build_app(source, EXTERNAL_CHIP), EXTERNAL_CHIP, max_cycles=100_000,
                 external=b"\1" + bytes(4093) + b"\2\3")
    assert result.exit_code == 1 + 4 + 9


def test_on_the_real_chip():
    """And every cycle is the cycle table's, with the wait of loads from external memory."""
    result = run(build_app(_PROGRAM, EXTERNAL_CHIP), EXTERNAL_CHIP, max_cycles=2_000_000,
                 profile=True)
    assert (result.uart_text.splitlines(), result.exit_code) == _expected()
    assert not result.conflicts
    count, cycles = account(result, EXTERNAL_CHIP).classes["load_external"]
    assert count > 1024 / 4  # as many as memcpy() needs
    assert cycles == count * (3 + EXTERNAL_CHIP.external_timing.load_wait_cycles)
