"""How fast the blocks of the chip are, each placed and routed alone."""

from dataclasses import replace

from boards.blocks import block
from boards.board import BOARDS
from boards.floorplan import array_sites
from boards.place_and_route import route_seeds
from boards.synthesis import synthesize
from cpu.bit_manipulation import EXTENSIONS
from cpu.options import PMP_ENTRIES
from soc.resources import lut_sites
from soc.verilog import synthesizable_verilog

__all__ = ["measure_block", "measure_switches"]

_GOAL_MHZ = 150.0  # what nextpnr is asked for: more than any block reaches, so that it tries on


_SWITCHES = {
    **{name: {"extensions": (name,)} for name in EXTENSIONS},
    "extensions": {"extensions": tuple(EXTENSIONS)},
    **{f"pmp_{entries}": {"pmp_entries": entries} for entries in PMP_ENTRIES},
    "debug": {"debug": True},
}
"""What may be switched on in the core; all PMPs come with user mode."""


def measure_switches(configuration, directory, *, report=print):
    """What each switch of the core takes, as synthesized alone on the core that has nothing else.

    Returns a flat dict: ``sites.plain``, LUT4 sites of the core with its memories and all switches
    off, and ``sites.<switch>`` that each adds. Raises: ToolError.
    """
    plain = replace(configuration, extensions=(), pmp_entries=None, debug=False)

    def sites(**switch):
        report(f"synthesizing core with {switch or 'nothing else'}")
        verilog = synthesizable_verilog(block("core", replace(plain, **switch)), "block")
        return lut_sites(synthesize(verilog, "block", directory).cells)

    base = sites()
    return {"sites.plain": base,
            **{f"sites.{name}": sites(**switch) - base for name, switch in _SWITCHES.items()}}


def measure_block(name, configuration, directory, *, device=BOARDS["ulx3s-85f"].device,
                  seeds=range(1, 9), report=print):
    """Places and routes the block ``name`` out of context; returns its figures as a flat dict.

    Parameters:
        name          : str, as `boards.blocks.block` knows it.
        configuration : Configuration of the chip that it is a block of.
        directory     : Path, for the files of the tools.
        device        : `Device`, LFE5U-85F of speed grade 6 unless told.
        seeds         : ints for nextpnr; two run at a time.
        report        : callable that takes each line of progress.
    Keys: ``lut_sites`` (LUT4 + 2 CCU2C + 6 DPR16X4), ``lut4``, ``ff``, ``dsp``, ``block_ram``,
        ``fmax_mhz.seed<N>``, ``fmax_mhz.worst``, ``critical_path`` (of the worst seed, in words).
    Raises: ToolError; ValueError for an unknown block.
    """
    report(f"synthesizing {name} of {configuration.name}")
    verilog = synthesizable_verilog(block(name, configuration), "block")
    result = synthesize(verilog, "block", directory)
    sites = None
    if name in ("matmul", "array"):
        sites = array_sites(configuration.array_rows, configuration.array_columns, device.size)

    runs = route_seeds(result, device, seeds=seeds, report=report, frequency_mhz=_GOAL_MHZ,
                       sites=sites, out_of_context=True)
    worst = min(runs, key=lambda run: run.fmax_mhz)
    return {
        "lut_sites": lut_sites(result.cells),
        **{key: result.cells.get(cell, 0) for key, cell in (
            ("lut4", "LUT4"), ("ff", "TRELLIS_FF"), ("dsp", "MULT18X18D"),
            ("block_ram", "DP16KD"))},
        **{f"fmax_mhz.seed{run.seed}": run.fmax_mhz for run in runs},
        "fmax_mhz.worst": worst.fmax_mhz,
        "critical_path": worst.critical_path,
    }
