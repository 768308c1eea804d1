"""The datapath between two streams, against hashlib, pycryptodome and the model."""

import hashlib
import os
import random
from collections import deque
from operator import attrgetter

import cocotb
import pytest
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge
from Crypto.Hash import TurboSHAKE128

from coprocessors.keccak import model
from coprocessors.keccak.datapath import KeccakDatapath
from coprocessors.shell.datapath import JobError
from sim.harness import run_cocotb

SEED = 1600
SOURCE, DESTINATION = 0x9000_1003, 0x9000_5005
TIMEOUT_CYCLES = 20_000


class Job:
    """One job and what must come out of it."""

    def __init__(self, message, *, rate_lanes, domain, output_bytes, rounds=model.ROUNDS,
                 expected=None):
        self.message, self.rate_lanes, self.domain = message, rate_lanes, domain
        self.output_bytes, self.rounds = output_bytes, rounds
        self.expected = model.sponge(
            message, rate_bytes=8 * rate_lanes, domain=domain, output_bytes=output_bytes,
            rounds=rounds) if expected is None else expected

    @classmethod
    def of(cls, name, message, output_bytes=None):
        """Job of the function called ``name``; hashlib knows its digest or the model tells it."""
        function = model.FUNCTIONS[name]
        size = function.output_bytes if output_bytes is None else output_bytes
        expected = None
        if name.startswith("sha3"):
            expected = hashlib.new(name, message).digest()
        elif name.startswith("shake"):
            expected = hashlib.new(name, message).digest(size)
        return cls(message, rate_lanes=function.rate_lanes, domain=function.domain,
                   output_bytes=size, expected=expected)

    def __str__(self):
        return (f"{len(self.message)} bytes, rate {self.rate_lanes} lanes, domain "
                f"{self.domain:#x}, {self.output_bytes} bytes out, {self.rounds} rounds")


class Bench:
    """Drives the streams of the datapath, each side with its own stalls."""

    def __init__(self, dut, *, stall=0.0):
        self.dut = dut
        self.stall = stall
        self.rng = random.Random(SEED)
        self.beats, self.written = deque(), bytearray()
        self.commands, self.rows_out = [], 0
        self.cycle, self.events = 0, []

    async def start(self):
        """Resets the datapath and starts the coroutines."""
        dut = self.dut
        for name in ("job__valid", "read_command__ready", "read_data__valid",
                     "write_command__ready", "write_data__ready", "clear"):
            getattr(dut, name).value = 0
        dut.rst.value = 1
        Clock(dut.clk, 10, unit="ns").start()
        for _ in range(3):
            await RisingEdge(dut.clk)
        dut.rst.value = 0
        for side in (self._count(), self._commands("read_command"),
                     self._commands("write_command"), self._read_data(), self._write_data()):
            cocotb.start_soon(side)

    def _stalls(self):
        return self.stall and self.rng.random() < self.stall

    async def _count(self):
        while True:
            await RisingEdge(self.dut.clk)
            self.cycle += 1

    async def _commands(self, name):
        valid, ready = (getattr(self.dut, f"{name}__{part}") for part in ("valid", "ready"))
        payload = getattr(self.dut, f"{name}__payload")
        while True:
            ready.value = not self._stalls()
            await RisingEdge(self.dut.clk)
            if valid.value and ready.value:
                word = payload.value.to_unsigned()
                self.events.append((self.cycle, name))
                self.commands.append((name, word & 0xFFFF_FFFF, word >> 32 & 0xFFFF_FFFF,
                                      word >> 64 & 0xFFFF))

    async def _read_data(self):
        valid, ready = self.dut.read_data__valid, self.dut.read_data__ready
        presented = False
        while True:
            presented = bool(self.beats) and (presented or not self._stalls())
            if presented:
                self.dut.read_data__payload.value = self.beats[0]
            valid.value = presented
            await RisingEdge(self.dut.clk)
            if presented and ready.value:
                self.events.append((self.cycle, "in"))
                self.beats.popleft()
                presented = False

    async def _write_data(self):
        valid, ready = self.dut.write_data__valid, self.dut.write_data__ready
        while True:
            ready.value = not self._stalls()
            await RisingEdge(self.dut.clk)
            if valid.value and ready.value:
                self.events.append((self.cycle, "out"))
                word = self.dut.write_data__payload.value.to_unsigned()
                count = word >> 64 & 15
                self.written += (word & (1 << 64) - 1).to_bytes(8, "little")[:count]
                self.rows_out += word >> 68

    async def begin(self, job):
        """Presents a job until it is taken."""
        dut = self.dut
        self.commands, self.events, self.written, self.rows_out = [], [], bytearray(), 0
        word = (SOURCE | len(job.message) << 32 | DESTINATION << 64 | job.output_bytes << 96
                | job.rate_lanes << 128 | job.domain << 133 | (job.rounds == 12) << 141)
        self.beats.extend(beats_of(job.message, self.rng))
        dut.job__payload.value, dut.job__valid.value = word, 1
        await RisingEdge(dut.clk)
        while not dut.job__ready.value:
            await RisingEdge(dut.clk)
        dut.job__valid.value = 0
        self.began = self.cycle

    async def end(self):
        """Waits for ``done``; returns (error, cycles since the job was taken)."""
        for _ in range(TIMEOUT_CYCLES):
            await RisingEdge(self.dut.clk)
            if self.dut.done.value:
                error, cycles = self.dut.error.value.to_unsigned(), self.cycle - self.began
                return JobError(error), cycles
        raise AssertionError(f"the job did not end within {TIMEOUT_CYCLES} cycles")

    async def run(self, job):
        """One job from descriptor to checked output; returns its cycles."""
        await self.begin(job)
        error, cycles = await self.end()
        await RisingEdge(self.dut.clk)  # lets `_write_data` have seen the last beat
        assert error == JobError.NONE, f"{job}: {error}"
        assert bytes(self.written) == job.expected, (
            f"{job}: got {self.written.hex()}, expected {job.expected.hex()}")
        expected_commands = [
            (name, address, size, 1)
            for name, address, size in [("read_command", SOURCE, len(job.message)),
                                        ("write_command", DESTINATION, job.output_bytes)] if size]
        assert sorted(self.commands) == expected_commands, f"{job}: {self.commands}"
        assert self.rows_out == (job.output_bytes > 0), f"{job}: {self.rows_out} rows"
        assert not self.beats, f"{job}: {len(self.beats)} beats were not taken"
        return cycles


def beats_of(message, rng):
    """Words of the beats of a row. Bytes behind the count hold noise, as they may."""
    words = []
    for start in range(0, len(message), 8):
        part = message[start:start + 8]
        noise = rng.randbytes(8 - len(part))
        last = start + 8 >= len(message)
        words.append(int.from_bytes(part + noise, "little") | len(part) << 64 | last << 68)
    return words


async def _bench(dut, **options):
    bench = Bench(dut, **options)
    await bench.start()
    return bench


@cocotb.test()
async def empty_message(dut):
    bench = await _bench(dut)
    await bench.run(Job.of("sha3_256", b""))


@cocotb.test()
async def every_length_to_two_blocks(dut):
    bench = await _bench(dut)
    for length in range(2 * 136 + 2):
        await bench.run(Job.of("sha3_256", bench.rng.randbytes(length)))


@cocotb.test()
async def every_function_with_stalls(dut):
    bench = await _bench(dut, stall=0.3)
    for name, function in model.FUNCTIONS.items():
        block = function.rate_bytes
        for length in (0, 1, 7, 8, 9, block - 9, block - 8, block - 1, block, block + 1,
                       2 * block - 1, 2 * block, 2 * block + 1):
            output_bytes = bench.rng.randrange(3 * block) if function.output_bytes is None else None
            await bench.run(Job.of(name, bench.rng.randbytes(length), output_bytes))


@cocotb.test()
async def every_output_length_to_two_blocks(dut):
    bench = await _bench(dut)
    for output_bytes in range(2 * 168 + 2):
        await bench.run(Job.of("shake128", bench.rng.randbytes(output_bytes % 40), output_bytes))
    bench.stall = 0.6
    for output_bytes in (0, 1, 135, 136, 137, 272, 400):
        await bench.run(Job.of("shake256", bench.rng.randbytes(70), output_bytes))


@cocotb.test()
async def every_rate(dut):
    bench = await _bench(dut)
    for rate_lanes in range(1, 25):
        for length in (0, 8 * rate_lanes - 1, 8 * rate_lanes, bench.rng.randrange(600)):
            await bench.run(Job(bench.rng.randbytes(length), rate_lanes=rate_lanes,
                                domain=bench.rng.randrange(1, 0x80),
                                output_bytes=bench.rng.randrange(300),
                                rounds=bench.rng.choice([12, 24])))


@cocotb.test()
async def twelve_rounds(dut):
    bench = await _bench(dut)
    for domain in (0x01, 0x0B, 0x1F, 0x7F):
        message = bench.rng.randbytes(500)
        expected = TurboSHAKE128.new(domain=domain, data=message).read(400)
        await bench.run(Job(message, rate_lanes=21, domain=domain, output_bytes=400, rounds=12,
                            expected=expected))


@cocotb.test()
async def illegal_descriptors(dut):
    bench = await _bench(dut)
    legal = {"rate_lanes": 17, "domain": 6}
    for change in ({"rate_lanes": 0}, {"rate_lanes": 25}, {"rate_lanes": 31}, {"domain": 0},
                   {"domain": 0x80}, {"domain": 0x86}):
        await bench.begin(Job(b"", output_bytes=32, expected=b"", **{**legal, **change}))
        error, _ = await bench.end()
        for _ in range(60):
            await RisingEdge(dut.clk)
        assert error == JobError.DESCRIPTOR, f"{change}: {error}"
        assert not bench.events, f"{change}: {bench.events}"
        await bench.run(Job.of("sha3_256", b"behind an error"))


@cocotb.test()
async def time_depends_on_lengths_only(dut):
    bench = await _bench(dut)
    for length, output_bytes in [(0, 32), (1, 1), (167, 200), (168, 336), (400, 500)]:
        seen = set()
        for message in (bytes(length), b"\xff" * length, bench.rng.randbytes(length)):
            cycles = await bench.run(Job.of("shake128", message, output_bytes))
            seen.add((cycles, *((cycle - bench.began, what) for cycle, what in bench.events)))
        assert len(seen) == 1, f"{length} bytes in, {output_bytes} out: {seen}"


@cocotb.test()
async def long_messages_at_the_limit(dut):
    bench = await _bench(dut)
    per_cycle = int(os.environ["ROUNDS_PER_CYCLE"])
    for name, length, output_bytes in [("sha3_256", 16384, None), ("sha3_512", 4096, None),
                                       ("sha3_224", 9000, None), ("shake128", 8192, 32),
                                       ("shake128", 0, 32768)]:
        job = Job.of(name, bench.rng.randbytes(length), output_bytes)
        cycles = await bench.run(job)
        size = max(length, job.output_bytes)
        limit = min(8, job.rate_lanes * 8 * per_cycle / model.ROUNDS)
        fraction = size / cycles / limit
        dut._log.info("%s of %d bytes: %d cycles, %.3f of the limit", name, size, cycles, fraction)
        least = 0.95 if per_cycle == 1 else 0.90
        assert fraction > least, f"{job}: {cycles} cycles are {fraction:.3f} of the limit"


@cocotb.test()
async def short_message_latency(dut):
    bench = await _bench(dut)
    for length, expected in [(0, 5), (32, 5), (64, 9), (71, 9), (135, 17)]:
        cycles = await bench.run(Job.of("keccak_256", bench.rng.randbytes(length)))
        # Command, lanes up to the domain byte, permutation, four lanes.
        rounds = model.ROUNDS // int(os.environ["ROUNDS_PER_CYCLE"])
        assert cycles == 1 + expected + rounds + 4, f"{length} bytes: {cycles} cycles"


DATA_REGISTERS = [
    *(f"sponge.permutation.state{n}" for n in range(25)),
    *(f"sponge.permutation.block{n}" for n in range(24)),
    *(f"sponge.absorber.stored{n}" for n in range(1, 24)),
]


def _data_registers(dut):
    return {name: attrgetter(name)(dut) for name in DATA_REGISTERS}


@cocotb.test()
async def clear_overwrites_everything(dut):
    bench = await _bench(dut)
    registers = _data_registers(dut)
    for wait in (2, 12, 20, 30, 45, 60, 90, 120):
        await bench.begin(Job.of("shake256", b"\xa5" * 300, 500))
        for _ in range(wait):
            await RisingEdge(dut.clk)
        dut.clear.value = 1
        for _ in range(3):
            await RisingEdge(dut.clk)
        assert dut.cleared.value, f"not cleared after {wait} cycles"
        left = [name for name, value in registers.items() if value.value.to_unsigned()]
        assert not left, f"{left} survive clear after {wait} cycles"
        assert not dut.write_data__payload.value.to_unsigned() & (1 << 64) - 1
        bench.beats.clear()
        await RisingEdge(dut.clk)
        await RisingEdge(dut.clk)
        dut.clear.value = 0
        for _ in range(2):
            await RisingEdge(dut.clk)
        await bench.run(Job.of("sha3_384", b"behind clear"))


@cocotb.test()
async def nothing_is_left_behind_a_job(dut):
    bench = await _bench(dut)
    registers = _data_registers(dut)
    for length in (0, 135, 136, 500):
        await bench.run(Job.of("shake256", bench.rng.randbytes(length), length))
        await RisingEdge(dut.clk)
        left = [name for name, value in registers.items() if value.value.to_unsigned()]
        assert not left, f"{left} survive a job of {length} bytes"


def test_datapath():
    run_cocotb(KeccakDatapath(), __name__, name="keccak_datapath", seed=SEED,
               visible=DATA_REGISTERS, environment={"ROUNDS_PER_CYCLE": "1"})


@pytest.mark.long
def test_datapath_with_two_rounds_per_cycle():
    run_cocotb(KeccakDatapath(rounds_per_cycle=2), __name__, name="keccak_datapath", seed=SEED,
               visible=DATA_REGISTERS, environment={"ROUNDS_PER_CYCLE": "2"})


def test_rounds_per_cycle_is_checked():
    with pytest.raises(ValueError, match="rounds_per_cycle must be 1 or 2, not 3"):
        KeccakDatapath(rounds_per_cycle=3)
