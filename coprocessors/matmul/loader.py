"""The first of the three walks over C: fetches strips of A and B, and parameters of columns."""

from amaranth.hdl import Module, Shape
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from coprocessors.matmul.addend_tiles import AddendWrite
from coprocessors.matmul.channel_parameters import ParameterWrite
from coprocessors.matmul.job_plan import JobPlan
from coprocessors.matmul.load_item import PLAIN_BITS, LoadItem
from coprocessors.matmul.operand_buffer import NO_WRITE, BankWrite
from coprocessors.matmul.receiver import Receiver
from coprocessors.matmul.requester import Requester
from coprocessors.matmul.table import DESCRIPTOR
from coprocessors.shell.datapath import Beat, Transfer, descriptor_layout
from coprocessors.shell.fifo import SmallFifo, Wipe

__all__ = ["Loader"]


class Loader(wiring.Component):
    """Loads, tile by tile, what is not yet in the buffers: a `Requester` and a `Receiver`.

    Parameters: rows, columns : int, of the array. network_jobs : bool, as for the datapath.
    Members:
        start   : In(1), begins with ``job`` and its ``plan`` : In(JobPlan), which stay constant
            until it is ``idle`` : Out(1) again. ``anew`` : In(1), with ``start``: begins with the
            first slots; else with those behind the last job's, which has slots of the same size.
        empty   : Out(1), nothing is in the buffers that is still needed.
        command : Out(stream of Transfer); beats : In(stream of Beat), always taken.
        bank_write : Out(BankWrite); parameter_write : Out(ParameterWrite);
            addend_write : Out(AddendWrite).
        a_loaded, b_loaded, parameters_loaded, addend_loaded : Out(1), one more is there, in the
                  cycle in which its last word is written.
        a_freed, b_freed, parameters_freed, addend_freed : In(1), the oldest one is not needed any
                  more.
    Timing: that of `Requester` and `Receiver`.
    """

    def __init__(self, *, rows, columns, network_jobs=True):
        self._shape, self._network_jobs = {"rows": rows, "columns": columns}, network_jobs
        super().__init__({
            "start": In(1), "job": In(descriptor_layout(DESCRIPTOR)), "plan": In(JobPlan),
            "anew": In(1), "idle": Out(1), "empty": Out(1),
            "command": Out(stream.Signature(Transfer)),
            "beats": In(stream.Signature(Beat)),
            "bank_write": Out(BankWrite, init=NO_WRITE), "parameter_write": Out(ParameterWrite),
            "addend_write": Out(AddendWrite),
            **{f"{what}_loaded": Out(1) for what in ("a", "b", "parameters", "addend")},
            **{f"{what}_freed": In(1) for what in ("a", "b", "parameters", "addend")},
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.requester = requester = Requester(**self._shape,
                                                       network_jobs=self._network_jobs)
        m.submodules.receiver = receiver = Receiver(network_jobs=self._network_jobs)
        item_bits = Shape.cast(LoadItem).width if self._network_jobs else PLAIN_BITS
        m.submodules.items = items = SmallFifo(item_bits, depth=8, wipe=Wipe.NOTHING)
        connect(m, requester.command, flipped(self.command))
        connect(m, requester.pieces, receiver.pieces)
        connect(m, flipped(self.beats), receiver.beats)
        m.d.comb += [
            requester.start.eq(self.start), requester.anew.eq(self.anew),
            items.write.eq(requester.item_valid), items.write_data.eq(requester.item),
            requester.has_item_room.eq(items.level < items.depth),
            receiver.item_valid.eq(items.read_valid), receiver.item.eq(items.read_data),
            items.read.eq(receiver.item_ends),
            self.idle.eq(requester.idle & ~items.read_valid), self.empty.eq(requester.empty),
            *[part.job.eq(self.job) for part in (requester, receiver)],
            *[part.plan.eq(self.plan) for part in (requester, receiver)],
        ]
        for what in ("a", "b", "parameters", "addend"):
            m.d.comb += [getattr(requester, f"{what}_freed").eq(getattr(self, f"{what}_freed")),
                         getattr(self, f"{what}_loaded").eq(getattr(receiver, f"{what}_loaded"))]
        m.d.comb += [getattr(self, name).eq(getattr(receiver, name))
                     for name in ("bank_write", "parameter_write", "addend_write")]
        return m
