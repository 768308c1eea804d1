"""Which coprocessors the chip has: their tables, and their gateware for a configuration."""

from amaranth.hdl import Signal

from coprocessors.keccak.coprocessor import KeccakCoprocessor
from coprocessors.keccak.datapath import KeccakDatapath
from coprocessors.matmul.coprocessor import Matmul
from coprocessors.matmul.datapath import MatmulDatapath
from coprocessors.shell.datapath import descriptor_layout
from coprocessors.shell.table import ShellTables

__all__ = ["COPROCESSOR_TABLES", "make_coprocessor", "operand_names"]


_DATAPATHS = {
    "matmul": ("Multiplies matrices of 8-bit integers.", MatmulDatapath),
    "keccak": ("Hashes: SHA-3, SHAKE and the original Keccak.", KeccakDatapath),
}

COPROCESSOR_TABLES = {
    name: ShellTables(name, doc, tuple(datapath.descriptor), datapath.kind, datapath.version).whole
    for name, (doc, datapath) in _DATAPATHS.items()}
"""Table of each coprocessor. Their order is the number by which a job waits for another's job."""


_READ_WORDS = 16
_EXTERNAL_READ_WORDS = 32  # which cover a longer latency


def make_coprocessor(name, configuration, chip):
    """The `Coprocessor` called ``name`` in COPROCESSOR_TABLES.

    Of the MemoryMap ``chip`` it reaches RAM, and reads external memory.
    """
    place = {"dma_region": chip.ram, "read_only_region": chip.external,
             "read_words": _EXTERNAL_READ_WORDS if chip.external else _READ_WORDS,
             "source_index": list(COPROCESSOR_TABLES).index(name),
             "dependencies": len(COPROCESSOR_TABLES)}
    if name == "keccak":
        return KeccakCoprocessor(rounds_per_cycle=configuration.keccak_rounds_per_cycle, **place)
    return Matmul(array_rows=configuration.array_rows, array_columns=configuration.array_columns,
                  requantizer_lanes=configuration.requantizer_lanes,
                  network_jobs=configuration.network_jobs, **place)


def operand_names(name):
    """What the operands of the jobs of the coprocessor ``name`` are called, in their order."""
    _, datapath = _DATAPATHS[name]
    job = Signal(descriptor_layout(datapath.descriptor))
    return [operand.name for operand in datapath.operands(job)]
