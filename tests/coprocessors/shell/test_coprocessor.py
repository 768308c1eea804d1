"""The shell around a datapath that copies rows."""

import pytest

from coprocessors.shell.coprocessor import Coprocessor
from coprocessors.shell.datapath import JobError
from coprocessors.shell.table import ShellTables
from sim.harness import run_cocotb
from tests.coprocessors.loopback import Loopback
from tests.coprocessors.shell_behaviour import REGION, SOURCE, Driver, Job, behaviour_tests

LOWER, UPPER = REGION.base, REGION.base + REGION.size // 2


class LoopbackDriver(Driver):
    """Jobs of the loopback."""

    name = "loopback"
    kind, version = Loopback.kind, Loopback.version
    table = ShellTables("loopback", "Copies rows.", Loopback.descriptor).whole
    max_cycles = 400

    def component(self):
        return Coprocessor(Loopback(), name=self.name, dma_region=REGION, source_index=SOURCE,
                           dependencies=2)

    def job(self, rng, memory, *, size="short", source=None, destination=None):
        rows, row_bytes = {
            "short": (rng.randint(1, 6), rng.randint(1, 60)),
            "long": (20, rng.randint(200, 220)),
            "empty": rng.choice(((0, 5), (5, 0))),
        }[size]
        if source is not None or destination is not None:
            rows, row_bytes = 3, 24
        source_stride = row_bytes + rng.randint(0, 40)
        destination_stride = row_bytes + rng.randint(0, 40)
        if source is not None:
            source_stride = destination_stride = 32
        source = LOWER + rng.randrange(0x1000) if source is None else source
        destination = UPPER + rng.randrange(0x1000) if destination is None else destination
        job = self.copy(memory, source, destination, row_bytes, rows, source_stride,
                        destination_stride)
        return job

    def copy(self, memory, source, destination, row_bytes, rows, source_stride,
             destination_stride):
        """A job from its numbers."""
        expected = {}
        for row in range(rows if row_bytes else 0):
            expected[destination + row * destination_stride] = memory.read(
                source + row * source_stride, row_bytes)
        return Job({"source": source, "destination": destination, "row_bytes": row_bytes,
                    "rows": rows, "source_stride": source_stride,
                    "destination_stride": destination_stride}, expected,
                   rows * row_bytes, rows * row_bytes)

    def span(self, job):
        return 2 * 32 + 24, 2 * 32 + 24

    def illegal_job(self, rng, memory):
        job = self.job(rng, memory)
        return Job({**job.registers, "mode": 1})

    def wrapping_jobs(self, rng, memory):
        good = self.copy(memory, LOWER, UPPER, 8, 2, 64, 64).registers
        # Each comes back into the region when the sum is cut to 32 bits.
        reads = [{"source_stride": 2**32 - 64, "source": LOWER + 64},
                 {"source_stride": 2**31, "rows": 3},
                 {"source_stride": 2**30, "rows": 5, "destination_stride": 8},
                 {"source_stride": 2**16, "rows": 0xFFFF, "destination_stride": 0},
                 {"row_bytes": 2**32 - 8, "rows": 1}]
        writes = [{"destination_stride": 2**32 - 64, "destination": UPPER + 64},
                  {"destination_stride": 2**31, "rows": 3},
                  {"destination_stride": 2**28, "rows": 17, "source_stride": 8}]
        return ([(Job({**good, **change}), JobError.READ_WINDOW) for change in reads]
                + [(Job({**good, **change}), JobError.WRITE_WINDOW) for change in writes])


globals().update(behaviour_tests(LoopbackDriver()))


def test_loopback():
    run_cocotb(LoopbackDriver().component(), __name__, name="loopback")


def test_bad_source_index_is_rejected():
    with pytest.raises(ValueError, match="source_index must be from 0 to 1, not 2"):
        Coprocessor(Loopback(), name="loopback", dma_region=REGION, source_index=2, dependencies=2)
