"""The whole Keccak coprocessor: what its shell owes, and hashes from memory to memory."""

import hashlib
import itertools
import os
from dataclasses import dataclass
from pathlib import Path

import cocotb
import pytest
from cocotb.triggers import RisingEdge
from Crypto.Hash import TurboSHAKE256, keccak

from coprocessors.keccak import model
from coprocessors.keccak.coprocessor import KeccakCoprocessor
from coprocessors.keccak.datapath import KeccakDatapath
from coprocessors.keccak.table import DESCRIPTOR
from coprocessors.shell.datapath import JobError
from coprocessors.shell.table import ShellTables
from sim.harness import run_cocotb
from tests.coprocessors.keccak.vectors import (
    cryptography_vectors_file, rsp_cases, user_vectors_file,
)
from tests.coprocessors.shell_behaviour import (
    INSIDE, REGION, Bench, Driver, Job, behaviour_tests,
)

SEED = 136
SLOTS = 8
SLOT_BYTES = REGION.size // 2 // SLOTS
DESCRIPTOR_TABLE = {register.name: register for register in DESCRIPTOR}
MARGIN = 16  # bytes around an output that are checked to be as before


_NO_PAD, _LOAD, _STORE = (
    1 << next(bit for bit, field in DESCRIPTOR_TABLE["mode"].placed_fields() if field.name == name)
    for name in ("no_pad", "load_state", "store_state"))


@dataclass
class Hash:
    """A function, a message and what hashlib, pycryptodome or a vector says of it."""

    name: str
    message: bytes
    expected: bytes

    def registers(self, source, destination):
        """Words of the descriptor."""
        function = model.FUNCTIONS[self.name]
        return {"source": source, "length": len(self.message), "destination": destination,
                "output_length": len(self.expected),
                "mode": function.rate_lanes | function.domain << 8}


def reference(name, message, output_bytes=None):
    """A `Hash` with the digest that hashlib or pycryptodome computes."""
    if name.startswith("keccak"):
        bits = int(name.removeprefix("keccak_"))
        return Hash(name, message, keccak.new(digest_bits=bits, data=message).digest())
    digest = hashlib.new(name, message)
    return Hash(name, message,
                digest.digest(output_bytes) if name.startswith("shake") else digest.digest())


class KeccakDriver(Driver):
    """Random Keccak jobs for the behaviours of the shell."""

    name = "keccak_coprocessor"
    kind, version = KeccakDatapath.kind, KeccakDatapath.version
    table = ShellTables("keccak", "", DESCRIPTOR).whole

    @staticmethod
    def component():
        """A fresh DUT."""
        return KeccakCoprocessor(dma_region=REGION, source_index=0, dependencies=2)

    def job(self, rng, memory, *, size="short", source=None, destination=None):
        """A random function over random bytes; "long" is 30 blocks in and 8 out. Where no addresses
        are told, often from state to state, or of many messages."""
        if source is None and destination is None and size == "short" and rng.random() < 0.6:
            return rng.choice([_state_job, _batch_job])(rng, memory, slot=next(_SLOTS))
        length, output_bytes = rng.randrange(300), rng.randrange(1, 200)
        name = rng.choice(["shake128", "shake256"])
        if size == "long":
            length, output_bytes = 30 * 136 + length, 8 * 168
        elif size == "empty":
            output_bytes = 0
        elif rng.random() < 0.5:
            name = rng.choice([n for n in model.FUNCTIONS if not n.startswith("shake")])
            output_bytes = model.FUNCTIONS[name].output_bytes
        if source is not None:
            length = length // 8 * 8 + 8
        if destination is not None:
            name, output_bytes = "shake256", output_bytes // 8 * 8 + 8
        half = REGION.size // 2
        source = REGION.base + rng.randrange(half - length) if source is None else source
        destination = (REGION.base + half + rng.randrange(half - output_bytes)
                       if destination is None else destination)
        message = rng.randbytes(length)
        memory.write(source, message)
        task = reference(name, message, output_bytes)
        return Job(task.registers(source, destination), {destination: task.expected},
                   bytes_read=length, bytes_written=len(task.expected))

    def span(self, job):
        """Message and output."""
        return job.registers["length"], job.registers["output_length"]

    def illegal_job(self, rng, memory):
        """A rate of 0, or many messages that share a state."""
        job = self.job(rng, memory)
        return Job({**job.registers, **rng.choice([
            {"mode": 0x0600}, {"mode": 0x0611 | _LOAD, "count": 2, "state": REGION.base},
            {"mode": 0x0611 | _STORE, "count": 0xFFFF, "state": REGION.base}])})

    def wrapping_jobs(self, rng, memory):
        """Message, output, the last of many, or a state past the end of the address space."""
        registers = {"mode": 0x0611, "source": REGION.base, "length": 64,
                     "destination": REGION.base + 0x4000, "output_length": 32}
        many = {"count": 3, "source_stride": 64, "destination_stride": 32}
        return [
            (Job({**registers, **many, "source_stride": 0x8000_0000}), JobError.READ_WINDOW),
            (Job({**registers, **many, "destination_stride": 0x8000_0000}), JobError.WRITE_WINDOW),
            (Job({**registers, "mode": 0x0611 | _LOAD, "state": 0xFFFF_FFF0}),
             JobError.READ_WINDOW),
            (Job({**registers, "mode": 0x0611 | _STORE, "state": 0xFFFF_FFF0}),
             JobError.WRITE_WINDOW),
            (Job({**registers, "source": 0xFFFF_FFF8, "length": 64}), JobError.READ_WINDOW),
            (Job({**registers, "length": 0xFFFF_FFFF}), JobError.READ_WINDOW),
            (Job({**registers, "destination": 0xFFFF_FFFC}), JobError.WRITE_WINDOW),
            (Job({**registers, "output_length": 0xFFFF_FFF8}), JobError.WRITE_WINDOW)]


def _mode(rng):
    """(rate in bytes, domain or None, rounds, word of the register) at random."""
    rate_lanes, rounds = rng.choice([1, 9, 17, 21, 24, rng.randrange(1, 25)]), rng.choice([12, 24])
    domain = rng.choice([None, rng.randrange(1, 0x80)])
    word = rate_lanes | (domain or rng.randrange(256)) << 8 | (rounds == 12) << 16
    return 8 * rate_lanes, domain, rounds, word | (domain is None and _NO_PAD)


def _around(rng, rate_bytes, limit):
    """A length of which the rate makes something special, or a random one."""
    return min(limit, rng.choice([0, 1, 8, rate_bytes - 1, rate_bytes, rate_bytes + 1,
                                  2 * rate_bytes, rng.randrange(limit)]))


_SLOTS = itertools.cycle(range(SLOTS))
"""Where jobs go of which several are under way."""


def _state_job(rng, memory, slot=0):
    """A job that loads a state, stores it, or does both in place."""
    rate_bytes, domain, rounds, mode = _mode(rng)
    length, output_bytes = (_around(rng, rate_bytes, 400) for _ in range(2))
    source = REGION.base + slot * SLOT_BYTES + rng.randrange(8)
    place = source + 450 + rng.randrange(8)
    destination = source + REGION.size // 2 + rng.randrange(8)
    load, store = rng.choice([(True, False), (False, True), (True, True)])
    state, message = rng.randbytes(200), rng.randbytes(length)
    memory.write(place, state)
    memory.write(source, message)
    output, after = model.sponge_from(
        state if load else model.ZERO_STATE, message, rate_bytes=rate_bytes, domain=domain,
        output_bytes=output_bytes, rounds=rounds)
    return Job({"source": source, "length": length, "destination": destination,
                "output_length": output_bytes, "state": place,
                "mode": mode | (load and _LOAD) | (store and _STORE)},
               {destination: output, **({place: after} if store else {})},
               bytes_read=length + (load and 200), bytes_written=output_bytes + (store and 200))


def _batch_job(rng, memory, slot=0):
    """A job of some messages at any stride, often short ones, whose outputs do not touch."""
    rate_bytes, domain, rounds, mode = _mode(rng)
    count = rng.randrange(2, 6)
    length, output_bytes = _around(rng, rate_bytes, 300), rng.choice([1, 5, 32, _around(
        rng, rate_bytes, 300)])
    source = REGION.base + slot * SLOT_BYTES + rng.randrange(8)
    source_stride = rng.choice([0, 1, length, length + rng.randrange(20)])
    destination = source + REGION.size // 2 + rng.randrange(8)
    destination_stride = output_bytes + rng.choice([0, 0, rng.randrange(20)])
    content = rng.randbytes(source_stride * (count - 1) + length)
    memory.write(source, content)
    return Job({"source": source, "length": length, "destination": destination, "mode": mode,
                "output_length": output_bytes, "count": count, "source_stride": source_stride,
                "destination_stride": destination_stride, "state": rng.getrandbits(32)},
               {destination + n * destination_stride: model.sponge(
                   content[n * source_stride:n * source_stride + length], rate_bytes=rate_bytes,
                   domain=domain, output_bytes=output_bytes, rounds=rounds) for n in range(count)},
               bytes_read=count * length, bytes_written=count * output_bytes)


DRIVER = KeccakDriver()

globals().update(behaviour_tests(DRIVER))


class HashBench(Bench):
    """A `Bench` that keeps the queue filled with hashes and checks each when it has ended."""

    def __init__(self, dut, **options):
        super().__init__(dut, DRIVER, seed=SEED, **options)
        self._shadow = {}
        self._running = []
        self.checked = 0

    async def hash(self, task, *, source_alignment=0, destination_alignment=0):
        """Starts a hash in the next slot; at most SLOTS / 2 are under way."""
        while len(self._running) >= SLOTS // 2:
            await self._next()
        slot = self.submitted % SLOTS * SLOT_BYTES + MARGIN
        source = REGION.base + slot + source_alignment
        destination = REGION.base + REGION.size // 2 + slot + destination_alignment
        assert MARGIN + 8 + max(len(task.message), len(task.expected)) + MARGIN <= SLOT_BYTES
        self.memory.write(source, task.message)
        span = (destination - MARGIN, len(task.expected) + 2 * MARGIN)
        before = bytearray(self.memory.read(*span))
        before[MARGIN:-MARGIN] = task.expected
        for name, word in task.registers(source, destination).items():
            if self._shadow.get(name) != word:
                self._shadow[name] = word
                await self.write(name, word)
        await self.command("start")
        self.submitted += 1
        self._running.append((self.submitted, task, span, bytes(before)))

    async def drain(self):
        """Waits for all hashes under way."""
        while self._running:
            await self._next()
        assert await self.read("status") == 0

    async def _next(self):
        number, task, span, expected = self._running.pop(0)
        for _ in range(50_000):
            completed = self.dut.completed.value.to_unsigned()
            if (completed - number) & 0xFFFF < 0x8000:
                break
            await RisingEdge(self.dut.clk)
        else:
            raise AssertionError(f"{task.name} of {len(task.message)} bytes did not end")
        got = self.memory.read(*span)
        assert got == expected, (
            f"{task.name} of {len(task.message)} bytes to {span[0] + MARGIN:#x}: got {got.hex()}, "
            f"expected {expected.hex()}")
        self.checked += 1


async def _hash_bench(dut, **options):
    bench = HashBench(dut, **options)
    await bench.start()
    return bench


def _lengths(name):
    return range(2 * model.FUNCTIONS[name].rate_bytes + 2)


@cocotb.test()
async def every_length_at_every_alignment(dut):
    """SHA3-256 and, in the long suite, all functions."""
    bench = await _hash_bench(dut)
    names = model.FUNCTIONS if "ALL_FUNCTIONS" in os.environ else ["sha3_256"]
    for name in names:
        for length in _lengths(name):
            for alignment in range(8):
                task = reference(name, bench.random.randbytes(length), length % 50)
                await bench.hash(task, source_alignment=alignment,
                                 destination_alignment=(alignment + length) % 8)
    await bench.drain()
    dut._log.info("%d hashes", bench.checked)


@cocotb.test()
async def every_function_at_every_length(dut):
    """At one random alignment each, output of random length."""
    bench = await _hash_bench(dut)
    for name in model.FUNCTIONS:
        for length in _lengths(name):
            task = reference(name, bench.random.randbytes(length), bench.random.randrange(400))
            await bench.hash(task, source_alignment=bench.random.randrange(8),
                             destination_alignment=bench.random.randrange(8))
    await bench.drain()


@cocotb.test()
async def random_stalls_of_the_memory(dut):
    bench = await _hash_bench(dut, latency=4)
    for stall, delay in ((0.5, 0), (0, 0.5), (0.8, 0.3)):
        bench.memory.stall, bench.memory.delay = stall, delay
        for _ in range(50):
            task = reference(bench.random.choice(list(model.FUNCTIONS)),
                             bench.random.randbytes(bench.random.randrange(700)),
                             bench.random.randrange(700))
            await bench.hash(task, source_alignment=bench.random.randrange(8),
                             destination_alignment=bench.random.randrange(8))
    await bench.drain()


@cocotb.test()
async def states_and_batches(dut):
    """Random ones, with and without stalls of the memory."""
    bench = await _hash_bench(dut, latency=4)
    for stall, delay, jobs in ((0, 0, 40), (0.5, 0, 20), (0, 0.5, 20), (0.8, 0.3, 20)):
        bench.memory.stall, bench.memory.delay = stall, delay
        for _ in range(jobs):
            for make in (_state_job, _batch_job):
                await bench.run(make(bench.random, bench.memory))


@cocotb.test()
async def windows_around_every_operand(dut):
    """The last byte of the last message, of the last output and of the state needs its right."""
    bench = await _hash_bench(dut)
    base, random = REGION.base, bench.random
    many = {"source": base + 0x100, "length": 60, "destination": base + 0x1000,
            "output_length": 32, "count": 5, "source_stride": 72, "destination_stride": 40,
            "mode": 17 | 6 << 8}
    one = {"source": base + 0x100, "length": 64, "destination": base + 0x1000, "output_length": 32,
           "state": base + 0x800, "mode": 17 | 6 << 8 | _LOAD | _STORE}
    memory = bench.memory
    message, state = random.randbytes(0x200), random.randbytes(200)
    memory.write(base + 0x100, message)
    output, after = model.sponge_from(state, message[:64], rate_bytes=136, domain=6,
                                      output_bytes=32)
    outputs = {base + 0x1000 + 40 * n: hashlib.sha3_256(message[72 * n:72 * n + 60]).digest()
               for n in range(5)}
    for registers, (reads, writes), expected in [
            (many, ([(0x100, 0x260)], [(0x1000, 0x10C0)]), outputs),
            (one, ([(0x100, 0x140), (0x800, 0x8C8)], [(0x1000, 0x1020), (0x800, 0x8C8)]),
             {base + 0x1000: output, base + 0x800: after})]:
        spans = [*((JobError.READ_WINDOW, span) for span in reads),
                 *((JobError.WRITE_WINDOW, span) for span in writes)]
        for short in [None, *range(len(spans))]:
            for index in range(4):
                await bench.set_window(index, 0, 0, read=0, write=0)
            for index, (error, (start, end)) in enumerate(spans):
                reads_here = error is JobError.READ_WINDOW
                await bench.set_window(index, base + start, base + end - 8 * (index == short),
                                       read=int(reads_here), write=int(not reads_here))
            memory.write(base + 0x800, state)
            if short is None:
                await bench.run(Job(registers, expected))
                continue
            before, log = bytes(memory.contents), len(bench.writes())
            await bench.submit(Job(registers))
            await bench.expect_error(bench.submitted, spans[short][0])
            await bench.command("acknowledge")
            assert len(bench.writes()) == log, "a job with a window violation must write nothing"
            bench.check(before)


@cocotb.test()
async def a_level_of_a_tree_in_place(dut):
    """The outputs lie over messages that have been read; 26 cycles a node or better."""
    bench = await _hash_bench(dut)
    at, count = REGION.base + 0x800, 64
    nodes = bench.random.randbytes(64 * count)
    bench.memory.write(at, nodes)
    outputs = b"".join(keccak.new(digest_bits=256, data=nodes[n:n + 64]).digest()
                       for n in range(0, len(nodes), 64))
    record = await bench.run(Job(
        {"source": at, "length": 64, "destination": at, "output_length": 32, "mode": 17 | 1 << 8,
         "count": count, "source_stride": 64, "destination_stride": 32}, {at: outputs}))
    dut._log.info("%d nodes in %d cycles", count, record["busy"])
    assert record["busy"] <= 26 * count


@cocotb.test()
async def twelve_rounds(dut):
    bench = await _hash_bench(dut)
    message = bench.random.randbytes(1000)
    memory, source, destination = bench.memory, REGION.base + 3, REGION.base + 0x4001
    memory.write(source, message)
    await bench.run(Job({"source": source, "length": 1000, "destination": destination,
                         "output_length": 500, "mode": 17 | 0x1F << 8 | 1 << 16},
                        {destination: TurboSHAKE256.new(domain=0x1F, data=message).read(500)}))


@cocotb.test()
async def time_depends_on_lengths_only(dut):
    """The whole trace of the DMA port, cycle by cycle."""
    bench = await _hash_bench(dut)
    place = REGION.base + 0x2003
    for name, length, output_bytes, others in [
            ("sha3_256", 0, None, {}), ("keccak_256", 64, None, {}), ("shake128", 333, 400, {}),
            ("shake128", 70, 200, {"state": place, "mode": 21 | _LOAD | _STORE | _NO_PAD}),
            ("keccak_256", 61, None, {"count": 9, "source_stride": 61, "destination_stride": 33})]:
        traces = set()
        for message in (bytes(700), b"\xff" * 700, bench.random.randbytes(700)):
            task = reference(name, message[:length], output_bytes)
            bench.memory.write(REGION.base + 5, message)
            bench.memory.write(place, message[:200])
            await bench.describe(Job({**task.registers(REGION.base + 5, REGION.base + 0x4003),
                                      **others}))
            bench.memory.log.clear()
            start = await bench.command("start")
            bench.submitted += 1
            end = await bench.finish()
            traces.add((end - start, *(
                (a.cycle - start, a.write, a.address, a.write and a.byte_enable)
                for a in bench.memory.log)))
        assert len(traces) == 1, f"{name} of {length} bytes: {len(traces)} different traces"


@cocotb.test()
async def cycles_from_start_to_completed(dut):
    """Long messages reach 95 % of the limit; short ones end after their fixed cost."""
    bench = await _hash_bench(dut)
    for name in ("sha3_256", "keccak_256", "shake128"):
        for length in (0, 64, 136, 1000, 16384):
            task = reference(name, bench.random.randbytes(length), 32)
            bench.memory.write(REGION.base, task.message)
            await bench.describe(Job(task.registers(REGION.base, REGION.end - 64)))
            start = await bench.command("start")
            bench.submitted += 1
            cycles = await bench.finish() - start
            assert bench.memory.read(REGION.end - 64, 32) == task.expected
            limit = min(8, model.FUNCTIONS[name].rate_bytes / model.ROUNDS)
            fraction = length / cycles / limit
            dut._log.info("%s of %d bytes: %d cycles, %.2f bytes a cycle, %.3f of the limit", name,
                          length, cycles, length / cycles, fraction)
            assert length < 16384 or fraction > 0.95
            assert length > 64 or cycles <= 52, f"{name} of {length} bytes: {cycles} cycles"


async def _vectors(dut, *cases):
    """Cases of (name, file of the package)."""
    bench = await _hash_bench(dut)
    for name, path in cases:
        for case in rsp_cases(path):
            await bench.hash(Hash(name, case["Msg"], case["output"]),
                             source_alignment=bench.random.randrange(8),
                             destination_alignment=bench.random.randrange(8))
    await bench.drain()
    dut._log.info("%d vectors", bench.checked)


@cocotb.test()
async def nist_short_messages(dut):
    await _vectors(dut, *(
        (f"sha3_{bits}", cryptography_vectors_file(f"hashes/SHA3/SHA3_{bits}ShortMsg.rsp"))
        for bits in (224, 256, 384, 512)))


@cocotb.test()
async def nist_shake(dut):
    await _vectors(dut, *(
        (f"shake{bits}", cryptography_vectors_file(f"hashes/SHAKE/SHAKE{bits}{kind}.rsp"))
        for bits in (128, 256) for kind in ("ShortMsg", "VariableOut")))


@cocotb.test()
async def nist_long_messages(dut):
    bench = await _hash_bench(dut)
    for name in ("sha3_224", "sha3_256", "sha3_384", "sha3_512", "shake128", "shake256"):
        folder = "SHAKE" if name.startswith("shake") else "SHA3"
        path = cryptography_vectors_file(f"hashes/{folder}/{name.upper()}LongMsg.rsp")
        for case in rsp_cases(path):
            task = Hash(name, case["Msg"], case["output"])
            source, destination = REGION.base + bench.random.randrange(8), REGION.end - 100
            bench.memory.write(source, task.message)
            await bench.run(Job(task.registers(source, destination), {destination: task.expected}))


@cocotb.test()
async def original_padding_vectors(dut):
    await _vectors(dut, ("keccak_256", Path(os.environ["KECCAK_SHORT_MESSAGES"])))


FAST = [*behaviour_tests(DRIVER), "every_length_at_every_alignment",
        "every_function_at_every_length", "random_stalls_of_the_memory", "states_and_batches",
        "windows_around_every_operand", "a_level_of_a_tree_in_place", "twelve_rounds",
        "time_depends_on_lengths_only", "cycles_from_start_to_completed", "nist_short_messages",
        "nist_shake"]


def _run(testcase, **environment):
    run_cocotb(KeccakDriver.component(), __name__, name=DRIVER.name, seed=SEED, testcase=testcase,
               visible=INSIDE, environment=environment)


def test_coprocessor():
    _run(FAST)


def test_vectors_of_the_user():
    _run("original_padding_vectors",
         KECCAK_SHORT_MESSAGES=str(user_vectors_file("keccak/Keccak-256_ShortMsgKAT.txt")))


@pytest.mark.long
def test_all_functions_at_every_alignment():
    _run("every_length_at_every_alignment", ALL_FUNCTIONS="1")


@pytest.mark.long
def test_nist_long_messages():
    _run("nist_long_messages")
