"""Which coprocessors the chip has: their tables, and their gateware for a configuration."""

from coprocessors.keccak.coprocessor import KeccakCoprocessor
from coprocessors.keccak.datapath import KeccakDatapath
from coprocessors.matmul.coprocessor import Matmul
from coprocessors.matmul.datapath import MatmulDatapath
from coprocessors.shell.table import ShellTables

__all__ = ["COPROCESSOR_TABLES", "make_coprocessors"]


COPROCESSOR_TABLES = {
    name: ShellTables(name, doc, tuple(datapath.descriptor), datapath.kind, datapath.version).whole
    for name, doc, datapath in (
        ("matmul", "Multiplies matrices of 8-bit integers.", MatmulDatapath),
        ("keccak", "Hashes: SHA-3, SHAKE and the original Keccak.", KeccakDatapath),
    )}
"""Table of each coprocessor. Their order is the number by which a job waits for another's job."""


def make_coprocessors(configuration, dma_region):
    """{name: Coprocessor} in the order of COPROCESSOR_TABLES; all reach only ``dma_region``."""
    def in_the_chip(name):
        return {"dma_region": dma_region, "source_index": list(COPROCESSOR_TABLES).index(name),
                "dependencies": len(COPROCESSOR_TABLES)}

    return {
        "matmul": Matmul(array_rows=configuration.array_rows,
                         array_columns=configuration.array_columns,
                         requantizer_lanes=configuration.requantizer_lanes,
                         **in_the_chip("matmul")),
        "keccak": KeccakCoprocessor(**in_the_chip("keccak")),
    }
