"""Draws what the parts of the matmul datapath do in each cycle of one job, from its simulation.

The job runs on the very Verilog that synthesis reads, at the streams of the datapath: a memory that
answers without a pause stands in the place of the DMA. As a cocotb test the module writes down, for
each cycle, which parts were at work; ``timeline`` runs it and draws.
"""

import json
import os
import tempfile
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge

from coprocessors.matmul.array import Step
from coprocessors.matmul.datapath import MatmulDatapath
from coprocessors.matmul.operand_buffer import Feed
from coprocessors.matmul.packer import PackStep
from coprocessors.matmul.postprocessor import DrainStep
from coprocessors.matmul.table import DESCRIPTOR, OUTPUT
from coprocessors.shell.datapath import Beat, Transfer, descriptor_layout
from sim.harness import run_cocotb
from sim.streams import StreamSink, StreamSource, unpack
from sim.timeline import draw
from soc.fabric.dma import WORD_BYTES

__all__ = ["PARTS", "timeline", "trace"]


PARTS = {
    "loader": "a word of operands or parameters goes into the buffers",
    "executor": "the array is fed",
    "blocked": "it is not: the results of the last tile are in the way",
    "drainer": "results leave the array for the lanes",
    "writer": "a word of results leaves",
}
"""{part: what it does in a cycle that is drawn}."""

_VISIBLE = ("executor.feed", "executor.blocked", "drainer.step")
_LIMIT_CYCLES = 100_000


def trace(configuration, m, n, k):
    """{part: list of bool, for each cycle from the one that takes the job on} of a job m x n x k.

    int8 operands in aligned rows, int8 results, bias and scales for each column; ``configuration``
    is that of the chip. Raises: ValueError unless m, n and k are from 1 to 65535.
    """
    for name, value in {"m": m, "n": n, "k": k}.items():
        if not 1 <= value <= 65535:
            raise ValueError(f"{name} must be from 1 to 65535, not {value}")
    component = MatmulDatapath(array_rows=configuration.array_rows,
                               array_columns=configuration.array_columns,
                               requantizer_lanes=configuration.requantizer_lanes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        run_cocotb(component, __name__, name="matmul_timeline", visible=_VISIBLE,
                   environment={"TIMELINE_JOB": json.dumps([m, n, k]), "TIMELINE": str(path)})
        return json.loads(path.read_text())


def timeline(configuration, m, n, k):
    """`draw` of the `trace` of a job."""
    return draw(trace(configuration, m, n, k))


def _descriptor(m, n, k):
    """A job with A, B, parameters and C behind each other, in rows of whole words."""
    stride, columns = -(-k // WORD_BYTES) * WORD_BYTES, -(-n // WORD_BYTES) * WORD_BYTES
    base = 0x9000_0000
    parameters = base + (m + n) * stride
    return {
        "m": m, "n": n, "k": k, "a_address": base, "b_address": base + m * stride,
        "a_stride": stride, "b_stride": stride, "c_stride": columns,
        "bias_address": parameters, "multiplier_address": parameters + 4 * columns,
        "shift_address": parameters + 8 * columns, "c_address": parameters + 12 * columns,
        "format_output": OUTPUT["int8"], "format_per_channel": 1,
        "clamp_minimum": -128, "clamp_maximum": 127,
    }


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def write_down_one_job(dut):
    jobs = StreamSource(dut, "job", descriptor_layout(DESCRIPTOR))
    reads, beats = StreamSink(dut, "read_command", Transfer), StreamSource(dut, "read_data", Beat)
    writes, results = (StreamSink(dut, "write_command", Transfer),
                       StreamSink(dut, "write_data", Beat))
    dut.clear.value, dut.rst.value = 0, 1
    Clock(dut.clk, 10, unit="ns").start()
    for part in (jobs, reads, beats, writes, results):
        part.start()
    for _ in range(4):
        await RisingEdge(dut.clk)
    dut.rst.value = 0
    jobs.queue.append(_descriptor(*json.loads(os.environ["TIMELINE_JOB"])))
    traced, served = {part: [] for part in PARTS}, 0
    for _ in range(_LIMIT_CYCLES):
        await RisingEdge(dut.clk)
        for command in reads.taken[served:]:
            beats.queue.extend(_row(command["row_bytes"]) * command["rows"])
        served = len(reads.taken)
        if jobs.times:
            for part, works in _at_work(dut).items():
                traced[part].append(works)
            if dut.done.value == 1:
                Path(os.environ["TIMELINE"]).write_text(json.dumps(traced))
                return
    raise AssertionError(f"the job must end within {_LIMIT_CYCLES} cycles")


def _row(row_bytes):
    """The beats of a row."""
    return [{"data": 0, "count": min(row_bytes - start, WORD_BYTES),
             "last": start + WORD_BYTES >= row_bytes}
            for start in range(0, row_bytes, WORD_BYTES)]


def _at_work(dut):
    """{part: whether it is at work in this cycle}."""
    feed = unpack(Feed, int(dut.executor.feed.value))
    step = unpack(DrainStep, int(dut.drainer.step.value))
    return {
        "loader": bool(dut.read_data__valid.value and dut.read_data__ready.value),
        "executor": bool(unpack(Step, feed["step"])["accumulate"]),
        "blocked": bool(dut.executor.blocked.value),
        "drainer": bool(unpack(PackStep, step["pack"])["valid"]),
        "writer": bool(dut.write_data__valid.value and dut.write_data__ready.value),
    }
