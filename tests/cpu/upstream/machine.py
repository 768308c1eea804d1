"""Runs one test of RISC-V International on the core, in lockstep with the instruction-set model."""

import functools
import os
import pickle
from pathlib import Path

import cocotb
from amaranth.back import verilog
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from cpu.bit_manipulation import EXTENSIONS
from sim.harness import run_cocotb
from sim.iss.hart import Hart
from sim.iss.memory import AddressSpace, Memory
from sim.lockstep import LineHistory, Lockstep, Mismatch, RvfiRecord
from tests.cpu.lockstep_bench import Bench
from tests.cpu.upstream.bench import (
    PMP_ENTRIES, VISIBLE, LargeBench, load, peek, write_memories,
)

__all__ = ["UpstreamFailure", "run_image", "run_model"]

_INSTRUCTIONS = 500_000  # in which each test must end
_ENDS = (1, 3)  # in tohost: passed, failed; any other word is a character that is printed
_LOOK = 64  # instructions between two looks at tohost
_PATIENCE = 2000  # cycles without a retirement, after which it hangs or sleeps for ever


class UpstreamFailure(AssertionError):
    """A test did not end, or found something wrong."""


@functools.cache
def _bench_verilog():
    return verilog.convert(LargeBench(), name="core_bench", emit_src=False,
                           strip_internal_attrs=True)


def run_image(image, folder, *, signature=None):
    """Runs ``image`` until it stores to ``tohost``; returns (the word stored, the signature).

    Parameters:
        folder : Path, for the files between the processes.
        signature : (first, last) names of the symbols around it, or None.
    Returns: the words from the first symbol to the last as the core's memory holds them; that of
        the model has been found to hold the same. Raises: AssertionError with the reason.
    """
    order, answer = folder / "order", folder / "answer"
    order.write_bytes(pickle.dumps((
        image.segments, image.symbols["tohost"],
        [image.symbols[name] for name in signature] if signature else [0, 0])))
    run_cocotb(_bench_verilog(), __name__, name="core_bench", visible=VISIBLE,
               extra_sources=[write_memories(folder / "memories.v")],
               environment={"ORDER": str(order), "ANSWER": str(answer)})
    return pickle.loads(answer.read_bytes())


def run_model(image, *, signature):
    """Runs ``image`` on the model alone until it stores 1 or 3 to ``tohost``; as `run_image`."""
    bench = LargeBench()
    memories = [Memory("itcm", bench.itcm.base, bench.itcm.size, executable=True),
                Memory("ram", bench.ram.base, bench.ram.size)]
    space = AddressSpace(memories)
    for address, content in image.segments:
        space.write(address, content)
    hart = Hart(space, reset_vector=bench.itcm.base, extensions=EXTENSIONS,
                pmp_entries=PMP_ENTRIES)
    tohost, (first, last) = image.symbols["tohost"], (image.symbols[name] for name in signature)
    for _ in range(0, _INSTRUCTIONS, _LOOK):
        hart.run(_LOOK)
        word = space.load(tohost, 4)
        if word in _ENDS and not space.load(tohost + 4, 4):
            return word, [space.load(address, 4) for address in range(first, last, 4)]
    raise UpstreamFailure(f"the test must end on the model within {_INSTRUCTIONS} instructions, "
                          f"not be at {hart.pc:#010x}")


async def _follow(bench, lockstep, tohost):
    """Runs both until ``tohost`` is written; returns the word."""
    dut, history, idle, retired = bench.dut, LineHistory(), 0, 0
    valid = dut.rvfi__valid
    handles = [getattr(dut, f"rvfi__{name}") for name in RvfiRecord._fields]
    while retired < _INSTRUCTIONS and idle < _PATIENCE:
        await FallingEdge(dut.clk)
        history.add(0)
        if not valid.value:
            idle += 1
            continue
        idle, retired = 0, retired + 1
        record = RvfiRecord(*[int(handle.value) for handle in handles])
        lockstep.follow(record, *history.window())
        if record.mem_wmask and record.mem_addr & ~3 == tohost and record.mem_wdata:
            return record.mem_wdata
        if record.pc_wdata == record.pc_rdata:
            raise UpstreamFailure(f"the test must end, not jump to itself at "
                                  f"{record.pc_rdata:#010x}")
    reason = f"{_PATIENCE} cycles without a retirement" if idle else f"{retired} instructions"
    raise UpstreamFailure(f"the test must end, not be at {lockstep.hart.pc:#010x} after {reason}")


@cocotb.test()
async def upstream_test(dut):
    """The test whose image the file ORDER holds; writes what it did to the file ANSWER."""
    segments, tohost, (first, last) = pickle.loads(Path(os.environ["ORDER"]).read_bytes())
    Clock(dut.clk, 10, unit="ns").start()
    bench = Bench(dut, LargeBench(), pmp_entries=PMP_ENTRIES)
    dut.rst.value = 1
    bench.drive(0)
    for _ in range(3):
        await FallingEdge(dut.clk)
    for address, content in segments:
        load(dut, bench, address, content)
        bench.space.write(address, content)
    dut.rst.value = 0
    lockstep = Lockstep(Hart(bench.space, reset_vector=bench.itcm.base, extensions=EXTENSIONS,
                             pmp_entries=PMP_ENTRIES))
    word = await _follow(bench, lockstep, tohost)
    await FallingEdge(dut.clk)
    signature = [peek(dut, bench, address) for address in range(first, last, 4)]
    for address, got in zip(range(first, last, 4), signature):
        expected = bench.space.load(address, 4)
        if got != expected:
            raise Mismatch(f"{address:#010x} must hold {expected:#010x}, not {got:#010x}")
    Path(os.environ["ANSWER"]).write_bytes(pickle.dumps((word, signature)))
