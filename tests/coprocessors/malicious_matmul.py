"""A matmul array that lies, dawdles, strays and spies, in the place of the real one.

It is a coprocessor like any other: a datapath of `DatapathSignature`, in the shell. A chip gets it
where `soc.coprocessors` gets the real one.
"""

import contextlib
import hashlib
from pathlib import Path
from unittest import mock

from amaranth.hdl import Cat, Format, Module, Mux, Print, Signal
from amaranth.lib import enum, wiring

from coprocessors.matmul import table
from coprocessors.matmul.datapath import MatmulDatapath
from coprocessors.shell.coprocessor import Coprocessor
from coprocessors.shell.datapath import DatapathSignature, JobError, descriptor_layout
from sim.runner import build
from soc.fabric.registers import Access, Field, Register

__all__ = ["MaliciousDatapath", "MaliciousMatmul", "Mischief", "malicious_chips"]

_WORD_BYTES = 8


class Mischief(enum.Enum, shape=4):
    """What the array does, beside logging all that it asks for and sees."""

    NONE = 0
    LIE = 1  # adds `first` and `second` to the two int32 in beat number `target` of the results
    NEVER = 2  # never tells the end
    EARLY = 3  # tells the end when the first results leave
    LATE = 4  # writes into C `first` cycles after the end; reads at `target` keep its clock going
    WRITE = 5  # writes at `target`, then does its job
    READ = 6  # reads at `target`, then does its job
    DEAF = 7  # never tells the end, nor that it is cleared


def _register(name, offset, field):
    return Register(name, offset, "Of the malicious array.", [field])


class MaliciousDatapath(wiring.Component):
    """A `MatmulDatapath`, with `Mischief`.

    What it asks for and what it sees goes to the log of the simulation, in lines
    ``asks ADDRESS ROW_BYTES ROWS STRIDE`` and ``sees DATA COUNT``, all hexadecimal.

    Parameters and Members: those of `MatmulDatapath`.
    """

    kind, version, strides = table.KIND, table.VERSION, True
    operands = staticmethod(table.operands)
    descriptor = (
        *table.DESCRIPTOR,
        _register("mischief", 0x1F0, Field("value", 4, Access.RW, "Which.")),
        _register("target", 0x1F4, Field("value", 32, Access.RW, "Address or number of a beat.")),
        _register("first", 0x1F8, Field("value", 32, Access.RW, "Difference, or cycles.")),
        _register("second", 0x1FC, Field("value", 32, Access.RW, "Difference.")),
    )

    def __init__(self, **shape):
        self._inner = MatmulDatapath(**shape)
        super().__init__(DatapathSignature(descriptor_layout(self.descriptor)))

    def elaborate(self, platform):
        m = Module()
        m.submodules.inner = inner = self._inner
        job = Signal(descriptor_layout(self.descriptor))
        mischief, beat = job.mischief, Signal(32)
        left = Signal(32)  # cycles until it is late
        told = Signal()  # that the job has ended
        sent = Signal()  # the command of a write
        deaf = Signal()

        def does(what):
            return mischief == what.value

        never = does(Mischief.NEVER) | does(Mischief.DEAF)

        m.d.comb += [
            inner.clear.eq(self.clear), self.cleared.eq(inner.cleared & ~deaf),
            self.stalled_on_input.eq(inner.stalled_on_input),
            self.stalled_on_output.eq(inner.stalled_on_output),
            *[getattr(inner.job.payload, name).eq(getattr(job, name))
              for name in descriptor_layout(inner.descriptor).members],
        ]

        @contextlib.contextmanager
        def state(name):
            with m.State(name):
                yield
                with m.If(self.clear):
                    m.next = "IDLE"

        with m.FSM(init="IDLE"):
            with state("IDLE"):
                m.d.comb += self.job.ready.eq(~self.clear)
                m.d.sync += [job.eq(self.job.payload), beat.eq(0), told.eq(0), sent.eq(0)]
                with m.If(self.job.valid & self.job.ready):
                    m.next = "BEGIN"
            with state("BEGIN"):
                m.next = "PASS"
                m.d.sync += deaf.eq(does(Mischief.DEAF))
                with m.If(does(Mischief.WRITE)):
                    m.next = "WRITE"
                with m.If(does(Mischief.READ)):
                    m.next = "READ"
            with state("WRITE"):
                self._write(m, job.target, sent)
                with m.If(self.write_data.ready):
                    m.next = "PASS"
            with state("READ"):
                self._read(m, job.target)
                with m.If(self.read_command.ready):
                    m.next = "READ_ANSWER"
            with state("READ_ANSWER"):
                m.d.comb += self.read_data.ready.eq(1)
                with m.If(self.read_data.valid):
                    m.next = "PASS"
            with state("PASS"):
                m.d.comb += inner.job.valid.eq(1)
                with m.If(inner.job.ready):
                    m.next = "RUN"
            with state("RUN"):
                self._run(m, job, beat, told, does, never)
                with m.If(inner.done & ~never):
                    m.next = "IDLE"
                    with m.If(does(Mischief.LATE)):
                        m.next = "WAIT"
                m.d.sync += left.eq(job.first)
            with state("WAIT"):
                self._read(m, job.target)
                m.d.comb += self.read_data.ready.eq(1)
                m.d.sync += left.eq(left - 1)
                with m.If(left == 0):
                    m.next = "LATE"
            with state("LATE"):
                self._write(m, job.c_address, sent)
                m.d.comb += self.read_data.ready.eq(1)
                with m.If(self.write_data.ready):
                    m.next = "IDLE"
        self._log(m)
        return m

    def _read(self, m, address):
        command = self.read_command
        m.d.comb += [command.valid.eq(1), command.payload.address.eq(address),
                     command.payload.row_bytes.eq(_WORD_BYTES), command.payload.rows.eq(1)]

    def _write(self, m, address, sent):
        command, data = self.write_command, self.write_data
        with m.If(command.ready):
            m.d.sync += sent.eq(1)
        m.d.comb += [command.valid.eq(~sent), command.payload.address.eq(address),
                     command.payload.row_bytes.eq(_WORD_BYTES), command.payload.rows.eq(1),
                     data.valid.eq(1), data.payload.data.eq(0x6C6961722D6C6961),
                     data.payload.count.eq(_WORD_BYTES), data.payload.last.eq(1)]

    def _run(self, m, job, beat, told, does, never):
        """The job itself, with what is wrong about its results and its end."""
        inner, leaves = self._inner, self.write_data.valid & self.write_data.ready
        for outer, stream in ((self.read_command, inner.read_command),
                              (self.write_command, inner.write_command),
                              (self.write_data, inner.write_data)):
            m.d.comb += [outer.valid.eq(stream.valid), outer.payload.eq(stream.payload),
                         stream.ready.eq(outer.ready)]
        m.d.comb += [inner.read_data.valid.eq(self.read_data.valid),
                     inner.read_data.payload.eq(self.read_data.payload),
                     self.read_data.ready.eq(inner.read_data.ready)]
        with m.If(does(Mischief.LIE) & (beat == job.target)):
            results = inner.write_data.payload.data
            m.d.comb += self.write_data.payload.data.eq(
                Cat((results[:32] + job.first)[:32], (results[32:] + job.second)[:32]))
        with m.If(leaves):
            m.d.sync += [beat.eq(beat + 1), told.eq(1)]
        with m.If(does(Mischief.EARLY)):
            m.d.comb += self.done.eq(leaves & ~told)
        with m.Elif(~never):
            m.d.comb += self.done.eq(inner.done)
        m.d.comb += self.error.eq(Mux(does(Mischief.EARLY), JobError.NONE, inner.error))

    def _log(self, m):
        command, data = self.read_command, self.read_data
        asked, seen = command.payload, data.payload
        with m.If(command.valid & command.ready):
            m.d.sync += Print(Format("asks {:08x} {:08x} {:04x} {:08x}", asked.address,
                                     asked.row_bytes, asked.rows, asked.stride))
        with m.If(data.valid & data.ready):
            m.d.sync += Print(Format("sees {:016x} {:x}", seen.data, seen.count))


class MaliciousMatmul(Coprocessor):
    """`MaliciousDatapath` in its shell; parameters as for `Matmul`."""

    def __init__(self, *, array_rows, array_columns, requantizer_lanes, network_jobs, dma_region,
                 **others):
        super().__init__(
            MaliciousDatapath(array_rows=array_rows, array_columns=array_columns,
                              requantizer_lanes=requantizer_lanes, network_jobs=network_jobs),
            name="matmul", dma_region=dma_region, **others)


@contextlib.contextmanager
def malicious_chips():
    """While it lasts, the fast runner has chips with this array."""
    own, digest = Path(__file__).read_bytes(), build._digest
    with mock.patch("soc.coprocessors.Matmul", MaliciousMatmul), \
            mock.patch.object(build, "_digest", lambda *what: hashlib.sha256(
                digest(*what).encode() + own).hexdigest()[:16]):
        yield
