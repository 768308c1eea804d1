"""Figures of matrix products: how full the array is, and where the other cycles go."""

import re
from dataclasses import dataclass

from coprocessors.shell.table import JOB_QUEUE_DEPTH
from gluechip.matmul_bound import bound_cycles

__all__ = ["Product", "products", "table"]


_LINE = re.compile(r"^bench matmul (\d+) (\d+) (\d+) busy=(\d+) input=(\d+) output=(\d+) "
                   r"queue=(\d+) cycles=(\d+) call=(\d+) cpu=(\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Product:
    """One product on one chip: int8 in, requantised int8 out, operands in RAM.

    Members:
        m, n, k : int. rows, columns, lanes : int, of the array and its requantizers.
        cycles : int, from the store to START until the program can use the result.
        busy, input, output : int, what the coprocessor counted: cycles in which it had the job,
            and of them those without a step for want of operands, and because of results that had
            not left.
        queue : int, cycles of JOB_QUEUE_DEPTH such jobs that may overlap.
        call, cpu : int, cycles of the whole C call, and of its twin on the core.
    """

    m: int
    n: int
    k: int
    rows: int
    columns: int
    lanes: int
    busy: int
    input: int
    output: int
    queue: int
    cycles: int
    call: int
    cpu: int

    @property
    def macs(self):
        """Products."""
        return self.m * self.n * self.k

    @property
    def steps(self):
        """Cycles in which the array is fed."""
        return -(-self.m // self.rows) * -(-self.n // self.columns) * self.k

    @property
    def lost(self):
        """{cause: cycles}, which with those of a full array are ``cycles``.

        ``edges``: elements beyond the edges of C. ``input``, ``output``: as counted. ``joint``: the
        start and the end of the job, and learning of it.
        """
        full = self.macs / (self.rows * self.columns)
        return {"edges": self.steps - full, "input": self.input, "output": self.output,
                "joint": self.cycles - self.steps - self.input - self.output}

    @property
    def gap(self):
        """Cycles between the steps of one job and of the next, in a queue of jobs that overlap."""
        return (self.queue - self.cycles) / (JOB_QUEUE_DEPTH - 1) - self.steps

    @property
    def figures(self):
        """{what: number} for the file."""
        peak = self.macs / (self.rows * self.columns * self.cycles)
        return {
            "cycles": self.cycles, "call_cycles": self.call, "peak_fraction": round(peak, 4),
            "bound_fraction": round(bound_cycles(self) / self.cycles, 4),
            **{f"lost.{cause}": round(cycles) for cause, cycles in self.lost.items()},
            "queued_gap": round(self.gap, 1),
            "cpu_cycles_per_mac": round(self.cpu / self.macs, 3),
            "speedup": round(self.cpu / self.call, 1),
        }


def products(text, configuration):
    """The Products in what ``offload`` prints, of a chip of ``configuration``."""
    array = (configuration.array_rows, configuration.array_columns,
             configuration.requantizer_lanes)
    return [Product(*numbers[:3], *array, *numbers[3:])
            for numbers in (tuple(map(int, found)) for found in _LINE.findall(text))]


def table(found):
    """Lines of a table of Products."""
    names = ("cycles", "of peak", "of bound", "edges", "input", "output", "joint", "gap", "call")
    lines = [f"{'m x n x k':>14}" + "".join(f"{name:>9}" for name in names)]
    for p in found:
        figures, lost = p.figures, p.lost
        columns = (p.cycles, f"{100 * figures['peak_fraction']:.1f} %",
                   f"{100 * figures['bound_fraction']:.1f} %",
                   *(round(lost[cause]) for cause in ("edges", "input", "output", "joint")),
                   figures["queued_gap"], p.call)
        lines.append(f"{f'{p.m} x {p.n} x {p.k}':>14}"
                     + "".join(f"{column:>9}" for column in columns))
    return lines
