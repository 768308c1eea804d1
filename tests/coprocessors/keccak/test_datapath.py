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
from coprocessors.keccak.table import DESCRIPTOR_LAYOUT
from coprocessors.shell.datapath import Beat, JobError, Transfer
from sim.harness import run_cocotb
from sim.streams import pack, unpack

SEED = 1600
SOURCE, DESTINATION, STATE = 0x9000_1003, 0x9000_5005, 0x9000_7001
SOURCE_STRIDE, DESTINATION_STRIDE = 0x301, 0x203
TIMEOUT_CYCLES = 20_000


class Job:
    """One job and the rows that must come out of it.

    ``message`` is bytes, or a list of them of equal length; ``state`` the bytes to start from, or
    None; ``domain`` may be None.
    """

    def __init__(self, message, *, rate_lanes, domain, output_bytes, rounds=model.ROUNDS,
                 state=None, store=False, expected=None):
        self.messages = message if isinstance(message, list) else [message]
        self.rate_lanes, self.domain, self.output_bytes = rate_lanes, domain, output_bytes
        self.rounds, self.state, self.store = rounds, state, store
        results = [(expected, None)] if expected is not None else [model.sponge_from(
            state or model.ZERO_STATE, each, rate_bytes=8 * rate_lanes, domain=domain,
            output_bytes=output_bytes, rounds=rounds) for each in self.messages]
        self.expected = [output for output, _ in results if output]
        if store:
            self.expected.append(results[0][1])

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

    @property
    def length(self):
        """Bytes of a message."""
        return len(self.messages[0])

    @property
    def descriptor(self):
        """The job as the datapath is given it."""
        many = len(self.messages) > 1
        return pack(DESCRIPTOR_LAYOUT, {
            "source": SOURCE, "length": self.length, "destination": DESTINATION,
            "output_length": self.output_bytes, "mode_rate_lanes": self.rate_lanes,
            "mode_domain": self.domain or 0, "mode_rounds12": self.rounds == 12,
            "mode_no_pad": self.domain is None, "mode_load_state": self.state is not None,
            "mode_store_state": self.store, "state": STATE,
            "count": len(self.messages) if many else 0,
            "source_stride": SOURCE_STRIDE, "destination_stride": DESTINATION_STRIDE})

    @property
    def commands(self):
        """(stream, address, row_bytes, rows, stride) of each command; one row has no stride."""
        count = len(self.messages)
        strides = (SOURCE_STRIDE, DESTINATION_STRIDE) if count > 1 else (0, 0)
        found = [
            ("read_command", STATE, 200 if self.state is not None else 0, 1, 0),
            ("read_command", SOURCE, self.length, count, strides[0]),
            ("write_command", DESTINATION, self.output_bytes, count, strides[1]),
            ("write_command", STATE, 200 if self.store else 0, 1, 0)]
        return [command for command in found if command[2]]

    def beats(self, rng):
        """Words of the beats that it reads."""
        return [beat for row in [self.state or b"", *self.messages] for beat in beats_of(row, rng)]

    def __str__(self):
        return (f"{len(self.messages)} x {self.length} bytes, rate {self.rate_lanes} lanes, domain "
                f"{self.domain}, {self.output_bytes} bytes out, {self.rounds} rounds"
                f"{', from a state' * (self.state is not None)}{', stored' * self.store}")


class Bench:
    """Drives the streams of the datapath, each side with its own stalls."""

    def __init__(self, dut, *, stall=0.0):
        self.dut = dut
        self.stall = stall
        self.rng = random.Random(SEED)
        self.beats, self.rows = deque(), [bytearray()]
        self.commands = []
        self.cycle, self.events = 0, []

    async def start(self):
        """Resets the datapath and starts the coroutines."""
        dut = self.dut
        for name in ("job__valid", "read_command__ready", "read_data__valid",
                     "write_command__ready", "write_data__ready", "clear"):
            getattr(dut, name).value = 0
        if "KECCAK_MUTANT" in os.environ:
            dut.mutant.value = int(os.environ["KECCAK_MUTANT"])
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
                command = unpack(Transfer, word)
                rows = command["rows"]
                self.commands.append((name, command["address"], command["row_bytes"], rows,
                                      command["stride"] if rows > 1 else 0))

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
                beat = unpack(Beat, self.dut.write_data__payload.value.to_unsigned())
                self.rows[-1] += beat["data"].to_bytes(8, "little")[:beat["count"]]
                if beat["last"]:
                    self.rows.append(bytearray())

    async def begin(self, job):
        """Presents a job until it is taken."""
        dut = self.dut
        self.commands, self.events, self.rows = [], [], [bytearray()]
        self.beats.extend(job.beats(self.rng))
        dut.job__payload.value, dut.job__valid.value = job.descriptor, 1
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
        *rows, rest = map(bytes, self.rows)
        assert rows == job.expected and not rest, (
            f"{job}: got {[r.hex() for r in rows]}, expected {[r.hex() for r in job.expected]}")
        for stream in ("read_command", "write_command"):
            got, expected = ([command for command in commands if command[0] == stream]
                             for commands in (self.commands, job.commands))
            assert got == expected, f"{job}: {got}"
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


def _sizes(rng, rate_bytes):
    """A length around the rate, or a random one."""
    return rng.choice([0, 1, 7, 8, rate_bytes - 1, rate_bytes, rate_bytes + 1, 2 * rate_bytes,
                       rng.randrange(3 * rate_bytes)])


@cocotb.test()
async def states_are_loaded_and_stored(dut):
    """Random mixes of the modes."""
    bench = await _bench(dut)
    rng = bench.rng
    for _ in range(240):
        bench.stall = rng.choice([0, 0, 0.3, 0.7])
        rate_lanes = rng.choice([1, 4, 9, 13, 17, 18, 21, 24, rng.randrange(1, 25)])
        await bench.run(Job(
            rng.randbytes(_sizes(rng, 8 * rate_lanes)), rate_lanes=rate_lanes,
            domain=rng.choice([None, rng.randrange(1, 0x80)]),
            output_bytes=rng.choice([0, 32, _sizes(rng, 8 * rate_lanes)]),
            rounds=rng.choice([12, 24]),
            state=rng.choice([None, rng.randbytes(200)]), store=rng.choice([False, True])))


@cocotb.test()
async def a_message_in_parts(dut):
    """Absorb, absorb more, pad, squeeze more: the same as at once."""
    bench = await _bench(dut)
    message = bench.rng.randbytes(3 * 168 + 55)
    expected = hashlib.shake_128(message).digest(2 * 168 + 30)
    state, output = None, b""
    for part, domain, size in ((message[:168], None, 0), (message[168:504], None, 0),
                               (message[504:], 0x1F, 168), (b"", None, 168), (b"", None, 30)):
        await bench.run(Job(part, rate_lanes=21, domain=domain, output_bytes=size, state=state,
                            store=True))
        *rows, state = map(bytes, bench.rows[:-1])
        output += b"".join(rows)
    assert output == expected


@cocotb.test()
async def the_permutation_alone(dut):
    bench = await _bench(dut)
    for rounds in (24, 12):
        state = bench.rng.randbytes(200)
        cycles = await bench.run(Job(b"", rate_lanes=17, domain=None, output_bytes=0, state=state,
                                     store=True, rounds=rounds))
        permuted = model.permute([int.from_bytes(state[8 * n:8 * n + 8], "little")
                                  for n in range(25)], rounds)
        assert bytes(bench.rows[0]) == b"".join(n.to_bytes(8, "little") for n in permuted)
        # Command, state in, permutation, state out, end.
        assert cycles == 1 + 25 + rounds // int(os.environ["ROUNDS_PER_CYCLE"]) + 25 + 1, cycles


@cocotb.test()
async def many_messages(dut):
    """Short and long ones, with output of less and of more than a block."""
    bench = await _bench(dut)
    rng = bench.rng
    for _ in range(120):
        bench.stall = rng.choice([0, 0, 0.3, 0.7])
        rate_lanes = rng.choice([1, 4, 9, 13, 17, 18, 21, 24, rng.randrange(1, 25)])
        length, count = _sizes(rng, 8 * rate_lanes), rng.choice([2, 3, 5, 9])
        await bench.run(Job(
            [rng.randbytes(length) for _ in range(count)], rate_lanes=rate_lanes,
            domain=rng.choice([None, rng.randrange(1, 0x80)]),
            output_bytes=rng.choice([0, 8, 32, _sizes(rng, 8 * rate_lanes)]),
            rounds=rng.choice([12, 24])))


@cocotb.test()
async def nodes_of_a_tree(dut):
    """64 bytes to 32, permuted without a pause; with two rounds a cycle the buffer sets the pace:
    8 lanes in, 4 out, and a cycle behind each."""
    bench = await _bench(dut)
    cycles = [await bench.run(Job([bench.rng.randbytes(64) for _ in range(count)], rate_lanes=17,
                                  domain=1, output_bytes=32)) for count in (10, 30)]
    per_node = (cycles[1] - cycles[0]) / 20
    assert per_node == (24 if os.environ["ROUNDS_PER_CYCLE"] == "1" else 14), f"{per_node} a node"


@cocotb.test()
async def illegal_descriptors(dut):
    bench = await _bench(dut)
    legal = {"message": b"", "rate_lanes": 17, "domain": 6}
    for change in ({"rate_lanes": 0}, {"rate_lanes": 25}, {"rate_lanes": 31}, {"domain": 0},
                   {"domain": 0x80}, {"domain": 0x86}, {"domain": None, "rate_lanes": 25},
                   {"message": [b"", b""], "store": True},
                   {"message": [b"", b""], "state": bytes(200)}):
        job = Job(output_bytes=32, expected=b"", **{**legal, **change})
        await bench.begin(job)
        error, _ = await bench.end()
        for _ in range(60):
            await RisingEdge(dut.clk)
        assert error == JobError.DESCRIPTOR, f"{change}: {error}"
        assert not bench.events, f"{change}: {bench.events}"
        bench.beats.clear()
        await bench.run(Job.of("sha3_256", b"behind an error"))


@cocotb.test()
async def time_depends_on_lengths_only(dut):
    bench = await _bench(dut)
    contents = (bytes, lambda size: b"\xff" * size, bench.rng.randbytes)
    for length, output_bytes, count, uses_state in [
            (0, 32, 1, False), (1, 1, 1, True), (167, 200, 1, False), (168, 336, 1, True),
            (400, 500, 1, False), (64, 32, 5, False), (168, 200, 3, False)]:
        seen = set()
        for content in contents:
            cycles = await bench.run(Job(
                [content(length) for _ in range(count)], rate_lanes=21, domain=0x1F,
                output_bytes=output_bytes, state=content(200) if uses_state else None,
                store=uses_state))
            seen.add((cycles, *((cycle - bench.began, what) for cycle, what in bench.events)))
        assert len(seen) == 1, f"{length} bytes in, {output_bytes} out: {seen}"


@cocotb.test()
async def long_messages_at_the_limit(dut):
    bench = await _bench(dut)
    per_cycle = int(os.environ["ROUNDS_PER_CYCLE"])
    for name, length, output_bytes in [("sha3_256", 16384, None), ("sha3_512", 4096, None),
                                       ("sha3_224", 9000, None), ("shake128", 8192, 32),
                                       ("shake128", 0, 32768), ("shake256", 0, 32768)]:
        job = Job.of(name, bench.rng.randbytes(length), output_bytes)
        cycles = await bench.run(job)
        size = max(job.length, job.output_bytes)
        limit = min(8, job.rate_lanes * 8 * per_cycle / model.ROUNDS)
        fraction = size / cycles / limit
        dut._log.info("%s of %d bytes: %d cycles, %.3f of the limit", name, size, cycles, fraction)
        assert fraction > 0.95, f"{job}: {cycles} cycles are {fraction:.3f} of the limit"


@cocotb.test()
async def short_message_latency(dut):
    bench = await _bench(dut)
    for length, expected in [(0, 5), (32, 5), (64, 8), (71, 9), (135, 17)]:
        cycles = await bench.run(Job.of("keccak_256", bench.rng.randbytes(length)))
        # Command, lanes up to the domain byte, permutation, four lanes, end.
        rounds = model.ROUNDS // int(os.environ["ROUNDS_PER_CYCLE"])
        assert cycles == 1 + expected + rounds + 4 + 1, f"{length} bytes: {cycles} cycles"


DATA_REGISTERS = [
    *(f"sponge.permutation.state{n}" for n in range(25)),
    *(f"sponge.permutation.block{n}" for n in range(25)),
    *(f"sponge.absorber.buffer.stored{n}" for n in range(25)),
]


def _data_registers(dut):
    return {name: attrgetter(name)(dut) for name in DATA_REGISTERS}


@cocotb.test()
async def clear_overwrites_everything(dut):
    bench = await _bench(dut)
    registers = _data_registers(dut)
    alone = Job.of("shake256", b"\xa5" * 300, 500)
    mixed = Job(b"\xa5" * 300, rate_lanes=17, domain=6, output_bytes=32, state=b"\x5a" * 200,
                store=True)
    many = Job([b"\xa5" * 64] * 20, rate_lanes=17, domain=6, output_bytes=32)
    for job, wait in [*((alone, wait) for wait in (2, 12, 20, 30, 45, 60, 90, 120)),
                      *((mixed, wait) for wait in (20, 40, 60, 100, 150, 160, 170)),
                      *((many, wait) for wait in (30, 36, 41, 46, 51, 59))]:
        await bench.begin(job)
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
        for job in (Job.of("shake256", bench.rng.randbytes(length), length),
                    Job(bench.rng.randbytes(length), rate_lanes=17, domain=None,
                        output_bytes=length, state=bench.rng.randbytes(200), store=True),
                    Job([bench.rng.randbytes(length) for _ in range(3)], rate_lanes=17, domain=6,
                        output_bytes=length)):
            await bench.run(job)
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
