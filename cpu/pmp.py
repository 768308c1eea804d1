"""Physical memory protection: its registers, and the checks of fetches, loads and stores."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from cpu.csr import read_csrs, select_csrs
from cpu.options import check_pmp_entries
from cpu.ports import CsrPortSignature

__all__ = ["Pmp"]


_ENTRIES = 16
_PMPCFG0, _PMPADDR0, _MSECCFG, _MSECCFGH = 0x3A0, 0x3B0, 0x747, 0x757
_TOR = 1  # field A


class _Configuration(data.Struct):
    """A byte of pmpcfg."""

    read: 1
    write: 1
    execute: 1
    matching: 2
    zero: 2
    locked: 1


class _Rights(data.Struct):
    """What an entry lets machine mode do, and what user mode."""

    load: 1
    store: 1
    fetch: 1
    user_load: 1
    user_store: 1
    user_fetch: 1


def _plain_rights(c):
    """Rights while mseccfg.MML is 0: only a locked entry binds machine mode."""
    return {"load": c.read | ~c.locked, "store": c.write | ~c.locked,
            "fetch": c.execute | ~c.locked,
            "user_load": c.read, "user_store": c.write, "user_fetch": c.execute}


def _lockdown_rights(c):
    """Rights while mseccfg.MML is 1: an entry is for machine mode, for user mode, or shared."""
    locked, read, write, execute = c.locked, c.read, c.write, c.execute
    shared_data = ~locked & ~read & write
    return {
        "load": shared_data | (locked & (read | (write & execute))),
        "store": shared_data | (locked & read & write & ~execute),
        "fetch": locked & Mux(read, ~write & execute, write | execute),
        "user_load": Mux(locked, read & write & execute, read | write),
        "user_store": ~locked & write & (read | execute),
        "user_fetch": Mux(locked, ~read & write, execute & (read | ~write)),
    }


class Pmp(wiring.Component):
    """PMP with Smepmp, of granularity 4 bytes.

    Parameters: entries : int of PMP_ENTRIES.
    Members:
        csr     : In(CsrPortSignature()). What a write changes holds from the third cycle on, the
                  write's own the first.
        debug   : In(1), nothing is refused.
        machine : In(1), the mode is M, not U; data_machine : In(1), loads and stores have the
                  privilege of M.
        fetch_address : In(30), word address; fetch_refused : Out(1), in the same cycle.
        data_address  : In(30), word address of the access that enters the memory stage at the end
                  of this cycle if ``data_takes`` : In(1); data_store : In(1), it is a store.
        data_refused  : Out(1), the access in the memory stage is not allowed.
    Timing: an address is compared with all entries in one cycle, and the first that matches is
        found behind the comparison; for data a register stands between the two.
    Source: RISC-V Privileged 1.13 §3.7 and chapter "Smepmp". Where they leave a choice: pmpaddr
        keeps all 32 bits; R = 0 with W = 1 is stored as W = 0 while MML is 0; without entries,
        mseccfg reads 0 and user mode may do all.
    """

    def __init__(self, *, entries):
        self._count = check_pmp_entries(entries)
        super().__init__({
            "csr": In(CsrPortSignature()),
            "debug": In(1),
            "machine": In(1),
            "data_machine": In(1),
            "fetch_address": In(30),
            "fetch_refused": Out(1),
            "data_address": In(30),
            "data_takes": In(1),
            "data_store": In(1),
            "data_refused": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        count = self._count
        configurations = [Signal(_Configuration, name=f"configuration{n}") for n in range(count)]
        addresses = [Signal(32, name=f"address{n}") for n in range(count)]
        lockdown = Signal()  # MML
        whitelist = Signal()  # MMWP
        bypass = Signal()  # RLB
        selected = self._read(m, configurations, addresses, Cat(lockdown, whitelist, bypass))
        if not count:
            return m
        accepted = self._write(m, selected, configurations, addresses, lockdown, whitelist, bypass)

        rights = [Signal(_Rights, name=f"rights{n}") for n in range(count)]
        for configuration, right in zip(configurations, rights):
            plain, strict = _plain_rights(configuration), _lockdown_rights(configuration)
            m.d.sync += [getattr(right, name).eq(Mux(lockdown, strict[name], plain[name]))
                         for name in plain]
        ignored = self._ignored_bits(m, accepted)

        hits = self._hits(m, "fetch", self.fetch_address, configurations, addresses, ignored)
        m.d.comb += self.fetch_refused.eq(self._first_denies(m, "fetch", *self._denials(
            hits, [Mux(self.machine, r.fetch, r.user_fetch) | self.debug for r in rights],
            (self.machine & ~lockdown & ~whitelist) | self.debug)))

        # Of data, what matches and what denies stand in registers, for two entries together, before
        # the first is found.
        hits, denials = self._denials(
            self._hits(m, "data", self.data_address, configurations, addresses, ignored),
            [Mux(self.data_store, Mux(self.data_machine, r.store, r.user_store),
                 Mux(self.data_machine, r.load, r.user_load)) | self.debug for r in rights],
            (self.data_machine & ~whitelist) | self.debug)
        pairs = self._joined(m, "data_early", list(zip(hits, denials)))
        data_hits = Signal(len(pairs))
        data_denials = Signal(len(pairs))
        with m.If(self.data_takes):
            m.d.sync += [data_hits.eq(Cat(hit for hit, _ in pairs)),
                         data_denials.eq(Cat(denies for _, denies in pairs))]
        m.d.comb += self.data_refused.eq(self._first_denies(m, "data", data_hits, data_denials))
        return m

    def _read(self, m, configurations, addresses, security):
        """Adds the reads; returns which CSR is selected, as `select_csrs` does."""
        words = [Cat(configurations[n:n + 4]) for n in range(0, len(configurations), 4)]
        registers = {_MSECCFG: security,
                     **{_PMPCFG0 + n: word for n, word in enumerate(words)},
                     **{_PMPADDR0 + n: address for n, address in enumerate(addresses)}}
        zeros = {_MSECCFGH, *range(_PMPCFG0, _PMPCFG0 + _ENTRIES // 4),
                 *range(_PMPADDR0, _PMPADDR0 + _ENTRIES)} - registers.keys()
        selected = select_csrs(m, self.csr, registers, more=zeros)
        m.d.comb += self.csr.read_data.eq(read_csrs(selected, registers))
        return selected

    def _write(self, m, selected, configurations, addresses, lockdown, whitelist, bypass):
        """Adds the writes; returns for each entry whether its address is written now."""
        csr, new = self.csr, self.csr.write_data
        locked = [c.locked & ~bypass for c in configurations]
        for number, configuration in enumerate(configurations):
            byte = Signal(_Configuration, name=f"byte{number}")
            allowed = Signal(name=f"allowed{number}")
            m.d.comb += [
                byte.eq(new.word_select(number % 4, 8) & 0x9F),
                # No rule with which machine mode could execute may be added in lockdown.
                allowed.eq(~locked[number]
                           & ~(lockdown & ~bypass & _lockdown_rights(byte)["fetch"])),
            ]
            with m.If(csr.write & selected[_PMPCFG0 + number // 4] & allowed):
                m.d.sync += [configuration.eq(byte),
                             configuration.write.eq(byte.write & (byte.read | lockdown))]
        accepted = []
        for number, address in enumerate(addresses):
            fixed = locked[number]
            if number + 1 < len(addresses):  # the next entry begins here if it is TOR
                fixed = fixed | (locked[number + 1] & (configurations[number + 1].matching == _TOR))
            accepted.append(csr.write & selected[_PMPADDR0 + number] & ~fixed)
            with m.If(accepted[-1]):
                m.d.sync += address.eq(new)
        with m.If(csr.write & selected[_MSECCFG]):
            any_locked = Cat(c.locked for c in configurations).any()
            m.d.sync += [lockdown.eq(lockdown | new[0]), whitelist.eq(whitelist | new[1]),
                         bypass.eq(new[2] & (bypass | ~any_locked))]
        return accepted

    def _ignored_bits(self, m, accepted):
        """For each entry the bits that NAPOT does not compare, two cycles after the write."""
        latest = Signal(32)
        written = Signal(len(accepted))
        m.d.sync += [latest.eq(self.csr.write_data), written.eq(Cat(accepted))]
        ignored = [Signal(32, name=f"ignored{n}", init=1) for n in range(len(accepted))]
        for number, bits in enumerate(ignored):
            with m.If(written[number]):
                m.d.sync += bits.eq(latest ^ (latest + 1))
        return ignored

    def _hits(self, m, name, word, configurations, addresses, ignored):
        """Which entries match."""
        at_least, equal = (Signal(len(addresses), name=f"{name}_{what}")
                           for what in ("at_least", "equal"))
        for number, (configuration, address, bits) in enumerate(
                zip(configurations, addresses, ignored)):
            is_napot = configuration.matching[0]  # of the two that this is for
            m.d.comb += [
                at_least[number].eq(Cat(word, Const(0, 2)) >= address),
                equal[number].eq(((Cat(word, Const(0, 2)) ^ address)
                                  & ~(bits & is_napot.replicate(32))) == 0),
            ]
        return [Mux(c.matching[1], equal[n],
                    c.matching[0] & ~at_least[n] & (at_least[n - 1] if n else 1))
                for n, c in enumerate(configurations)]

    @staticmethod
    def _denials(hits, allowed, otherwise):
        """``hits``, and which of the entries deny: those that match and do not allow it.

        Where none matches, the last one denies what is not allowed ``otherwise``.
        """
        denials = [hit & ~allows for hit, allows in zip(hits, allowed)]
        denials[-1] = Mux(hits[-1], ~allowed[-1], ~otherwise)
        return hits, denials

    def _first_denies(self, m, name, hits, denials):
        """Whether the first entry that matches, or the last one, denies."""
        pairs, level = list(zip(hits, denials)), 0
        while len(pairs) > 1:
            pairs, level = self._joined(m, f"{name}_{level}", pairs), level + 1
        [(_, denies)] = pairs
        return denies

    @staticmethod
    def _joined(m, name, pairs):
        """(hit, denies) of two neighbours each: the first that matches says whether they deny."""
        joined = []
        for index in range(0, len(pairs), 2):
            hit, denies = Signal(name=f"{name}_hit_{index}"), Signal(name=f"{name}_denies_{index}")
            (hit_a, denies_a), (hit_b, denies_b) = pairs[index:index + 2]
            m.d.comb += [hit.eq(hit_a | hit_b), denies.eq(denies_a | (~hit_a & denies_b))]
            joined.append((hit, denies))
        return joined
