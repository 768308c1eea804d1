"""The netlist simulator, on a small netlist with every cell that it knows, against plain Python."""

import copy
import random
from collections import Counter

import pytest
from amaranth.back import verilog
from amaranth.hdl import Cat, Module, Mux, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from boards.synthesis import synthesize
from sim.harness import BUILD_DIR
from sim.netlist import Netlist, read_netlist
from sim.uart import decode_line

FIRST_TOTAL = 0xBEEF5A
TABLE = [word * 7 % 16 for word in range(16)]
WORDS = [word * 40503 % 65536 for word in range(1024)]
CYCLES = 300


class Sample(wiring.Component):
    """Something for every kind of cell; `_expected` tells what it does."""

    a: In(signed(16))
    b: In(signed(16))
    enable: In(1)
    total: Out(24, init=FIRST_TOTAL)
    held: Out(4)
    mixed: Out(16)
    product: Out(signed(32))
    shifted: Out(signed(32))
    table: Out(4)
    word: Out(16)

    def elaborate(self, platform):
        m = Module()
        m.submodules.small = small = Memory(shape=unsigned(4), depth=16, init=TABLE)
        m.submodules.large = large = Memory(shape=unsigned(16), depth=1024, init=WORDS)
        small_write, small_read = small.write_port(), small.read_port(domain="comb")
        large_write, large_read = large.write_port(), large.read_port()
        product = self.a * self.b
        m.d.comb += [
            small_write.addr.eq(self.b[:4]), small_write.data.eq(self.a[:4]),
            small_write.en.eq(self.enable), small_read.addr.eq(self.a[4:8]),
            self.table.eq(small_read.data),
            # Never the word that is read in the same cycle, which the cell leaves undefined.
            large_write.addr.eq(self.b[:10] | 1), large_write.data.eq(self.a),
            large_write.en.eq(self.enable), large_read.en.eq(1),
            large_read.addr.eq(Cat(self.a[0] & ~self.enable, self.a[1:10])),
            self.word.eq(large_read.data),
        ]
        m.d.sync += [
            self.product.eq(product), self.shifted.eq((product >> 3) + self.b),
            self.mixed.eq(Mux(self.a[15], self.a & ~(self.b >> 1), self.a ^ (self.b | self.a << 3)))
        ]
        with m.If(self.enable):
            m.d.sync += self.total.eq(self.total + self.a)
        with m.Else():
            m.d.sync += self.held.eq(self.b[:4])
        return m


def _inputs(seed):
    """Reset for two cycles, once more in the middle, and random values."""
    rng = random.Random(seed)
    corners = [0, 1, -1, 0x7FFF, -0x8000]
    for cycle in range(CYCLES):
        a, b = (rng.choice([*corners, rng.randrange(-0x8000, 0x8000), rng.randrange(16)])
                for _ in range(2))
        yield int(cycle < 2 or cycle == CYCLES // 2), a, b, rng.randrange(2)


def _expected(inputs):
    """The outputs after each cycle."""
    table, words = list(TABLE), list(WORDS)
    reset = {"total": FIRST_TOTAL, "held": 0, "mixed": 0, "product": 0, "shifted": 0}
    state = reset
    for rst, a, b, enable in inputs:
        word = words[a % 1024 & ~enable]
        if enable:
            table[b % 16] = a % 16
            words[b % 1024 | 1] = a % 65536
        if rst:
            state = reset
        else:
            mixed = a & ~(b >> 1) if a < 0 else a ^ (b | a << 3)
            changed = {"total": (state["total"] + a) % 2**24} if enable else {"held": b % 16}
            state = state | changed | {"product": a * b % 2**32, "mixed": mixed % 2**16,
                                       "shifted": ((a * b >> 3) + b) % 2**32}
        yield state | {"table": table[a // 16 % 16], "word": word}


def _first_difference(tables, seed):
    """Sentence about the first output that is wrong on the netlist ``tables``, or None."""
    inputs = list(_inputs(seed))
    netlist = Netlist(tables)
    for cycle, (values, expected) in enumerate(zip(inputs, _expected(inputs))):
        for name, value in zip(("rst", "a", "b", "enable"), values):
            netlist[name] = value
        netlist.run(1)
        for name, value in expected.items():
            if netlist[name] != value:
                return (f"{name} in cycle {cycle} (seed {seed}): got {netlist[name]:#x}, "
                        f"expected {value:#x}")
    return None


def _synthesis():
    text = verilog.convert(Sample(), name="sample", emit_src=False, strip_internal_attrs=True)
    return synthesize(text, "sample", BUILD_DIR / "synthesis")


def _tables():
    return read_netlist(_synthesis().json, "sample")


def test_every_cell_does_what_it_should():
    cells = _synthesis().cells
    assert set(cells) - {"$scopeinfo"} == {
        "LUT4", "CCU2C", "TRELLIS_FF", "TRELLIS_DPR16X4", "DP16KD", "MULT18X18D"}, cells
    tables = _tables()
    assert tables.late, "something must lie behind the multiplier"
    for seed in range(3):
        assert _first_difference(tables, seed) is None


def _mutants(tables, rng):
    """(kind, a copy of ``tables`` with one bit of the netlist flipped)."""
    for index, row in enumerate(tables.luts):
        used = [pin for pin in range(4) if row[1 + pin] > 1]
        word = sum(rng.randrange(2) << pin for pin in used)
        word |= sum(1 << pin for pin in range(4) if row[1 + pin] == 1)
        yield "LUT4", _flipped(tables, "luts", index, 0, word)
    for index in rng.sample(range(len(tables.carries)), 10):
        yield "CCU2C", _flipped(tables, "carries", index, rng.randrange(2), rng.randrange(16))
    for index in rng.sample(range(len(tables.flipflops)), 30):
        yield "TRELLIS_FF", _flipped(tables, "flipflops", index, 2, 0)
    for bit in range(0, 64, 8):
        yield "TRELLIS_DPR16X4", _flipped(tables, "rams", 0, 17 + bit // 32, bit % 32)


def _flipped(tables, table, row, column, bit):
    mutant = copy.deepcopy(tables)
    getattr(mutant, table)[row][column] ^= 1 << bit
    return mutant


def test_mutants_of_one_bit_are_killed():
    """A bit that a run never looks at survives: a word that is written before it is read, or an
    entry of a lookup table for inputs that do not occur together.
    """
    tables = _tables()
    assert _first_difference(tables, seed=1) is None
    killed, all_ = Counter(), Counter()
    for kind, mutant in _mutants(tables, random.Random(1)):
        all_[kind] += 1
        killed[kind] += _first_difference(mutant, seed=1) is not None
    print(f"killed {dict(killed)} of {dict(all_)}")
    assert killed["TRELLIS_FF"] == all_["TRELLIS_FF"]
    assert killed["LUT4"] > 0.8 * all_["LUT4"] > 10
    assert killed["CCU2C"] > 0 and killed["TRELLIS_DPR16X4"] > 0


def test_what_is_not_modelled_is_refused(tmp_path):
    text = _synthesis().json.read_text()
    for old, new, message in (
            ('"type": "CCU2C"', '"type": "ALU54B"', "must be LUT4, .*, not ALU54B"),
            ('"SRMODE": "LSR_OVER_CE"', '"SRMODE": "ASYNC"', "must be LSR_OVER_CE, not ASYNC")):
        assert old in text
        path = tmp_path / "netlist.json"
        path.write_text(text.replace(old, new))
        with pytest.raises(ValueError, match=message):
            read_netlist(path, "sample")


def test_a_loop_of_logic_is_refused(tmp_path):
    path = tmp_path / "netlist.json"
    path.write_text("""{"modules": {"loop": {
        "ports": {"clk": {"direction": "input", "bits": [2]}},
        "cells": {"lut": {"type": "LUT4", "parameters": {"INIT": "0000000000000001"},
            "port_directions": {"A": "input", "Z": "output"},
            "connections": {"A": [3], "Z": [3]}}}}}}""")
    with pytest.raises(ValueError, match="no loop"):
        read_netlist(path, "loop")


def test_only_inputs_can_be_set():
    with pytest.raises(ValueError, match="port must be one of a, b, enable, rst, not word"):
        Netlist(_tables())["word"] = 1


def _line(content, divisor):
    bits = [1]
    for byte in content:
        bits += [0, *(byte >> i & 1 for i in range(8)), 1]
    return [bit for bit in bits for _ in range(divisor)]


@pytest.mark.parametrize("divisor", [4, 5, 434])
def test_recorded_line_is_decoded(divisor):
    content = bytes([0, 255, 0x55, 0xAA, 1])
    samples = _line(content, divisor)
    assert decode_line(samples, divisor) == content
    assert decode_line(samples[:-2 * divisor], divisor) == content[:-1]
    with pytest.raises(ValueError, match="stop bit"):
        decode_line([1, *[0] * 10 * divisor], divisor)
