"""Our model of DP16KD: memories that yosys has mapped to it behave as they were written.

One design holds a memory of each port width; its netlist runs against a plain Python model.
"""

import os
import random

import cocotb
from amaranth.back import verilog
from amaranth.hdl import Module, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from boards.synthesis import synthesize
from sim.harness import BUILD_DIR, run_cocotb
from sim.models import MEMORY_MODEL
from sim.netlist import cell_models

# name: (width, depth, granularity or None, DP16KD expected)
DUAL_PORT = {"bytes18": (16, 1024, 8, 1), "nine": (9, 2048, None, 1), "four": (4, 4096, None, 1),
             "two": (2, 8192, None, 1),
             "one": (1, 16384, None, 1), "wide": (32, 2048, 8, 4)}
SIMPLE = {"pair": (32, 512, None, 1)}


def _contents(name, width, depth):
    words = random.Random(name)
    return [words.randrange(1 << width) for _ in range(depth)]


class Memories(wiring.Component):
    """Every memory with its ports brought out; `pair` has one write and one read port."""

    def __init__(self):
        members = {}
        for name, (width, depth, granularity, _) in (DUAL_PORT | SIMPLE).items():
            lanes = width // granularity if granularity else 1
            for port in "ab":
                members |= {f"{name}_{port}_address": In(range(depth)),
                            f"{name}_{port}_write": In(lanes),
                            f"{name}_{port}_data": In(unsigned(width)),
                            f"{name}_{port}_enable": In(1),
                            f"{name}_{port}_read": Out(unsigned(width))}
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        for name, (width, depth, granularity, _) in (DUAL_PORT | SIMPLE).items():
            memory = Memory(shape=unsigned(width), depth=depth,
                            init=_contents(name, width, depth))
            m.submodules[name] = memory
            for port in "ab":
                pin = {what: getattr(self, f"{name}_{port}_{what}")
                       for what in ("address", "write", "data", "enable", "read")}
                if name in DUAL_PORT or port == "a":
                    write = memory.write_port(granularity=granularity)
                    m.d.comb += [write.addr.eq(pin["address"]), write.data.eq(pin["data"]),
                                 write.en.eq(pin["write"])]
                if name in DUAL_PORT or port == "b":
                    read = memory.read_port()
                    m.d.comb += [read.addr.eq(pin["address"]), read.en.eq(pin["enable"]),
                                 pin["read"].eq(read.data)]
        return m


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def netlist_keeps_what_was_written(dut):
    rng = random.Random(int(os.environ.get("COCOTB_RANDOM_SEED", "1")))
    shapes = DUAL_PORT | SIMPLE
    words = {name: _contents(name, shape[0], shape[1]) for name, shape in shapes.items()}
    dut.rst.value = 0
    Clock(dut.clk, 10, unit="ns").start()
    expected = {}
    for cycle in range(4000):
        await FallingEdge(dut.clk)
        for (name, port), value in expected.items():
            got = int(getattr(dut, f"{name}_{port}_read").value)
            assert got == value, f"cycle {cycle} {name} port {port}: {got:#x}, expected {value:#x}"
        expected = {}
        for name, (width, depth, granularity, _) in shapes.items():
            lanes = width // granularity if granularity else 1
            # A few addresses often, all of them sometimes; never the same one at both ports.
            pool = [0, 1, depth // 2, depth - 1] + [rng.randrange(depth) for _ in range(2)]
            addresses = rng.sample(sorted(set(pool)), 2)
            for port, address in zip("ab", addresses):
                writes = name in DUAL_PORT or port == "a"
                reads = name in DUAL_PORT or port == "b"
                write = rng.randrange(1 << lanes) if writes and rng.random() < 0.5 else 0
                data = rng.randrange(1 << width)
                getattr(dut, f"{name}_{port}_address").value = address
                getattr(dut, f"{name}_{port}_write").value = write
                getattr(dut, f"{name}_{port}_data").value = data
                getattr(dut, f"{name}_{port}_enable").value = 1
                if reads and not write:
                    expected[name, port] = words[name][address]
                for lane in range(lanes):
                    if write >> lane & 1:
                        mask = ((1 << width // lanes) - 1) << (lane * (width // lanes))
                        words[name][address] = words[name][address] & ~mask | data & mask


def test_memories_map_to_dp16kd_and_behave():
    text = verilog.convert(Memories(), name="memories", emit_src=False, strip_internal_attrs=True)
    result = synthesize(text, "memories", BUILD_DIR / "synthesis")
    blocks = sum(shape[3] for shape in (DUAL_PORT | SIMPLE).values())
    assert result.cells["DP16KD"] == blocks
    run_cocotb(result.netlist.read_text(), __name__, name="memories",
               extra_sources=cell_models(BUILD_DIR / "sim"))


def test_broken_model_is_caught(tmp_path):
    """A model that forgets the byte enables must fail."""
    text = verilog.convert(Memories(), name="memories", emit_src=False, strip_internal_attrs=True)
    result = synthesize(text, "memories", BUILD_DIR / "synthesis")
    good = MEMORY_MODEL.read_text()
    broken = good.replace("18, 36: write_mask = {{9{address[1]}}, {9{address[0]}}};",
                          "18, 36: write_mask = 18'h3ffff;")
    assert broken != good
    model = tmp_path / "dp16kd.v"
    model.write_text(broken)
    sources = [model if s == MEMORY_MODEL else s for s in cell_models(BUILD_DIR / "sim")]
    try:
        run_cocotb(result.netlist.read_text(), __name__, name="memories",
                   extra_sources=sources)
    except AssertionError:
        return
    raise AssertionError("the mutant survived")
