"""The matmul coprocessor: the datapath in its shell."""

from coprocessors.matmul.datapath import MatmulDatapath
from coprocessors.shell.coprocessor import Coprocessor

__all__ = ["Matmul"]


class Matmul(Coprocessor):
    """Matrix products on a systolic array, with the registers of a `Coprocessor`.

    Parameters:
        array_rows, array_columns, requantizer_lanes, network_jobs : as for `MatmulDatapath`.
        dma_region, source_index, dependencies, and others : as for `Coprocessor`.
    Members, Timing, Raises: those of `Coprocessor` and `MatmulDatapath`.
    """

    def __init__(self, *, array_rows, array_columns, requantizer_lanes, dma_region,
                 network_jobs=True, source_index=0, dependencies=2, **others):
        super().__init__(
            MatmulDatapath(array_rows=array_rows, array_columns=array_columns,
                           requantizer_lanes=requantizer_lanes, network_jobs=network_jobs),
            name="matmul", dma_region=dma_region, source_index=source_index,
            dependencies=dependencies, **others)
