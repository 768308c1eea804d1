"""A matmul datapath at its streams: memory, jobs, and what must become of both."""

import os

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge

from coprocessors.matmul.table import DESCRIPTOR
from coprocessors.shell.datapath import Beat, Transfer, descriptor_layout
from sim.streams import StreamSink, StreamSource
from tests.coprocessors.matmul.jobs import Memory

__all__ = ["BASE", "DatapathBench"]

BASE = 0x9000_0000
"""Where the memory of the tests begins."""


class DatapathBench:
    """A memory that serves the read streams and takes the write streams of the DUT."""

    def __init__(self, dut, memory, *, stall=0.0, seed=1):
        self.dut, self.memory = dut, memory
        layout = descriptor_layout(DESCRIPTOR)
        self.jobs = StreamSource(dut, "job", layout, seed=seed)
        self.reads = StreamSink(dut, "read_command", Transfer, stall=stall, seed=seed + 1)
        self.beats = StreamSource(dut, "read_data", Beat, stall=stall, seed=seed + 2)
        self.writes = StreamSink(dut, "write_command", Transfer, stall=stall, seed=seed + 3)
        self.results = StreamSink(dut, "write_data", Beat, stall=stall, seed=seed + 4)
        self.done = []
        self.cycle = 0

    async def start(self):
        dut = self.dut
        dut.clear.value = 0
        dut.rst.value = 1
        if "MATMUL_MUTANT" in os.environ:
            dut.mutant.value = int(os.environ["MATMUL_MUTANT"])
        Clock(dut.clk, 10, unit="ns").start()
        for part in (self.jobs, self.reads, self.writes, self.results):
            part.start()
        self.beats_task = self.beats.start()
        for _ in range(3):
            await RisingEdge(dut.clk)
        dut.rst.value = 0
        cocotb.start_soon(self._serve())

    async def _serve(self):
        served = 0
        while True:
            await RisingEdge(self.dut.clk)
            self.cycle += 1
            for command in self.reads.taken[served:]:
                self._queue_rows(command)
            served = len(self.reads.taken)
            if self.dut.done.value == 1:
                self.done.append(int(self.dut.error.value))

    def _queue_rows(self, command):
        for row in range(command["rows"]):
            address = (command["address"] + row * command["stride"]) % 2**32
            content = self.memory.get(address, command["row_bytes"])
            for start in range(0, len(content), 8):
                piece = content[start:start + 8]
                self.beats.queue.append({
                    "data": int.from_bytes(piece.ljust(8, b"\xEE"), "little"),
                    "count": len(piece), "last": start + 8 >= len(content)})

    def apply_writes(self):
        """Puts all that was written into the memory; returns the beats left over."""
        beats = iter(self.results.taken)
        for command in self.writes.taken:
            for row in range(command["rows"]):
                content, last = b"", False
                while not last:
                    beat = next(beats)
                    content += beat["data"].to_bytes(8, "little")[:beat["count"]]
                    last = beat["last"]
                assert len(content) == command["row_bytes"], f"row of {len(content)}: {command}"
                self.memory.put(command["address"] + row * command["stride"], content)
        self.writes.taken.clear()
        self.results.taken.clear()
        return list(beats)

    async def run(self, jobs, limit=60_000):
        """Runs the jobs; returns the cycles they took together."""
        expected = Memory(self.memory.base, len(self.memory.contents))
        for job in jobs:
            job.place(self.memory)
            self.jobs.queue.append(job.descriptor)
        expected.contents[:] = self.memory.contents
        for job in jobs:
            job.put_result(expected)
        begin, wanted = self.cycle, len(self.done) + len(jobs)
        while len(self.done) < wanted:
            await RisingEdge(self.dut.clk)
            assert self.cycle - begin < limit, f"hangs with {[str(job) for job in jobs]}"
        await RisingEdge(self.dut.clk)
        cycles = self.cycle - begin
        assert not any(self.done), self.done
        assert not self.apply_writes(), "more beats than rows"
        if self.memory.contents != expected.contents:
            wrong = [i for i, (got, want) in enumerate(zip(self.memory.contents,
                                                           expected.contents)) if got != want]
            job = jobs[0]
            got = self.memory.get(job.descriptor["c_address"], 16).hex()
            want = expected.get(job.descriptor["c_address"], 16).hex()
            raise AssertionError(f"{len(wrong)} bytes differ, first at {BASE + wrong[0]:#x}: "
                                 f"first results {got}, not {want}, of {[str(j) for j in jobs]}")
        return cycles
