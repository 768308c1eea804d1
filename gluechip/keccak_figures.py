"""Figures of hashes: what share of the limit each reaches, and where the other cycles go."""

import re
from dataclasses import dataclass

from coprocessors.keccak.model import LANE_BYTES, ROUNDS
from soc.fabric.dma import WORD_BYTES

__all__ = ["RATE_BYTES", "Hash", "hashes", "table"]


RATE_BYTES = {"sha3_256": 136, "keccak_256": 136, "sha3_512": 72, "shake128": 168, "shake256": 136}
"""Bytes that a permutation absorbs, or gives."""

_LINE = re.compile(r"^bench keccak (\w+) (\d+)x(\d+):(\d+) busy=(\d+) input=(\d+) output=(\d+) "
                   r"cycles=(\d+) call=(\d+) cpu=(\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Hash:
    """One job on a chip whose coprocessor makes ``rounds_per_cycle`` rounds in a cycle.

    Members:
        function : str. count, length, output_length : int, messages, bytes of each and of its
            output. rounds_per_cycle : int.
        cycles : int, from the store to START until the program can use the result.
        busy, input, output : int, what the coprocessor counted: cycles in which it had the job, and
            of them those in which nothing was permuted for want of data, and because of output that
            had not left.
        call, cpu : int, cycles of the whole C call, and of its twin on the core.
    """

    function: str
    count: int
    length: int
    output_length: int
    rounds_per_cycle: int
    busy: int
    input: int
    output: int
    cycles: int
    call: int
    cpu: int

    @property
    def name(self):
        """What the line is called: by its length, its length of output, or its messages."""
        if self.count > 1:
            return f"{self.function}.{self.count}x{self.length}"
        if self._is_long_output:
            return f"{self.function}.output_{self.output_length}"
        return f"{self.function}.{self.length}"

    @property
    def _is_long_output(self):
        return self.count == 1 and self.output_length > RATE_BYTES[self.function]

    @property
    def size(self):
        """Bytes that count: of all messages, or of the output where that is what is long."""
        return self.output_length if self._is_long_output else self.count * self.length

    @property
    def _permutation(self):
        return ROUNDS // self.rounds_per_cycle

    @property
    def limit(self):
        """Cycles in which the job could be done: of a permutation for each rate of bytes, or of the
        DMA port, which moves 8 bytes a cycle, for bytes in or bytes out; of many messages, of all
        their permutations, or of the port for all bytes in and out."""
        rate = RATE_BYTES[self.function]
        if self.count == 1:
            return self.size / min(WORD_BYTES, rate / self._permutation)
        blocks = self.length // rate + 1
        return self.count * max(blocks * self._permutation,
                                (self.length + self.output_length) / WORD_BYTES)

    @property
    def work(self):
        """Cycles of all blocks: each takes its permutation, or one a lane where that is more."""
        rate = RATE_BYTES[self.function]
        blocks = self.length // rate + max(1, -(-self.output_length // rate))
        lanes = rate // LANE_BYTES if blocks > 1 else 0
        return max(self.count * blocks * max(self._permutation, lanes), self.limit)

    @property
    def lost(self):
        """{cause: cycles}, which with ``limit`` are ``cycles``.

        ``blocks``: the parts of blocks that are padding, and for a long message or output the
        blocks of the other. ``input``, ``output``: as counted. ``buffer``: while it fills before
        the first permutation, empties behind the last one, and is not free in between. ``joint``:
        the start and the end of the job, and learning of it.
        """
        return {"blocks": self.work - self.limit, "input": self.input, "output": self.output,
                "buffer": self.busy - self.work - self.input - self.output,
                "joint": self.cycles - self.busy}

    @property
    def figures(self):
        """{what: number} for the file."""
        figures = {
            "cycles": self.cycles, "call_cycles": self.call,
            "bytes_per_cycle": round(self.size / self.cycles, 4),
            "limit_fraction": round(self.limit / self.cycles, 4),
            **{f"lost.{cause}": round(cycles) for cause, cycles in self.lost.items()},
            "speedup": round(self.cpu / self.call, 1),
        }
        if self.size:
            figures["cpu_cycles_per_byte"] = round(self.cpu / self.size, 2)
        if self.count > 1:
            figures["cycles_per_message"] = round(self.cycles / self.count, 2)
        return figures


def hashes(text, configuration):
    """The Hashes in what ``offload`` prints, of a chip of ``configuration``."""
    return [Hash(function, *map(int, sizes), configuration.keccak_rounds_per_cycle,
                 *map(int, counts))
            for function, *numbers in _LINE.findall(text)
            for sizes, counts in [(numbers[:3], numbers[3:])]]


def table(found):
    """Lines of a table of Hashes."""
    causes = ("blocks", "input", "output", "buffer", "joint")
    lines = [f"{'function, bytes':>24}" + "".join(f"{name:>9}" for name in (
        "cycles", "of limit", *causes, "call"))]
    for each in found:
        columns = (each.cycles, f"{100 * each.figures['limit_fraction']:.1f} %",
                   *(round(each.lost[cause]) for cause in causes), each.call)
        lines.append(f"{each.name:>24}" + "".join(f"{column:>9}" for column in columns))
    return lines
