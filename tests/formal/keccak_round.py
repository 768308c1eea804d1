"""One round of Keccak-p[1600] is the five step mappings of FIPS 202.

Proved for any state and any round: `Round` gives what sections 3.2.1 to 3.2.5 say, written here
from that text, bit by bit over A[x, y, z], without the tables of the model.

Method: the round has no state, so all that can happen in one cycle is all.
"""

from functools import reduce
from operator import xor

from amaranth.asserts import AnySeq
from amaranth.hdl import Array, Assert, Assume, Cat, Const, Cover, Module, Signal

from coprocessors.keccak.round import Round
from tests.formal.proof import Bench, FromAnyState, Proof
from tests.mutants import edited

_W, _L, _ROUNDS = 64, 6, 24


def _rc(t):
    """Algorithm 5."""
    r = [1, 0, 0, 0, 0, 0, 0, 0]
    for _ in range(t % 255):
        r = [0, *r]
        r[0], r[4], r[5], r[6] = r[0] ^ r[8], r[4] ^ r[8], r[5] ^ r[8], r[6] ^ r[8]
        r = r[:8]
    return r[0]


def _theta(a):
    """Algorithm 1."""
    c = [[reduce(xor, (a[x][y][z] for y in range(5))) for z in range(_W)] for x in range(5)]
    return [[[a[x][y][z] ^ c[(x - 1) % 5][z] ^ c[(x + 1) % 5][(z - 1) % _W] for z in range(_W)]
             for y in range(5)] for x in range(5)]


def _rho(a):
    """Algorithm 2."""
    moved = [list(column) for column in a]
    x, y = 1, 0
    for t in range(24):
        moved[x][y] = [a[x][y][(z - (t + 1) * (t + 2) // 2) % _W] for z in range(_W)]
        x, y = y, (2 * x + 3 * y) % 5
    return moved


def _pi(a):
    """Algorithm 3."""
    return [[a[(x + 3 * y) % 5][x] for y in range(5)] for x in range(5)]


def _chi(a):
    """Algorithm 4."""
    return [[[a[x][y][z] ^ ((a[(x + 1) % 5][y][z] ^ 1) & a[(x + 2) % 5][y][z])
              for z in range(_W)] for y in range(5)] for x in range(5)]


def _constant(index):
    """RC of algorithm 6, for the round ``index``, an Amaranth value."""
    constants = []
    for i in range(_ROUNDS):
        bits = [0] * _W
        for j in range(_L + 1):
            bits[2**j - 1] = _rc(j + 7 * i)
        constants.append(Const(sum(bit << z for z, bit in enumerate(bits)), _W))
    return Array(constants)[index]


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self._component()
        lanes = [AnySeq(_W) for _ in range(25)]
        index = AnySeq(5)
        m.d.comb += [
            Assume(index < _ROUNDS),
            dut.index.eq(index),
            *(port.eq(lane) for port, lane in zip(dut.state, lanes)),
        ]
        # Section 3.1.2: bit z of lane (x, y) is A[x, y, z].
        state = [[lanes[5 * y + x] for y in range(5)] for x in range(5)]
        expected = _chi(_pi(_rho(_theta(state))))
        for y in range(5):
            for x in range(5):
                lane = Signal(_W, name=f"expected_{x}_{y}")
                value = Cat(expected[x][y])
                m.d.comb += [lane.eq(value ^ _constant(index) if (x, y) == (0, 0) else value),
                             Assert(dut.result[5 * y + x] == lane)]
        m.d.comb += Cover((index == _ROUNDS - 1) & (dut.result[0] == 0))
        return m


_MUTANTS = (
    edited(Round, "rotates_the_wrong_parity", "columns[(x + 1) % 5].rotate_left(1)",
           "columns[(x + 1) % 5]"),
    edited(Round, "chi_inverts_the_wrong_lane", "(~rows[(x + 1) % 5 + y] & rows[(x + 2)",
           "(rows[(x + 1) % 5 + y] & ~rows[(x + 2)"),
    edited(Round, "skips_the_constant_of_a_round", "constant.eq(value)",
           "constant.eq(value if index != 17 else 0)"),
)

PROOFS = (Proof("keccak_round", "is the five step mappings of FIPS 202, for any state and round",
                _Bench, Round, _MUTANTS, FromAnyState(1), mutant_cycles=1, cover_cycles=1),)
