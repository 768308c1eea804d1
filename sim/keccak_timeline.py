"""Draws what the parts of the Keccak coprocessor do in each cycle of one job, from its simulation.

The job runs on the very Verilog that synthesis reads, from START to its end, with a memory behind
the DMA port that answers as fast as the chip's. As a cocotb test the module writes down, for each
cycle, which parts were at work; ``timeline`` runs it and draws.
"""

import json
import os
import tempfile
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge

from coprocessors.keccak.coprocessor import KeccakCoprocessor
from coprocessors.keccak.model import FUNCTIONS
from sim.dma_memory import DmaMemory
from sim.harness import run_cocotb
from sim.streams import unpack
from sim.timeline import draw
from soc.fabric.dma import DmaRequest
from soc.fabric.region import Region

__all__ = ["PARTS", "timeline", "trace"]


PARTS = {
    "job": "it is in the queue or under way, from the cycle of START",
    "read": "the memory is asked for a word",
    "lane": "a lane goes into the buffer",
    "round": "the state is permuted",
    "output": "a lane leaves the buffer",
    "write": "a word goes to memory",
}
"""{part: what it does in a cycle that is drawn}."""

_REGION = Region("ram", 0x9000_0000, 0x2_0000)
_HALF = _REGION.size // 2
_VISIBLE = tuple(f"datapath.sponge.{name}" for name in (
    "absorber.buffer.shift", "permutation.running", "permutation.waiting", "squeezer.shift"))
_LIMIT_CYCLES = 100_000


def trace(function, length, *, output_bytes=32, messages=1, rounds_per_cycle=1):
    """{part: list of bool, for each cycle from START to the end} of a job.

    Parameters: function : str, in `coprocessors.keccak.model.FUNCTIONS`. length, output_bytes :
        int, of each message and of its output. messages : int.
    Raises: ValueError for what is not known, or does not fit into the memory.
    """
    if function not in FUNCTIONS:
        raise ValueError(f"function must be one of {', '.join(FUNCTIONS)}, not {function!r}")
    for name, value in {"length": length, "output": output_bytes}.items():
        if not 0 <= value * messages <= _HALF:
            raise ValueError(f"{name} must be from 0 to {_HALF // messages} bytes for {messages} "
                             f"messages, not {value}" if messages > 1 else
                             f"{name} must be from 0 to {_HALF} bytes, not {value}")
    job = {
        "source": _REGION.base, "length": length, "source_stride": length,
        "destination": _REGION.base + _HALF, "output_length": output_bytes,
        "destination_stride": output_bytes, "count": messages,
        "mode": FUNCTIONS[function].rate_lanes | FUNCTIONS[function].domain << 8,
    }
    component = KeccakCoprocessor(dma_region=_REGION, source_index=0, dependencies=1,
                                  rounds_per_cycle=rounds_per_cycle)
    table = component.table
    writes = [(table.register(name).offset, value) for name, value in [
        ("window0_base", _REGION.base), ("window0_end", _REGION.end), ("window0_rights", 3),
        *job.items(), ("control", 1)]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        run_cocotb(component, __name__, name="keccak_timeline", visible=_VISIBLE,
                   environment={"TIMELINE_WRITES": json.dumps(writes), "TIMELINE": str(path)})
        return json.loads(path.read_text())


def timeline(*job, **options):
    """`draw` of the `trace` of a job."""
    return draw(trace(*job, **options))


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def write_down_one_job(dut):
    memory = DmaMemory(dut, base=_REGION.base, size=_REGION.size)
    dut.dependencies__0__submitted.value = 0
    dut.bus__request.value, dut.bus__write.value = 0, 0
    dut.rst.value = 1
    Clock(dut.clk, 10, unit="ns").start()
    memory.start()
    for _ in range(3):
        await RisingEdge(dut.clk)
    dut.rst.value = 0
    for offset, value in json.loads(os.environ["TIMELINE_WRITES"]):
        await _write(dut, offset, value)
    traced = {part: [] for part in PARTS}
    for _ in range(_LIMIT_CYCLES):
        for part, works in _at_work(dut).items():
            traced[part].append(works)
        await RisingEdge(dut.clk)
        if dut.completed.value == 1:
            Path(os.environ["TIMELINE"]).write_text(json.dumps(traced))
            return
    raise AssertionError(f"the job must end within {_LIMIT_CYCLES} cycles")


async def _write(dut, offset, value):
    """Writes a register as machine mode does; returns in the cycle of the request."""
    dut.bus__present.value, dut.bus__request.value, dut.bus__write.value = 1, 1, 1
    dut.bus__machine.value, dut.bus__byte_enable.value = 1, 15
    dut.bus__address.value, dut.bus__write_data.value = offset, value
    dut.select.value = 1 << (offset >> 12)
    await RisingEdge(dut.clk)
    for name in ("present", "request", "write"):
        getattr(dut, f"bus__{name}").value = 0
    dut.select.value = 0


def _at_work(dut):
    """{part: whether it is at work in the cycle that has just ended}."""
    request = unpack(DmaRequest, dut.dma__request__payload.value.to_unsigned())
    accepted = bool(dut.dma__request__valid.value and dut.dma__request__ready.value)
    sponge = dut.datapath.sponge
    return {
        "job": True,
        "read": accepted and not request["write"],
        "lane": bool(sponge.absorber.buffer.shift.value),
        "round": bool(sponge.permutation.running.value and not sponge.permutation.waiting.value),
        "output": bool(sponge.squeezer.shift.value),
        "write": accepted and bool(request["write"]),
    }
