"""Banks that hold rows of A and B, and feed the edges of the array."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.matmul.array import BLOCK, Step, block_count

__all__ = ["BANK_WORDS", "BankWrite", "Feed", "HALF_WORDS", "OperandBank", "OperandBuffer",
           "WORD_BYTES"]


WORD_BYTES = 8
"""Operands in one word of a bank."""
BANK_WORDS = 512
"""Words of a bank: two block RAMs of 512 x 36 bit side by side."""
HALF_WORDS = BANK_WORDS // 2
"""Words of a bank for A (the lower half), and as many for B."""


class BankWrite(data.Struct):
    """One word on its way into bank ``row``; or, if it ``spreads``, a byte for each of 8 banks.

    Such bytes belong to one k. All 8 banks from ``row`` on take one of them, each in a lane of its
    own, so that one word holds them all: bank i has the operand of k in lane (k ^ i) mod 8.

    enable  : it is there.
    spreads : see above.
    row     : 4 bits.
    address : of the word.
    lanes   : that are written, of bank 0 or 8; lane l of bank i is in place l ^ i. All, unless it
        spreads.
    data    : 64 bits.
    """

    enable: 1
    spreads: 1
    row: 4
    address: range(BANK_WORDS)
    lanes: WORD_BYTES
    data: 64


NO_WRITE = {"lanes": (1 << WORD_BYTES) - 1}
"""Initial value of a `BankWrite`, with which ``clear`` overwrites whole words."""


def exchange_lanes(word, distance):
    """Byte i of the result is byte i ^ ``distance`` (3 bits) of the 64-bit ``word``."""
    lanes = [word.word_select(lane, 8) for lane in range(WORD_BYTES)]
    for bit in range(3):
        lanes = [Mux(distance[bit], lanes[lane ^ 1 << bit], lanes[lane])
                 for lane in range(WORD_BYTES)]
    return Cat(lanes)


class Feed(data.Struct):
    """What the banks of one block do in one cycle.

    Each byte of a word is fed in a cycle of its own; the word of A is read in the cycle of the
    first one, that of B one cycle later.
    """

    address: range(BANK_WORDS)
    reads_a: 1
    reads_b: 1
    byte: range(WORD_BYTES)
    begins_job: 1  # what the bytes mean is as the buffer's inputs say from this one on
    step: Step


class OperandBank(wiring.Component):
    """A row of A and a row of B.

    Parameters: has_lanes : bool; without, all lanes are written at once.
    Members:
        write   : In(BankWrite); ``row`` and ``spreads`` are ignored, ``lanes`` are its own.
        address : In, word that is read for the next cycle.
        take_a, take_b : In(1), keep the word read for this cycle as word of A, of B.
        byte_a, byte_b : In, byte of the word kept that is fed.
        a_unsigned, b_unsigned, a_zero, b_zero : In, how bytes become operands.
        a, b    : Out(signed(9)).
    Timing: ``a`` follows ``byte_a`` 3 cycles later and ``b`` follows ``byte_b`` 2 cycles later:
        reads of A come one cycle before those of B.
    """

    def __init__(self, *, has_lanes=True):
        self._has_lanes = has_lanes
        super().__init__({
            "write": In(BankWrite),
            "address": In(range(BANK_WORDS)),
            "take_a": In(1), "take_b": In(1),
            "byte_a": In(range(WORD_BYTES)), "byte_b": In(range(WORD_BYTES)),
            "a_unsigned": In(1), "b_unsigned": In(1),
            "a_zero": In(signed(9)), "b_zero": In(signed(9)),
            "a": Out(signed(9)), "b": Out(signed(9)),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = memory.Memory(shape=unsigned(64), depth=BANK_WORDS, init=[])
        write = words.write_port(granularity=8 if self._has_lanes else None)
        read = words.read_port()
        m.d.comb += [
            write.en.eq(Mux(self.write.enable, self.write.lanes if self._has_lanes else 1, 0)),
            write.addr.eq(self.write.address),
            write.data.eq(self.write.data),
            read.en.eq(1),
            read.addr.eq(self.address),
        ]
        # Block RAM answers late in the cycle: its words go to registers and nowhere else.
        word_a, word_b = Signal(64), Signal(64)
        with m.If(self.take_a):
            m.d.sync += word_a.eq(read.data)
        with m.If(self.take_b):
            m.d.sync += word_b.eq(read.data)

        early_a, byte_a, byte_b = Signal(8), Signal(8), Signal(8)
        m.d.sync += [
            early_a.eq(word_a.word_select(self.byte_a, 8)),
            byte_a.eq(early_a),
            byte_b.eq(word_b.word_select(self.byte_b, 8)),
            self.a.eq(self._operand(byte_a, self.a_unsigned) - self.a_zero),
            self.b.eq(self._operand(byte_b, self.b_unsigned) - self.b_zero),
        ]
        return m

    @staticmethod
    def _operand(byte, is_unsigned):
        return Cat(byte, Mux(is_unsigned, 0, byte[7])).as_signed()


class OperandBuffer(wiring.Component):
    """All banks: bank i holds row i of a strip of A and row i of a strip of B.

    Parameters: rows, columns : int, of the array. network_jobs : bool, as for the datapath.
    Members:
        write : In(BankWrite), at any time except to a word that is read in the same cycle.
        feed  : In(Feed), for block 0.
        clear : In(1), puts ``write.data`` into all banks, at ``write.address``.
        a_transposed, b_transposed : In(1), strips were written as bytes that spread, read with the
                ``feed`` that begins a job and 1 cycle after it.
        a_unsigned, b_unsigned, a_zero, b_zero : In, what bytes mean, read 3 cycles after it.
        a, b  : Out, edges of the array, skewed as it expects them.
        step  : Out(Step), belongs to block 0.
    Timing: operands leave FEED_LATENCY cycles after their ``feed``. A word is read up to
        1 + block_count(max(rows, columns)) cycles after its ``feed``.
    """

    FEED_LATENCY = 5

    def __init__(self, *, rows, columns, network_jobs=True):
        self.rows, self.columns = rows, columns
        self._network_jobs = network_jobs
        super().__init__({
            "write": In(BankWrite), "feed": In(Feed), "clear": In(1),
            "a_transposed": In(1), "b_transposed": In(1),
            "a_unsigned": In(1), "b_unsigned": In(1),
            "a_zero": In(signed(9)), "b_zero": In(signed(9)),
            "a": Out(data.ArrayLayout(signed(9), rows)),
            "b": Out(data.ArrayLayout(signed(9), columns)),
            "step": Out(Step),
        })

    def elaborate(self, platform):
        m = Module()
        feed = self.feed
        step = feed.step
        for stage in range(self.FEED_LATENCY):
            delayed = Signal(Step, name=f"step_{stage}")
            m.d.sync += delayed.eq(step)
            step = delayed
        m.d.comb += self.step.eq(step)
        banks = max(self.rows, self.columns)
        source = {"lanes": self, "meaning": self}
        for block in range(block_count(banks)):
            source = self._block(m, block, range(block * BLOCK, min((block + 1) * BLOCK, banks)),
                                 feed, source)
            delayed = Signal(Feed, name=f"feed_{block}")
            m.d.sync += delayed.eq(feed)
            feed = delayed
        return m

    def _block(self, m, block, indices, feed, source):
        """Adds the banks of one block, and the delays that they share.

        Returns: in which lanes bytes are and what they mean in this block, where ``source`` says
        it to it.
        """
        bytes_fed, begins = [feed.byte], [feed.begins_job]
        for stage in range(3):
            delayed = Signal(range(WORD_BYTES), name=f"byte_{block}_{stage}")
            delayed_begins = Signal(name=f"begins_{block}_{stage}")
            m.d.sync += [delayed.eq(bytes_fed[-1]), delayed_begins.eq(begins[-1])]
            bytes_fed.append(delayed)
            begins.append(delayed_begins)
        lanes = Signal(data.StructLayout({"a_transposed": 1, "b_transposed": 1}),
                       name=f"lanes_{block}")
        meaning = Signal(data.StructLayout({"a_unsigned": 1, "b_unsigned": 1,
                                            "a_zero": signed(9), "b_zero": signed(9)}),
                         name=f"meaning_{block}")
        names = [name for name, _ in meaning.shape()]
        for stage, name in enumerate(("a_transposed", "b_transposed")):
            with m.If(begins[stage]):
                m.d.sync += getattr(lanes, name).eq(getattr(source["lanes"], name))
        with m.If(begins[3]):
            m.d.sync += [getattr(meaning, name).eq(getattr(source["meaning"], name))
                         for name in names]
        take_a, take_b = Signal(name=f"take_a_{block}"), Signal(name=f"take_b_{block}")
        m.d.sync += [take_a.eq(feed.reads_a), take_b.eq(feed.reads_b)]
        for index in indices:
            bank = OperandBank(has_lanes=self._network_jobs)
            m.submodules[f"bank_{index}"] = bank
            is_mine = Mux(self.write.spreads, self.write.row[3:] == index >> 3,
                          self.write.row == index)
            m.d.comb += [
                bank.write.eq(self.write),
                bank.write.enable.eq(self.clear | (self.write.enable & is_mine)),
                bank.write.lanes.eq(Cat(self.write.lanes[lane ^ index % WORD_BYTES]
                                        for lane in range(WORD_BYTES))),
                bank.address.eq(feed.address),
                bank.take_a.eq(take_a), bank.take_b.eq(take_b),
                bank.byte_a.eq(self._lane(m, f"a_{index}", bytes_fed[1], lanes.a_transposed)),
                bank.byte_b.eq(self._lane(m, f"b_{index}", bytes_fed[2], lanes.b_transposed)),
                *(getattr(bank, name).eq(getattr(meaning, name)) for name in names),
            ]
            if index < self.rows:
                m.d.comb += self.a[index].eq(bank.a)
            if index < self.columns:
                m.d.comb += self.b[index].eq(bank.b)
        return {"lanes": lanes, "meaning": meaning}

    @staticmethod
    def _lane(m, name, byte, is_transposed):
        """The lane of ``byte`` in the words of a bank, one cycle later."""
        index = int(name.split("_")[1])
        lane = Signal(range(WORD_BYTES), name=f"lane_{name}")
        m.d.sync += lane.eq(byte ^ Mux(is_transposed, index % WORD_BYTES, 0))
        return lane
