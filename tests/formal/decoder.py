"""The decoder and the manual agree on every one of the 2^32 words, whatever extensions there are.

Proved, for all 32 sets of extensions: a word is illegal unless `specification` lists it, where a
CSR instruction is legal for now; a legal one is of exactly the class that it belongs to there, or
an operation of the ALU, when it is of none; an illegal one is never of a class that could have an
effect before it traps. Its immediate is that of the listing, and the registers that it reads and
whether it writes one, or a CSR.

Method: all words at once; there are no registers.
"""

from itertools import combinations

from amaranth.hdl import Assert, Cat, Cover, Elaboratable, Module, Signal
from amaranth.asserts import AnySeq

from cpu.decode import Decoder, Legality
from tests.formal.proof import Bench, FromAnyState, Proof
from tests.formal.specification import EXTENSIONS, INSTRUCTIONS, LOADS, STORES, any_of, listed
from tests.mutants import edited

_CSR = ("csrrw", "csrrs", "csrrc", "csrrwi", "csrrsi", "csrrci")
_CLASSES = {
    "load": tuple(LOADS), "store": tuple(STORES),
    "branch": ("beq", "bne", "blt", "bge", "bltu", "bgeu"), "jal": ("jal",), "jalr": ("jalr",),
    "multiply": ("mul", "mulh", "mulhsu", "mulhu"), "divide": ("div", "divu", "rem", "remu"),
    "bits": ("clz", "ctz", "cpop", "min", "minu", "max", "maxu", "orc.b", "rev8", "brev8", "zip",
             "unzip", "czero.eqz", "czero.nez"),
    "csr": _CSR, "ecall": ("ecall",), "ebreak": ("ebreak",), "mret": ("mret",), "wfi": ("wfi",),
    "fence_i": ("fence.i",),
}
"""{name in Control: instructions}."""

_HARMLESS = ("branch", "jal", "bits", "csr")
"""What an illegal word may be of: they do nothing that a trap does not undo."""


class _Decoders(Elaboratable):
    """A decoder and its judge of legality for each set of extensions, all of one ``word``."""

    decoder, legality = Decoder, Legality
    sets = tuple(frozenset(chosen) for count in range(len(EXTENSIONS) + 1)
                 for chosen in combinations(EXTENSIONS, count))

    def __init__(self):
        self.word = Signal(32)
        self.pairs = {chosen: (self.decoder(extensions=chosen), self.legality(extensions=chosen))
                      for chosen in self.sets}

    def elaborate(self, platform):
        m = Module()
        for decoder, legality in self.pairs.values():
            m.submodules += [decoder, legality]
            m.d.comb += [decoder.word.eq(self.word), legality.word.eq(self.word),
                         legality.control.eq(decoder.control)]
        return m


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self._component()
        word = dut.word
        rd, rs1, rs2 = word[7:12], word[15:20], word[20:25]
        m.d.comb += word.eq(AnySeq(32))
        matches = {name: Signal(name=f"is_{name}") for name in INSTRUCTIONS}
        for name, instruction in INSTRUCTIONS.items():
            m.d.comb += matches[name].eq(instruction.matches(word))

        def is_one_of(names):
            return any_of(matches[name] for name in names)

        def has(field):
            return is_one_of(name for name, i in INSTRUCTIONS.items() if field in i.fields)

        for chosen, (decoder, legality) in dut.pairs.items():
            legal, control, sources = Signal(), decoder.control, decoder.sources
            m.d.comb += [legal.eq(listed(word, extensions=chosen)),
                         Assert(legality.illegal == ~legal)]
            kinds = Cat(control[name] for name in _CLASSES)
            m.d.comb += Assert((kinds & (kinds - 1)) == 0)
            for name, members in _CLASSES.items():
                m.d.comb += Assert(~legal | (control[name] == is_one_of(members)))
                if name not in _HARMLESS:
                    m.d.comb += Assert(legal | ~control[name])
            m.d.comb += [
                Assert(~legal | (control.writes == (has("rd") & rd.any()))),
                Assert(~legal | (control.csr_writes == (
                    is_one_of(("csrrw", "csrrwi")) | (is_one_of(_CSR) & rs1.any())))),
                # What names no register has a 0 in its place.
                Assert(~legal | ~rs1.any() | (sources.rs1 == has("rs1"))),
                Assert(~legal | ~rs2.any() | (sources.rs2 == has("rs2"))),
            ]
            self._immediates(m, legal, decoder, matches)
            m.d.comb += [Cover(legal), Cover(~legal & (word[:7] == 0x33))]
        return m

    @staticmethod
    def _immediates(m, legal, decoder, matches):
        for name, instruction in INSTRUCTIONS.items():
            if instruction.fields & {"imm", "shamt"}:
                is_offset = name in (*LOADS, *STORES, *_CLASSES["branch"], "jal", "jalr")
                expected = instruction.immediate_of(decoder.word)
                given = (decoder.offset if is_offset else decoder.immediate)[:len(expected)]
                m.d.comb += Assert(~(legal & matches[name]) | (given == expected))


def _with(part, title, old, new, *, without=()):
    """With an edited ``part``, and one set of extensions, all but those ``without``."""
    name = part.__name__.lower()
    return type(title, (_Decoders,), {name: edited(part, title, old, new),
                                      "sets": (frozenset(EXTENSIONS) - set(without),)})


_MUTANTS = (
    _with(Decoder, "branch_offset_without_its_bit_11", "splits & word[6], word[7], sign",
          "splits & word[6], sign, sign"),
    _with(Decoder, "load_of_64_bits", "~((funct3 == 3) | (funct3[1] & funct3[2]))",
          "~(funct3[1] & funct3[2])"),
    _with(Decoder, "csrrs_of_x0_writes", "(~funct3[1] | word[15:20].any())", "1"),
    _with(Decoder, "x0_is_written", "control.writes.eq(word[7:12].any() & (",
          "control.writes.eq(1 & ("),
    _with(Decoder, "zip_needs_another_extension",
          'if self._extensions & {"zbb", "zbkb", "zicond"}:',
          'if self._extensions & {"zbb", "zicond"}:', without=("zbb", "zicond")),
    _with(Legality, "sub_with_any_funct3", "((funct3 == 0) | (funct3 == 5))", "~funct3[1]"),
    _with(Legality, "fence_of_any_kind", "funct3 > 1", "funct3 > 3"),
)


PROOFS = (Proof("decoder", "every word is illegal or of one class, as the manual lists",
                _Bench, _Decoders, _MUTANTS, FromAnyState(1), mutant_cycles=1, cover_cycles=1),)
