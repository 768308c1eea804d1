"""The records of ended jobs."""

from amaranth.hdl import Array, Cat, Const, Module
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from coprocessors.shell.datapath import JobError
from coprocessors.shell.table import RECORD_SLOTS, RECORD_WORDS

__all__ = ["JobCounts", "JobRecord", "Records"]


class JobCounts(data.Struct):
    """What was counted while a job ran; all modulo 2^32."""

    busy: 32
    stalled_on_input: 32
    stalled_on_output: 32
    bytes_read: 32
    bytes_written: 32


class JobRecord(data.Struct):
    """What is kept of an ended job."""

    job: 16
    error: JobError
    counts: JobCounts


class Records(wiring.Component):
    """The records of the last RECORD_SLOTS ended jobs.

    Members:
        write, record : In(1), In(JobRecord), puts a record in the slot of its job number.
        address : In(5), word of the register range; ``read_data`` : Out(32), in the same cycle.
    """

    def __init__(self):
        super().__init__({
            "write": In(1), "record": In(JobRecord),
            "address": In(range(RECORD_SLOTS * RECORD_WORDS)), "read_data": Out(32),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = Memory(shape=JobRecord, depth=RECORD_SLOTS, init=[])
        write_port = memory.write_port()
        read_port = memory.read_port(domain="comb")
        record = read_port.data
        slot_bits = (RECORD_SLOTS - 1).bit_length()
        word_bits = (RECORD_WORDS - 1).bit_length()
        words = [Cat(record.job, record.error), record.counts.busy,
                 record.counts.stalled_on_input, record.counts.stalled_on_output,
                 record.counts.bytes_read, record.counts.bytes_written]
        words += [Const(0)] * (RECORD_WORDS - len(words))
        m.d.comb += [
            write_port.addr.eq(self.record.job[:slot_bits]),
            write_port.data.eq(self.record),
            write_port.en.eq(self.write),
            read_port.addr.eq(self.address[word_bits:]),
            self.read_data.eq(Array(words)[self.address[:word_bits]]),
        ]
        return m
