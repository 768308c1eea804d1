"""The matmul coprocessor in its shell: the behaviour of all shells, and jobs from its registers."""

import functools
import random

import cocotb
from cocotb.triggers import ClockCycles

from coprocessors.matmul.coprocessor import Matmul
from coprocessors.matmul.table import DESCRIPTOR, KIND, VERSION
from coprocessors.shell.datapath import JobError
from coprocessors.shell.table import ShellTables
from sim.harness import run_cocotb
from tests.coprocessors import shell_behaviour
from tests.coprocessors.matmul import jobs as matmul_jobs
from tests.coprocessors.shell_behaviour import (
    INSIDE, REGION, SOURCE, Bench, Driver, behaviour_tests,
)

BEHAVIOUR_SIZE = {"array_rows": 2, "array_columns": 2, "requantizer_lanes": 1}
AREAS = 8
"""Jobs that can be placed side by side."""


def coprocessor(size, region):
    """A matmul coprocessor of ``size`` that reaches ``region``."""
    return Matmul(**size, dma_region=region, source_index=SOURCE, dependencies=2)


def registers(descriptor):
    """The words of the registers that hold the fields of ``descriptor``."""
    words = {}
    for register in DESCRIPTOR:
        for bit, f in register.placed_fields():
            name = register.name if f.name == "value" else f"{register.name}_{f.name}"
            value = int(descriptor.get(name, 0)) & ((1 << f.width) - 1)
            words[register.name] = words.get(register.name, 0) | value << bit
    return words


class _Placer:
    """Gives out addresses for `matmul_jobs.Job.place`: A, B, C and then parameters.

    Jobs that are under way at the same time get different ``area``s. A lies below, parameters and
    B from 0x2000 on, and C in the upper half of REGION.
    """

    def __init__(self, memory, area, source, destination):
        self._memory = memory
        lower = REGION.base + 0x200 + 0x3C0 * area if source is None else source
        upper = REGION.base + 0x4000 + 0x800 * area if destination is None else destination
        self._starts = [lower, REGION.base + 0x2000 + 0x280 * area, upper]
        self._next = REGION.base + 0x3400 + 0x180 * area

    def place(self, size, alignment):
        if self._starts:
            return self._starts.pop(0) + alignment
        address = self._next + alignment
        self._next += (size + 15) // 8 * 8
        return address

    def put(self, address, data):
        self._memory.write(address, data)


class MatmulDriver(Driver):
    """Matmul jobs for the behaviour suite."""

    name = "matmul"
    kind, version = KIND, VERSION
    table = ShellTables("matmul", "Matrix products.", DESCRIPTOR, KIND, VERSION).whole
    max_cycles = 800
    _area = 0

    def component(self):
        return coprocessor(BEHAVIOUR_SIZE, REGION)

    def job(self, rng, memory, *, size="short", source=None, destination=None):
        m, n, k = {"short": (rng.randint(1, 6), rng.randint(1, 6), rng.randint(1, 24)),
                   "long": (12, 12, 24), "empty": (1, 1, 1)}[size]
        options = {}
        if source is not None or destination is not None:
            m, n, k = 3, 8, 24
            options = {"aligned": True, "dense": True, "output": "int8"}
        job = matmul_jobs.Job(rng, m, n, k, **options)
        return self.placed(job, memory, source, destination)

    def placed(self, job, memory, source=None, destination=None):
        """Puts a `matmul_jobs.Job` into memory; returns it as a job of the behaviour suite."""
        self._area = (self._area + 1) % AREAS
        job.place(_Placer(memory, self._area, source, destination))
        return self.described(job)

    def described(self, job):
        """A placed `matmul_jobs.Job` as a job of the behaviour suite."""
        d = job.descriptor
        scales = 2 * job.per_channel if job.output != "int32" else 0
        arrays = job.with_bias + scales
        tiles = [-(-job.m // BEHAVIOUR_SIZE["array_rows"]),
                 -(-job.n // BEHAVIOUR_SIZE["array_columns"])]
        panels = -(-tiles[0] // 4)  # short rows: a panel has four strips, and 8 of B stay
        assert tiles[1] <= 8
        expected = {d["c_address"] + index * d["c_stride"]: row.tobytes()
                    for index, row in enumerate(job.result)}
        return shell_behaviour.Job(
            registers(d), expected,
            (job.m + job.n) * job.k + panels * arrays * job.n * 4
            + job.with_addend * job.m * job.n * 4,
            job.result.nbytes)

    def span(self, job):
        return 3 * 24, 3 * 8

    def illegal_job(self, rng, memory):
        return shell_behaviour.Job({**self.job(rng, memory).registers, "m": 0})

    def wrapping_jobs(self, rng, memory):
        upper = REGION.base + 0x4000
        good = self.job(rng, memory, source=REGION.base + 0x100, destination=upper).registers
        reads = [{"a_stride": 2**31}, {"a_stride": 2**32 - 32, "a_address": REGION.base + 64},
                 {"b_stride": 2**29, "n": 9}, {"a_stride": 2**16, "m": 0xFFFF, "c_stride": 0}]
        writes = [{"c_stride": 2**31}, {"c_stride": 2**32 - 32, "c_address": upper + 64}]
        return ([(shell_behaviour.Job({**good, **change}), JobError.READ_WINDOW)
                 for change in reads]
                + [(shell_behaviour.Job({**good, **change}), JobError.WRITE_WINDOW)
                   for change in writes])


globals().update(behaviour_tests(MatmulDriver()))


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def random_shapes_under_random_stalls(dut):
    driver = MatmulDriver()
    bench = Bench(dut, driver, seed=21)
    await bench.start()
    rng = random.Random(21)
    for _ in range(15):
        bench.memory.stall, bench.memory.delay = rng.choice([(0, 0), (0.3, 0.3), (0.7, 0)])
        bench.memory.latency = rng.randint(1, 6)
        job = matmul_jobs.Job(rng, rng.randint(1, 17), rng.randint(1, 9), rng.randint(1, 40))
        await bench.run(driver.placed(job, bench.memory))


_PARAMETERS = ("bias", "multiplier", "shift")
MEMORIES = ("datapath.beats.memory", "datapath.engine.postprocessor.addend.bank_0", *(
    path for number in range(BEHAVIOUR_SIZE["array_rows"])
    for path in (f"datapath.engine.buffer.bank_{number}.words", *(
        f"datapath.engine.postprocessor.parameters.{name}_{number}" for name in _PARAMETERS))))
"""Paths of the memories of the datapath that hold data."""


def _words(dut):
    """{path: words} of MEMORIES."""
    found = {path: functools.reduce(getattr, path.split("."), dut) for path in MEMORIES}
    return {path: [word.value.to_unsigned() for word in memory] for path, memory in found.items()}


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def zeroize_overwrites_all_words(dut):
    driver = MatmulDriver()
    bench = Bench(dut, driver, seed=22)
    await bench.start()
    rng = random.Random(22)
    # Long rows and many columns fill the banks; zeroize comes when all is idle, or under way.
    for pause in (2500, 60, 61, 300):
        for size, options in (((4, 4, 40), {"with_addend": True}),
                              ((8, 8, 100), {"per_channel": True, "with_bias": True})):
            job = matmul_jobs.Job(rng, *size, output="int8", **options)
            await bench.submit(driver.placed(job, bench.memory))
        await ClockCycles(dut.clk, pause)
        assert pause < 2500 or all(any(words) for words in _words(dut).values())
        await bench.command("zeroize")
        while await bench.read_field("status", "zeroizing"):
            pass
        assert not [name for name, words in _words(dut).items() if any(words)]
        await bench.command("acknowledge")


def test_coprocessor():
    driver = MatmulDriver()
    run_cocotb(driver.component(), __name__, name="matmul",
               visible=[*INSIDE, *MEMORIES])
