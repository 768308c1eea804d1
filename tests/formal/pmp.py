"""The PMP refuses what the privileged specification and Smepmp refuse, and nothing else.

For any contents of 4 entries and of ``mseccfg``, reached by any writes, and any access, with the
specification written down once more: which entry matches by the addresses of its region, what it
lets each mode do by the table of Smepmp. From the third cycle after a write on, as `Pmp` says.
Induction over as many cycles.

Source: RISC-V Privileged 1.13 §3.7, chapter "Smepmp".
"""

from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Cat, Cover, Module, Mux, Signal

from cpu.pmp import Pmp
from tests.formal.proof import Bench, Induction, Proof, glass
from tests.mutants import edited

__all__ = ["PROOFS"]


_ENTRIES = 4

_LOCKDOWN = {  # while MML is 1: what L, R, W, X let machine mode and user mode do
    "----": ("", ""), "---X": ("", "X"), "--W-": ("RW", "R"), "--WX": ("RW", "RW"),
    "-R--": ("", "R"), "-R-X": ("", "RX"), "-RW-": ("", "RW"), "-RWX": ("", "RWX"),
    "L---": ("", ""), "L--X": ("X", ""), "L-W-": ("X", "X"), "L-WX": ("RX", "X"),
    "LR--": ("R", ""), "LR-X": ("RX", ""), "LRW-": ("RW", ""), "LRWX": ("R", "R"),
}


def _lets(configuration, lockdown, machine, kind):
    """Whether an entry that matches lets an access of ``kind``, of "RWX", pass."""
    place = "RWX".index(kind)
    right, locked = configuration[place], configuration[7]
    strict = 0
    for number in range(16):
        bits = "".join(letter if number >> bit & 1 else "-"
                       for letter, bit in zip("LRWX", (3, 0, 1, 2)))
        for_machine, for_user = (kind in rights for rights in _LOCKDOWN[bits])
        strict |= ((Cat(configuration[:3], locked) == number)
                   & Mux(machine, for_machine, for_user))
    return Mux(lockdown, strict, Mux(machine & ~locked, 1, right))


def _matches(entries, number, word):
    """Whether the region of an entry holds the four bytes at ``word``."""
    configuration, address = entries[number]
    below = entries[number - 1][1] if number else 0
    napot = 0
    for ones in range(32):  # at the end of the address: the region has 2 ** (ones + 1) words
        size = ones + 1
        ends_so = (address[:ones].all() & ~address[ones]) if ones else ~address[0]
        napot |= ends_so & (word[size:] == address[size:])
    napot |= address.all()
    return Mux(configuration[4], Mux(configuration[3], napot, word == address),
               configuration[3] & (word >= below) & (word < address))


def _refuses(entries, lockdown, whitelist, word, machine, kind):
    refused = Mux(machine, whitelist | (lockdown if kind == "X" else 0), 1)
    for number in reversed(range(len(entries))):
        refused = Mux(_matches(entries, number, word),
                      ~_lets(entries[number][0], lockdown, machine, kind), refused)
    return refused


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        dut = self._component(entries=_ENTRIES)
        m.submodules.dut, inside = glass(dut)
        for name in ("debug", "machine", "data_machine", "fetch_address", "data_address",
                     "data_takes", "data_store"):
            m.d.comb += getattr(dut, name).eq(AnySeq(len(getattr(dut, name))))
        csr = dut.csr
        m.d.comb += [csr.takes.eq(AnySeq(1)), csr.next_address.eq(AnySeq(12)),
                     csr.write.eq(AnySeq(1)), csr.write_data.eq(AnySeq(32))]
        written, settled = Signal(2, init=3), Signal()
        m.d.sync += written.eq(Cat(csr.write, written))
        m.d.comb += settled.eq(~written.any())

        entries = [(inside[f"configuration{n}"], inside[f"address{n}"]) for n in range(_ENTRIES)]
        security = (inside["lockdown"], inside["whitelist"])
        refused = {kind: Signal(name=f"refused_{kind}") for kind in "RWX"}
        for kind in "RW":
            m.d.comb += refused[kind].eq(_refuses(
                entries, *security, Cat(dut.data_address, 0, 0), dut.data_machine, kind))
        m.d.comb += refused["X"].eq(_refuses(
            entries, *security, Cat(dut.fetch_address, 0, 0), dut.machine, "X"))
        for number, (_, address) in enumerate(entries):  # what a write prepares for NAPOT
            m.d.comb += Assert(Mux(inside["written"][number], inside["latest"] == address,
                                   inside[f"ignored{number}"] == (address ^ (address + 1))[:32]))
        data_refused, data_settled = Signal(), Signal()
        with m.If(dut.data_takes):
            m.d.sync += [data_settled.eq(settled), data_refused.eq(
                Mux(dut.data_store, refused["W"], refused["R"]) & ~dut.debug)]
        m.d.comb += [
            Assert(~settled | (dut.fetch_refused == (refused["X"] & ~dut.debug))),
            Assert(~data_settled | (dut.data_refused == data_refused)),
            Cover(data_settled & data_refused),
            Cover(settled & security[0] & ~dut.fetch_refused),
        ]
        return m


_MUTANTS = (
    edited(Pmp, "tor_ends_one_word_late", "at_least[number].eq(Cat(word, Const(0, 2)) >= address)",
           "at_least[number].eq(Cat(word, Const(0, 2)) > address)"),
    edited(Pmp, "the_last_that_matches_decides", "denies.eq(denies_a | (~hit_a & denies_b))",
           "denies.eq(denies_b | (~hit_b & denies_a))"),
    edited(Pmp, "shared_code_may_not_be_read", "(locked & (read | (write & execute)))",
           "(locked & read)"),
    edited(Pmp, "machine_mode_executes_in_lockdown", "(self.machine & ~lockdown & ~whitelist)",
           "(self.machine & ~whitelist)"),
    edited(Pmp, "a_locked_entry_does_not_bind_loads", '"load": c.read | ~c.locked',
           '"load": 1'),
)


PROOFS = (Proof("pmp", "refuses what the specification refuses, and nothing else", _Bench, Pmp,
                _MUTANTS, Induction(4), mutant_cycles=12, cover_cycles=12),)
