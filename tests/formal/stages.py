"""What each stage of the core holds of the instruction in it: the invariant of `instructions`."""

import re
from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Mux, Signal
from amaranth.lib import data

from cpu.address_map import AddressMap
from cpu.decode import Control, Decoder
from cpu.ports import Issue, align_layout
from soc.fabric.bus import READ_LATENCY
from tests.formal.core_parts import REGIONS
from tests.formal.reference import Followed, stand_in
from tests.formal.specification import EXTENSIONS, LOADS, csr_is_known, listed

__all__ = ["PATIENCE", "Port", "StageInvariant", "View"]


PATIENCE = 8
"""Cycles that pass at most without progress."""


@dataclass(frozen=True)
class Port:
    """What `instructions` knows of the register bus, or of ITCM.

    Members: wanted : condition that the instruction in the memory stage is to make a request, and
             asked : Signal, has made it in an earlier cycle. due : list of Signal, a read was asked
             for 1, 2, ... cycles ago. answer : Signal, the last.
    """

    wanted: object
    asked: Signal
    due: list
    answer: Signal


@dataclass(frozen=True)
class View:
    """What `instructions` knows of a core.

    Members:
        core : Core; parts : its submodules; registers : {path: Signal}, as `registers_of` gives
            them; stage : Issue, the memory stage, with real : Signal, an instruction is there.
        in_memory : Followed, that instruction.
        last : Signal, where the program goes on behind what has retired; interrupted : Signal, for
            an interrupt.
        watched, watched_value : the number of a register, and what was last written there.
        word_address, word : of one word of instruction memory; asked : Signal, the address that it
            was last asked for.
        bus, itcm : Port; present : list of Signal, something was on the bus 0, 1, ... cycles ago.
        waited : Signal, cycles without progress.
    """

    core: object
    parts: object
    registers: dict
    stage: Issue
    real: Signal
    in_memory: Followed
    last: Signal
    interrupted: Signal
    let_in: Signal
    watched: object
    watched_value: Signal
    word_address: object
    word: object
    asked: Signal
    bus: Port
    itcm: Port
    present: list
    waited: Signal


class StageInvariant:
    """Asserts, in module ``m`` of a bench, what is always true of a core.

    Parameters: claim : function of a name and a condition, which asserts it; view : View.
    """

    def __init__(self, m, claim, view):
        self._m, self._claim, self._view = m, claim, view
        self._of_fetch()
        self._of_operands()
        self._of_execute()
        self._of_memory_stage()

    def _of_fetch(self):
        view = self._view
        stage, fetch, effect = view.stage, view.parts.fetch, view.in_memory.effect
        queued, resolving, restart, filled, barred, fall_back = (
            view.registers[f"fetch.{name}"] for name in (
                "$signal_1", "resolving", "restart", "filled", "barred", "fall_back"))
        itcm = REGIONS["itcm"]
        next_pc = Mux(view.real, effect.next_pc, view.last)[2:]
        goes_on = ~(view.real & effect.trap)  # else all of it will be dropped
        pc = Cat(Const(0, 2), fetch.pc)
        for name, holds in {
                "aligned": view.last[:2] == 0,
                "restart": ~restart | ~(queued | filled | resolving | view.real),
                "restart_address": ~restart | (view.registers["fetch.restart_address"] == next_pc),
                "filled": ~filled | queued,
                "empty": restart | queued,
                "valid": fetch.valid == (filled & ~resolving),
                "sound": fetch.sound == (fetch.valid & ~barred),
                "barred": ~filled | (barred == fetch.fault),
                "fault": ~filled | (fetch.fault == ((pc < itcm.base) | (pc >= itcm.end))),
                "resolving": resolving == (view.real & stage.transfer),
                "resolves_filled": ~resolving | filled,
                "resolving_pc": ~(resolving & goes_on) | (
                    fetch.pc == (view.in_memory.pc[2:] + 1)[:30]),
                "fall_back": ~resolving | (fall_back == (fetch.pc + 1)[:30]),
                "first": ~(queued & ~filled) | ~goes_on | (fetch.following == next_pc),
                "pc": ~(filled & ~resolving & goes_on) | (fetch.pc == next_pc),
                "following": ~(filled & ~resolving) | (fetch.following == (fetch.pc + 1)[:30]),
                "interrupt_let_in": ~stage.interrupt | view.let_in,
                "interrupt_pc": ~stage.interrupt | (fetch.pc == view.last[2:]),
                "asked": ~queued | (view.asked == Cat(Const(0, 2), fetch.following)),
                "word": ~filled | (pc != view.word_address) | (fetch.word == view.word),
                "interrupted": view.registers["rvfi.$signal_1"] == view.interrupted,
        }.items():
            self._claim(f"fetch_{name}", holds)

    def _of_operands(self):
        """What execute reads; of the watched register also that it is what was written."""
        view = self._view
        m, stage, fetch = self._m, view.stage, view.parts.fetch
        written = view.parts.execute.written
        m.submodules.decoder = decoder = Decoder(extensions=frozenset(EXTENSIONS))
        self._decoder = decoder
        m.d.comb += decoder.word.eq(fetch.word)
        sources, word, filled = decoder.sources, fetch.word, fetch.present
        written_value = written.value | written.loaded
        self._claim("watched", view.watched_value == Mux(
            written.writes & (written.rd == view.watched), written_value,
            view.registers["execute.operands.registers.value"]))
        self._claim("x0", (view.watched != 0) | (view.watched_value == 0))
        self._claim("written_x0", ~written.writes | (written.rd != 0))
        self._claim("stage_x0", ~stage.writes | (stage.rd != 0))
        self._claim("written_valid", ~written.writes | view.core.rvfi.valid)
        constant = Mux(sources.small, word[15:20], Mux(sources.pc, Cat(Const(0, 2), fetch.pc), 0))
        for name, reads, index, is_constant, value in (
                ("a", sources.rs1, word[15:20], sources.upper | sources.small, constant),
                ("b", sources.rs2, word[20:25], sources.immediate, decoder.immediate)):
            from_memory, from_written, kept = (
                view.registers[f"execute.operands.{name}_{part}"]
                for part in ("from_memory", "from_written", "kept"))
            known = Mux(from_written, written_value, kept)
            for what, holds in {
                    "from_memory": from_memory == (reads & stage.writes & (stage.rd == index)),
                    "from_written": from_written == (
                        reads & written.writes & (written.rd == index)),
                    "constant": reads | ~is_constant | (kept == value),
                    "x0": ~reads | (index != 0) | (known == 0),
                    "register": ~reads | from_memory | (index != view.watched)
                    | (known == view.watched_value),
            }.items():
                self._claim(f"operand_{name}_{what}", ~filled | holds)
        followed = view.in_memory
        sources = view.registers["rvfi.sources"]
        for name, index, value in (("x", sources[:5], followed.x),
                                   ("y", sources[5:10], followed.y)):
            self._claim(f"operand_{name}_reported", ~view.real | (index != view.watched)
                        | (value == view.watched_value))

    def _of_execute(self):
        view = self._view
        fetch, decoder = view.parts.fetch, self._decoder
        filled, registers, word = fetch.present, view.registers, fetch.word
        size = Control.as_shape().size
        for name, holds in {
                "control": registers[f"execute.$signal_{size}"] == decoder.control.as_value(),
                "offset": registers["execute.offset"] == decoder.offset,
                "sources": registers["execute.sources"] == decoder.sources.as_value(),
        }.items():
            self._claim(f"execute_{name}", ~filled | holds)
        number = word[20:32]
        exists = Cat(registers[f"{group}.exists"] for group in ("csr", "traps", "counters", "pmp"))
        self._claim("csr_exists", ~filled | (exists.any() == csr_is_known(number)))
        for path, selected in registers.items():
            if match := re.search(r"\.csr_([0-9a-f]+)$", path):
                self._claim(f"selects_{match[1]}", ~filled | (
                    selected == (number == int(match[1], 16))))
        divider, divided = view.parts.divider, registers["divider.answer"]
        a, b = view.parts.execute.a, view.parts.execute.b
        self._claim("divides", ~divider.busy | (
            fetch.sound & decoder.control.divide & ~view.stage.valid
            & (divided == stand_in(word[12:15], a, b))))

    def _of_memory_stage(self):
        view = self._view
        m, stage, followed, parts = self._m, view.stage, view.in_memory, view.parts
        registers, effect = view.registers, followed.effect
        real, goes_on = view.real, ~effect.is_decided_early
        m.submodules.map = address_map = AddressMap(
            itcm=REGIONS["itcm"], ram=REGIONS["ram"], devices=REGIONS["devices"])
        m.d.comb += address_map.address.eq(stage.access.address)
        access, lane = stage.access, effect.address[:2]
        accesses = effect.load | effect.store
        late = stage.access.load | stage.multiply | stage.divide | stage.bits
        units = {"multiply": parts.multiplier, "divide": parts.divider, "bits": parts.bit_unit}
        result = stage.result
        for name, unit in units.items():
            result = Mux(stage[name], unit.result, result)
        flags = Cat(stage[name] for name in ("exception", "writes", "late", "multiply", "divide",
                                             "bits", "transfer", "fetches_anew"))
        kinds = Cat(access.load, access.store, stage.multiply, stage.divide, stage.bits,
                    stage.transfer)
        self._claim("memory_empty", stage.valid | ~(flags.any() | access.load | access.store
                                                    | stage.interrupt))
        self._claim("memory_interrupt", ~stage.interrupt | ~(
            flags.any() | access.load | access.store))
        sources = registers["rvfi.sources"]
        aligned = self._alignment(followed.word, lane)
        expected = {name: value & effect.load.replicate(len(value))
                    for name, value in aligned.items()}
        in_words = {name: Cat(value & (effect.load & address_map.ram_side
                                       & (effect.address[2] == word)).replicate(len(value))
                              for word in range(2)) for name, value in aligned.items()}
        ram_align = data.View(align_layout(2), registers["load_store.align"])
        for name, holds in {
                "word": stage.word == followed.word,
                "pc": stage.pc == followed.pc[2:], "pc_low": followed.pc[:2] == 0,
                "in_order": followed.pc == view.last,
                "word_of_memory": (followed.pc != view.word_address)
                | (followed.word == view.word),
                "machine": stage.machine == followed.machine,
                "x": sources[10:42] == followed.x, "y": sources[42:74] == followed.y,
                "rs1": effect.trap | (sources[:5] == Mux(effect.reads_rs1,
                                                         followed.word[15:20], 0)),
                "rs2": effect.trap | (sources[5:10] == Mux(effect.reads_rs2,
                                                           followed.word[20:25], 0)),
                "exception": stage.exception == effect.is_decided_early,
                "traps": parts.traps.enter == effect.trap,
                "early": ~effect.is_decided_early | effect.trap,
                "cause": ~effect.trap | (parts.traps.cause == effect.cause),
                "mtval": ~effect.trap | (parts.traps.value == effect.value),
                "exception_alone": goes_on | ~(access.load | access.store),
                "writes": ~goes_on | (stage.writes == effect.writes),
                "rd": stage.rd == effect.rd,
                "late": ~goes_on | (stage.late == late),
                "kinds": ~goes_on | (access.load == effect.load) & (access.store == effect.store),
                "result": ~goes_on | ~effect.writes | effect.load | (result == effect.result),
                "load": ~effect.load | listed(followed.word, LOADS),
                "address": ~goes_on | ~accesses | (access.address == effect.address),
                "misaligned": ~goes_on | ~accesses | (access.misaligned == (
                    (followed.word[12] & lane[0]) | (followed.word[13] & lane.any()))),
                "lanes": ~goes_on | ~accesses | effect.trap | (access.byte_enable == effect.lanes),
                "transfer": ~goes_on | effect.trap | Mux(
                    stage.transfer & stage.taken,
                    parts.fetch.following == effect.next_pc[2:],
                    effect.next_pc == (followed.pc + 4)[:32]),
                "next_pc": ~goes_on | effect.trap | (effect.next_pc[:2] == 0),
                "kind": (kinds & (kinds - 1)) == 0,
                "fetches_anew": ~stage.fetches_anew | (
                    stage.transfer & stage.taken & ~effect.trap),
                "align": ~goes_on | effect.trap | Cat(
                    getattr(access.align, name) == value for name, value in expected.items()).all(),
                "ram_align": ~goes_on | effect.trap | Cat(
                    ram_align[name] == value for name, value in in_words.items()).all(),
        }.items():
            self._claim(f"memory_{name}", ~real | holds)
        for lane in range(4):
            stores = real & ~effect.trap & effect.store & effect.lanes[lane]
            self._claim(f"memory_data_{lane}", ~stores | (
                access.store_data.word_select(lane, 8) == effect.data.word_select(lane, 8)))
        self._of_time(access)

    def _of_time(self, access):
        """Until something leaves the memory stage."""
        view = self._view
        stage, parts, registers = view.stage, view.parts, view.registers
        passed, fenced = registers["load_store.waited"], registers["$signal_1"]
        queued, control = registers["fetch.$signal_1"], self._decoder.control
        second, third = passed == 0b01, passed == 0b11  # cycle of a load from elsewhere than RAM
        for port in (view.bus, view.itcm):
            self._claim(f"{port.asked.name}_before", port.asked == (port.wanted & passed[0]))
            for due, cycle in zip(port.due, (second, third)):
                self._claim(due.name, due == (port.wanted & access.load & cycle))
        from_there = view.real & access.load & ~view.in_memory.effect.trap
        for name, holds in {
                "second_present": ~second | (view.present[1] == view.bus.wanted),
                "third_present": ~third | (view.present[2] == view.bus.wanted),
                "second_itcm": ~second | (registers["load_store.$signal_1"] == view.itcm.wanted),
                "third_itcm": ~third | (registers["load_store.itcm_data"] == Mux(
                    view.itcm.wanted, view.itcm.answer, 0)),
        }.items():
            self._claim(name, ~from_there | holds)
        self._claim("waits_for_loads", ~passed.any() | (view.real & access.load)
                    | registers["fetch.restart"])
        self._claim("waits_in_turn", (passed & (passed + 1)) == 0)
        left = Signal(range(2 * PATIENCE))  # cycles, until something must have left at the latest
        with self._m.If(stage.valid):
            self._m.d.comb += left.eq(Mux(access.load, READ_LATENCY - (passed[0] + passed[1]),
                                          0))
        with self._m.Elif(parts.fetch.valid):
            self._m.d.comb += left.eq(READ_LATENCY + 1 + (
                (control.fence_i & ~fenced) | (control.divide & ~parts.divider.busy)))
        with self._m.Elif(queued):
            self._m.d.comb += left.eq(READ_LATENCY + 3)
        with self._m.Else():
            self._m.d.comb += left.eq(READ_LATENCY + 4)
        self._claim("time_left", view.waited + left < PATIENCE)

    @staticmethod
    def _alignment(word, lane):
        """What `align_layout` of one word must be, of a load that is aligned."""
        byte, half, whole = (word[12:14] == size for size in range(3))
        return {
            "low": (Const(1, 4) << lane)[:4],
            "second": Cat(~byte & ~lane[1], ~byte & lane[1]),
            "upper": whole.replicate(2),
            "sign": Mux(word[14] | whole, 0,
                        (Mux(half, 0b10, 0b01) << lane)[:4]),
        }
