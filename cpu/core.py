"""The glue core."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from cpu.bit_manipulation import EXTENSIONS, check_extensions
from cpu.bit_unit import BitUnit
from cpu.counters import Counters
from cpu.csr import CsrFile
from cpu.debug import DebugMode
from cpu.divide import Divider
from cpu.execute import Execute
from cpu.fetch import Fetch
from cpu.load_store import LoadStore
from cpu.multiply import Multiplier
from cpu.operands import Result
from cpu.options import check_pmp_entries
from cpu.pmp import Pmp
from cpu.ports import (
    DebugSignature, FetchSignature, Issue, MemorySignature, RvfiSignature,
)
from cpu.rvfi import Rvfi
from cpu.traps import Traps
from cpu.triggers import Triggers
from cpu.verdict import Verdict
from soc.fabric.bus import RegisterBusSignature
from soc.fabric.external import ExternalLoadSignature

__all__ = ["Core"]


class _Debug(data.Struct):
    """What debug mode wants of the stages; all 0 without it."""

    take: 1  # as an interrupt
    wake: 1  # end a wfi
    claims: 1  # a trap in the memory stage enters debug mode, or is in it
    restart: 1  # fetch from vector
    vector: 30


class Core(wiring.Component):
    """RV32IM_Zicsr_Zifencei and extensions, in order, without speculation.

    Fetch (A, Q), execute (X), memory (M), write-back (W). On its way from memory, in Q, an
    instruction is decoded and reads its registers. It takes effect in M, or in
    X when no older one can trap any more; traps are decided in M, from registers, and stop the
    younger instruction in X. The time that each instruction takes is in ``cpu/cycles.toml``, and
    depends on its kind and its address only.

    Parameters:
        itcm, ram    : Region, of instructions and of data.
        devices      : list of Region on the register bus.
        external     : Region of the external memory, which is only read, or None.
        external_wait_cycles : int, what a load from there takes beside its class in the table.
        reset_vector : int, address of the first instruction; the base of ``itcm`` unless given.
        hart_id      : int, mhartid.
        extensions   : names in `EXTENSIONS`, whose instructions it has beside.
        pmp_entries  : int of `cpu.options.PMP_ENTRIES`, with user mode; or None, for a core without
                       user mode and PMP.
        debug_words  : int, address in ``itcm`` of what a debugger runs; or None, for a core without
                       debug mode and triggers.
    Members:
        fetch : Out(FetchSignature()); itcm : Out(MemorySignature()) and
                ram : Out(MemorySignature(read_words=2)), for loads and stores.
        bus   : Out(RegisterBusSignature()). external : Out(ExternalLoadSignature()), if there is
                such memory.
        timer_interrupt, software_interrupt, external_interrupt : In(1); fast_interrupts : In(16),
                local interrupts 16 to 31; all active while high.
        time  : In(64), what the CSR ``time`` reads.
        sleeping : Out(1), the core waits in ``wfi``.
        rvfi  : Out(RvfiSignature()). Silent about debug mode.
        debug : Out(DebugSignature()), only with ``debug_words``.
    Timing: the first instruction executes in the third cycle after reset.
    Raises: ValueError for a ``reset_vector`` that is no word of ``itcm``, unknown ``extensions``
        and another number of ``pmp_entries``.
    """

    def __init__(self, *, itcm, ram, devices, reset_vector=None, hart_id=0,
                 extensions=tuple(EXTENSIONS), pmp_entries=None, debug_words=None,
                 external=None, external_wait_cycles=0):
        self._data_paths = {"itcm": itcm, "ram": ram, "devices": devices, "external": external,
                            "external_wait_cycles": external_wait_cycles}
        self._fetch = Fetch(itcm=itcm,
                            reset_vector=itcm.base if reset_vector is None else reset_vector)
        self._hart_id = hart_id
        self._extensions = check_extensions(extensions)
        self._pmp_entries = None if pmp_entries is None else check_pmp_entries(pmp_entries)
        self._debug_words = debug_words
        super().__init__({
            "fetch": Out(FetchSignature()),
            "itcm": Out(MemorySignature()),
            "ram": Out(MemorySignature(read_words=2)),
            "bus": Out(RegisterBusSignature()),
            "timer_interrupt": In(1),
            "software_interrupt": In(1),
            "external_interrupt": In(1),
            "fast_interrupts": In(16),
            "time": In(64),
            "sleeping": Out(1),
            "rvfi": Out(RvfiSignature()),
            **({} if debug_words is None else {"debug": Out(DebugSignature())}),
            **({} if external is None else {"external": Out(ExternalLoadSignature())}),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.fetch = fetch = self._fetch
        m.submodules.execute = execute = Execute(extensions=self._extensions)
        m.submodules.multiplier = Multiplier()
        m.submodules.divider = Divider()
        m.submodules.bit_unit = BitUnit()
        m.submodules.load_store = load_store = LoadStore(**self._data_paths)
        m.submodules.verdict = verdict = Verdict()
        user_mode = self._pmp_entries is not None
        has_debug = self._debug_words is not None
        m.submodules.traps = traps = Traps(user_mode=user_mode)
        m.submodules.counters = counters = Counters(user_mode=user_mode)
        m.submodules.csr = csr = CsrFile(
            hart_id=self._hart_id, extensions=self._extensions, user_mode=user_mode,
            groups=2 + user_mode + 2 * has_debug)
        m.submodules.rvfi = rvfi = Rvfi()
        connect(m, flipped(self.fetch), fetch.port)
        connect(m, flipped(self.itcm), load_store.itcm)
        connect(m, flipped(self.ram), load_store.ram)
        connect(m, flipped(self.bus), load_store.bus)
        if self._data_paths["external"]:
            connect(m, flipped(self.external), load_store.external)
        connect(m, flipped(self.rvfi), rvfi.port)
        connect(m, csr.groups[0], traps.csr)
        connect(m, csr.groups[1], counters.csr)

        stage, written = Signal(Issue), Signal(Result)  # the registers of M and W
        m.d.comb += [
            fetch.taken.eq(stage.taken),
            *(getattr(fetch, name).eq(getattr(execute, name)) for name in (
                "transfer", "relative", "relative_target", "indirect", "indirect_target",
                "other_target")),
            *(getattr(execute, name).eq(getattr(fetch, name)) for name in (
                "takes", "next_word", "valid", "sound", "fault", "word", "pc", "following")),
            execute.memory.writes.eq(stage.writes), execute.memory.late.eq(stage.late),
            execute.memory.rd.eq(stage.rd), execute.memory.value.eq(stage.result),
            execute.written.eq(written), execute.stays.eq(load_store.busy),
            execute.csr_data.eq(csr.read_data), execute.csr_illegal.eq(csr.illegal),
            execute.return_pc.eq(traps.return_pc),
            load_store.load_address.eq(execute.load_address),
            load_store.load_align.eq(execute.issue.access.align),
            load_store.access.eq(stage.access), load_store.machine.eq(traps.data_machine),
            verdict.stage.eq(stage), verdict.access_fault.eq(load_store.fault),
            verdict.target.eq(fetch.following),
            csr.takes.eq(fetch.takes), csr.next_address.eq(fetch.next_word[20:32]),
            csr.hidden.eq(counters.hidden),
            csr.address.eq(fetch.word[20:32]), csr.funct3.eq(fetch.word[12:15]),
            csr.operand.eq(execute.a), csr.writes.eq(execute.control.csr_writes),
            *(block.machine.eq(traps.machine) for block in (csr, execute)),
            execute.wait_traps.eq(traps.wait_traps),
        ]
        if user_mode:
            self._protect(m, csr.groups[2], stage)
        debug = Signal(_Debug)
        if has_debug:
            self._add_debug_mode(m, csr.groups[-2:], stage, debug)
        self._enter_memory_stage(m, stage, *self._issue(m, stage, debug))
        self._write_back(m, stage, written)
        self._trap(m, stage, debug)
        self._report(m, stage, written, debug)
        return m

    def _protect(self, m, csr, stage):
        """Adds the PMP, whose CSRs are ``csr``."""
        m.submodules.pmp = pmp = Pmp(entries=self._pmp_entries)
        fetch, execute, load_store, traps = (
            getattr(m.submodules, name) for name in ("fetch", "execute", "load_store", "traps"))
        connect(m, csr, pmp.csr)
        m.d.comb += [
            pmp.machine.eq(traps.machine), pmp.data_machine.eq(traps.data_machine),
            pmp.fetch_address.eq(fetch.following), fetch.refused.eq(pmp.fetch_refused),
            pmp.data_address.eq(execute.load_address[2:]), pmp.data_takes.eq(~load_store.busy),
            pmp.data_store.eq(execute.control.store),
        ]
        if self._debug_words is None:
            m.d.comb += load_store.refused.eq(pmp.data_refused)

    def _add_debug_mode(self, m, csrs, stage, debug):
        """Adds debug mode and triggers, whose CSRs are ``csrs``; drives ``debug``."""
        user_mode = self._pmp_entries is not None
        m.submodules.debug = mode = DebugMode(words=self._debug_words, user_mode=user_mode)
        m.submodules.triggers = triggers = Triggers(user_mode=user_mode)
        fetch, execute, load_store, verdict, traps = (getattr(m.submodules, name) for name in (
            "fetch", "execute", "load_store", "verdict", "traps"))
        connect(m, flipped(self.debug), mode.port)
        connect(m, csrs[0], mode.csr)
        connect(m, csrs[1], triggers.csr)
        accesses = stage.access.load | stage.access.store
        from_trigger = Signal()  # the exception in the memory stage is of a fetch trigger
        with m.If(~load_store.busy):
            m.d.sync += from_trigger.eq(triggers.stopped)
        m.d.comb += [
            *(getattr(debug, name).eq(getattr(mode, name)) for name in (
                "take", "wake", "claims", "restart", "vector")),
            mode.machine.eq(traps.machine), mode.occupied.eq(stage.valid),
            mode.interrupt.eq(stage.interrupt), mode.trap.eq(verdict.trap),
            mode.halts.eq(stage.halts | (accesses & triggers.watched & triggers.watch_halts)),
            mode.from_trigger.eq(accesses | from_trigger), mode.pc.eq(traps.pc),
            mode.port.idle.eq(~accesses),
            fetch.park.eq(mode.parked), fetch.stop.eq(triggers.stop),
            execute.ebreak_halts.eq(mode.ebreak_halts), execute.stopped.eq(triggers.stopped),
            execute.stop_halts.eq(triggers.stop_halts),
            traps.debug.eq(mode.mode), traps.quiet.eq(mode.quiet),
            traps.halt.eq(mode.enters | mode.restart),
            traps.resume.eq(mode.resumes), traps.resume_machine.eq(mode.resume_machine),
            m.submodules.counters.stop.eq(mode.mode),
            verdict.watched.eq(triggers.watched),
            triggers.debug.eq(mode.mode), triggers.locked.eq(self.debug.locked),
            triggers.machine.eq(traps.machine),
            triggers.interrupts_enabled.eq(traps.interrupts_enabled),
            triggers.fetch_address.eq(fetch.following), triggers.fetch_takes.eq(fetch.takes),
            triggers.data_address.eq(execute.load_address),
            triggers.data_takes.eq(~load_store.busy),
            triggers.load.eq(execute.control.load), triggers.store.eq(execute.control.store),
        ]
        refused = triggers.watched
        if user_mode:
            m.d.comb += m.submodules.pmp.debug.eq(mode.mode)
            refused = refused | m.submodules.pmp.data_refused
        m.d.comb += load_store.refused.eq(refused)

    def _issue(self, m, stage, debug):
        """Decides what leaves execute: (an instruction, the interrupt in its place).

        A trap of the older instruction, in the memory stage, makes nothing of either.
        """
        fetch, execute = m.submodules.fetch, m.submodules.execute
        divider, load_store = m.submodules.divider, m.submodules.load_store
        verdict, traps = m.submodules.verdict, m.submodules.traps
        control = execute.control

        # fence.i waits one cycle, in which an older store reaches ITCM.
        fenced, fence_wait = Signal(), Signal()
        sleeps, waited = Signal(), Signal()  # the instruction in execute is a wfi, and has waited
        wait, load_waits, interrupt = Signal(), Signal(), Signal()
        instruction, instead, go = Signal(), Signal(), Signal()
        m.d.comb += [
            fence_wait.eq(control.fence_i & ~fenced),
            load_waits.eq(execute.wait | stage.access.store),  # one port for both
            wait.eq(execute.wait | fence_wait
                    | (control.load & load_waits)
                    | (control.divide & ~divider.last)
                    | sleeps),
            # A wfi that has waited retires first, so that the handler returns behind it.
            interrupt.eq((traps.take | debug.take) & ~waited),
            instruction.eq(fetch.valid & ~wait & ~interrupt),
            instead.eq(fetch.present & interrupt),
            # The verdict comes late in the cycle: only what has an effect in X waits for it.
            go.eq(instruction & ~load_store.busy & ~verdict.trap),
            fetch.hold.eq(load_store.busy | (fetch.valid & (wait | interrupt))),
            sleeps.eq(control.wfi & ~traps.wake & ~traps.wait_traps & ~debug.wake),
            self.sleeping.eq(sleeps),
        ]
        m.d.sync += [fenced.eq(fence_wait & ~load_store.busy & ~interrupt),
                     waited.eq(sleeps)]

        m.d.comb += [
            m.submodules.multiplier.start.eq(control.multiply),
            divider.start.eq(control.divide & ~divider.busy & ~execute.wait & ~load_store.busy),
            divider.abort.eq(verdict.trap | (instead & ~load_store.busy)),
            # The way to all blocks of RAM is long: this waits neither for the verdict nor for an
            # interrupt, in whose favour a load may be dropped that RAM then was read for.
            load_store.reads.eq(control.load & ~stage.access.store),
            load_store.load.eq(fetch.valid & control.load & ~load_waits & ~load_store.busy
                               & ~stage.interrupt & ~stage.exception),
            m.submodules.csr.write.eq(go & control.csr_writes & ~m.submodules.csr.illegal),
            traps.leave.eq(go & control.mret & traps.machine),
            m.submodules.rvfi.issued.eq(go),
        ]
        for unit in (m.submodules.multiplier, divider):
            m.d.comb += [unit.funct3.eq(fetch.word[12:15]),
                         unit.a.eq(execute.a), unit.b.eq(execute.b)]
        bit_unit = m.submodules.bit_unit
        m.d.comb += [bit_unit.start.eq(control.bits), bit_unit.word.eq(fetch.word),
                     bit_unit.a.eq(execute.a), bit_unit.b.eq(execute.b),
                     bit_unit.less.eq(execute.less)]
        return instruction, instead

    def _enter_memory_stage(self, m, stage, instruction, instead):
        issue, load_store = m.submodules.execute.issue, m.submodules.load_store
        access = issue.access
        flags = [(stage.access[name], access[name]) for name in ("load", "store")]
        flags += [(stage[name], issue[name]) for name in (
            "exception", "halts", "writes", "late", "multiply", "divide", "bits", "transfer",
            "fetches_anew")]
        flags.append((stage.counted, issue.counted & m.submodules.counters.counting))
        with m.If(~load_store.busy):
            m.d.sync += [
                stage.valid.eq(instruction | instead),
                stage.machine.eq(issue.machine),
                stage.interrupt.eq(instead),
                stage.word.eq(issue.word), stage.pc.eq(issue.pc), stage.rd.eq(issue.rd),
                stage.cause.eq(issue.cause),
                stage.result.eq(issue.result),
                stage.taken.eq(issue.taken),
                stage.target_misaligned.eq(issue.target_misaligned),
                stage.access.misaligned.eq(access.misaligned),
                stage.access.byte_enable.eq(access.byte_enable),
            ]
            with m.If(instruction):
                m.d.sync += stage.access.align.eq(access.align)
            with m.Else():
                m.d.sync += stage.access.align.eq(0)
            for flag, value in flags:
                m.d.sync += flag.eq(instruction & value)
            # The address stands on the register bus: no other sum gets there.
            with m.If(access.load | access.store):
                m.d.sync += [stage.access.address.eq(access.address),
                             stage.access.store_data.eq(access.store_data)]
        with m.If(m.submodules.verdict.trap):
            m.d.sync += [flag.eq(0) for flag in (
                stage.valid, stage.interrupt, *(flag for flag, _ in flags))]

    def _write_back(self, m, stage, written):
        load_store = m.submodules.load_store
        m.d.sync += [
            written.writes.eq(stage.writes & ~load_store.busy & ~m.submodules.verdict.trap),
            written.rd.eq(stage.rd),
        ]
        # What RAM brings comes last of all in the cycle: it has a register of its own, which is 0
        # for any other instruction.
        m.d.sync += written.loaded.eq(load_store.from_ram)
        with m.If(stage.access.load):
            m.d.sync += written.value.eq(load_store.from_elsewhere)
        with m.Elif(stage.multiply):
            m.d.sync += written.value.eq(m.submodules.multiplier.result)
        with m.Elif(stage.divide):
            m.d.sync += written.value.eq(m.submodules.divider.result)
        with m.Elif(stage.bits):
            m.d.sync += written.value.eq(m.submodules.bit_unit.result)
        with m.Else():
            m.d.sync += written.value.eq(stage.result)

    def _trap(self, m, stage, debug):
        traps, verdict = m.submodules.traps, m.submodules.verdict
        fetch, counters = m.submodules.fetch, m.submodules.counters
        m.d.comb += [
            traps.timer_interrupt.eq(self.timer_interrupt),
            traps.software_interrupt.eq(self.software_interrupt),
            traps.external_interrupt.eq(self.external_interrupt),
            traps.fast_interrupts.eq(self.fast_interrupts),
            traps.enter.eq(verdict.trap & ~debug.claims),
            fetch.flush.eq(verdict.trap | stage.fetches_anew | debug.restart),
            fetch.vector.eq(Mux(debug.restart, debug.vector,
                                Mux(stage.fetches_anew, fetch.following, traps.vector))),
            traps.interrupt.eq(stage.interrupt),
            traps.cause.eq(verdict.cause),
            traps.value.eq(verdict.value),
            # An interrupt leaves the next instruction to execute where it is: in fetch.
            traps.pc.eq(Mux(stage.interrupt, fetch.pc, stage.pc)),
            counters.time.eq(self.time),
            counters.older.eq(stage.counted),
            counters.retire.eq(stage.counted & ~verdict.trap & ~m.submodules.load_store.busy),
        ]

    def _report(self, m, stage, written, debug):
        rvfi, execute = m.submodules.rvfi, m.submodules.execute
        fetch = m.submodules.fetch
        m.d.comb += [
            # What may not be fetched is no instruction, and waits for no register.
            rvfi.rs1.eq(Mux(execute.reads_rs1 & fetch.sound, fetch.word[15:20], 0)),
            rvfi.rs2.eq(Mux(execute.reads_rs2 & fetch.sound, fetch.word[20:25], 0)),
            rvfi.a.eq(execute.a), rvfi.b.eq(execute.b),
            rvfi.stage.eq(stage),
            rvfi.leaves.eq(stage.valid & ~debug.claims & (m.submodules.verdict.trap
                                                          | ~m.submodules.load_store.busy)),
            rvfi.trap.eq(m.submodules.verdict.trap),
            rvfi.vector.eq(m.submodules.traps.vector),
            rvfi.target.eq(fetch.following),
            rvfi.byte_enable.eq(stage.access.byte_enable),
            rvfi.raw_data.eq(m.submodules.load_store.raw_data),
            rvfi.written.eq(written),
        ]
