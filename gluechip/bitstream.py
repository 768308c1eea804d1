"""From a board's name to its bitstream, with a program in the boot path."""

from boards.bitstream import DEFAULT_SEEDS, build_bitstream
from boards.board import board
from boards.jtagg import Jtagg
from firmware.build import boot_code, build_app
from sim.harness import BUILD_DIR
from sim.runner.image import load_image
from soc.configuration import preset
from soc.resources import check_fits
from soc.soc_map import memory_map
from soc.top import soc_verilog

__all__ = ["BAUD", "chip_with_program", "make_bitstream"]


BAUD = 115_200
"""Bits a second on the serial line of a board."""


def chip_with_program(app, configuration, *, scan_chain=None):
    """Verilog of the chip whose instruction memory holds the boot code and ``app``.

    ``scan_chain`` is what `Soc` takes.
    Raises: ValueError, RuntimeError, OSError as `build_app` and `load_image`.
    """
    elf = build_app(app, configuration)
    itcm = memory_map(configuration).itcm
    image = bytearray(itcm.size)
    end = 0
    for address, content in load_image(elf, configuration, boot_code(configuration)).segments:
        if address not in itcm:
            raise ValueError(f"{elf} must lie in ITCM to start without a loader, not at "
                             f"{address:#010x}")
        offset = address - itcm.base
        image[offset:offset + len(content)] = content
        end = max(end, offset + len(content))
    return soc_verilog(configuration, itcm_image=bytes(image[:end]),
                       scan_chain=scan_chain)


def make_bitstream(board_name, *, app="hello", clock_hz=50_000_000, seeds=DEFAULT_SEEDS,
                   report=print):
    """Builds ``build/<board>/gluechip.bit`` and ``report.json``; returns the report as a dict.

    Parameters: see `build_bitstream`; ``app`` is what `build_app` takes.
    Raises: ValueError for an unknown board, a preset that does not fit, or a clock that no seed
        reaches; ToolError, RuntimeError when a tool is missing or fails.
    """
    target = board(board_name)
    configuration = preset(target.preset, clock_hz=clock_hz,
                           uart_divisor=round(clock_hz / BAUD))
    check_fits(configuration, target.part)
    verilog = chip_with_program(app, configuration,
                                scan_chain=Jtagg() if configuration.debug else None)
    return build_bitstream(target, configuration, verilog, BUILD_DIR / target.name, seeds=seeds,
                           report=report)
