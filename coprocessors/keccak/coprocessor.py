"""The Keccak coprocessor: the shell around its datapath."""

from coprocessors.keccak.datapath import KeccakDatapath
from coprocessors.shell.coprocessor import Coprocessor

__all__ = ["KeccakCoprocessor"]


class KeccakCoprocessor(Coprocessor):
    """`Coprocessor` around `KeccakDatapath`.

    Parameters: rounds_per_cycle : int, 1 or 2; others as in `Coprocessor`.
    Members, Timing: those of `Coprocessor`.
    Raises:     ValueError for parameters out of range.
    """

    def __init__(self, *, rounds_per_cycle=1, **others):
        super().__init__(KeccakDatapath(rounds_per_cycle=rounds_per_cycle), name="keccak",
                         **others)
