"""What a proof is, and how it is run: the claim, its covers, and mutants that must fail."""

import contextlib
import re
import threading
import time
from dataclasses import dataclass
from unittest import mock

from amaranth.back import rtlil
from amaranth.hdl import ClockDomain, Elaboratable, Fragment, Module, Signal

from sim.harness import BUILD_DIR
from tests.formal import engines
from tests.formal.engines import Verdict
from tests.formal.trace import first_untrue

__all__ = ["Bench", "Bounded", "FromAnyState", "Induction", "NetlistProof", "Outcome", "Pdr",
           "Proof", "glass", "to_rtlil"]


TIMEOUT_SECONDS = 1200
"""Of each run of a program; a proof that takes longer has failed."""


class Bench(Elaboratable):
    """What stands around a component in a proof.

    Parameters: component : the class, or a mutant of it; ``elaborate`` makes one.
    """

    def __init__(self, component):
        self._component = component


@dataclass(frozen=True)
class Induction:
    """k-induction: for ever. ``cycles`` that obey the properties are followed by one that does.

    What yices proves ABC must prove as well: yices 2.6.5 is wrong about bit 63 of some sums.
    """

    cycles: int = 1
    reach = "for ever"

    def decide(self, directory, name):
        base = engines.find_counterexample(directory, name, self.cycles, TIMEOUT_SECONDS)
        if base != Verdict.TRUE:
            return base
        step = engines.prove_by_induction(directory, name, self.cycles, TIMEOUT_SECONDS)
        if step != Verdict.TRUE:
            return step
        return engines.confirm_induction(directory, name, self.cycles, TIMEOUT_SECONDS)

    def __str__(self):
        return f"induction {self.cycles}"


@dataclass(frozen=True)
class Pdr:
    """Property-directed reachability, which finds the invariants by itself: for ever."""

    reach = "for ever"

    def decide(self, directory, name):
        return engines.prove_by_pdr(directory, name, TIMEOUT_SECONDS)

    def __str__(self):
        return "pdr"


@dataclass(frozen=True)
class Bounded:
    """All that can happen in the first ``cycles`` cycles after reset; ABC must agree here too."""

    cycles: int

    def decide(self, directory, name):
        verdict = engines.find_counterexample(directory, name, self.cycles, TIMEOUT_SECONDS)
        if verdict != Verdict.TRUE:
            return verdict
        return engines.confirm_bounded(directory, name, self.cycles, TIMEOUT_SECONDS)

    @property
    def reach(self):
        return f"{self.cycles} cycles"

    def __str__(self):
        return "bmc"


@dataclass(frozen=True)
class FromAnyState(Bounded):
    """All that can happen in ``cycles`` cycles after any state of the component: for ever.

    For a component that forgets its state in as many cycles: the bench's own registers begin as at
    reset, and what it asserts must not depend on what the component held before.
    """

    reach = "for ever"

    def __str__(self):
        return f"any state {self.cycles}"


@dataclass(frozen=True)
class Outcome:
    """What became of a proof: ``lines`` of what failed, none when all is well."""

    proof: "Proof"
    seconds: float
    verdict: str
    cover: str
    mutants: dict  # {name: verdict}

    @property
    def killed(self):
        """How many mutants failed, as they must."""
        return sum(verdict == Verdict.FALSE for verdict in self.mutants.values())

    @property
    def failures(self):
        """Lines that say what is wrong, and where to look."""
        place = BUILD_DIR / "formal" / self.proof.name
        lines = []
        if self.verdict != Verdict.TRUE:
            lines.append(f"{self.proof.name} is {self.verdict}: see {place / 'proof'}"
                         f"{self._first_untrue(place / 'proof')}")
        if self.cover != Verdict.TRUE:
            lines.append(f"a cover of {self.proof.name} is not reached: see {place / 'proof'}")
        lines += [f"mutant {name} of {self.proof.name} is not found: see {place / name}"
                  for name, verdict in self.mutants.items() if verdict != Verdict.FALSE]
        return lines

    @staticmethod
    def _first_untrue(directory):
        """Half a sentence on the trace of what failed, if claims in it have names."""
        for name in ("trace.vcd", "induction.vcd"):
            found = (directory / name).exists() and first_untrue(directory / name)
            if found:
                cycle, claims = found
                return f"; untrue first, in cycle {cycle} of {name}: {', '.join(claims)}"
        return ""

    @property
    def record(self):
        """For the file of results."""
        proof = self.proof
        return {"name": proof.name, "claim": proof.claim, "engine": str(proof.method),
                "bound": proof.method.reach, "seconds": round(self.seconds, 1),
                "result": self.verdict, "cover": self.cover, "mutants": self.mutants}


@dataclass(frozen=True)
class Proof:
    """A claim about a component, and how it is decided.

    Members:
        name  : str, of the proof and of its directory below ``build/formal``.
        claim : str, one line.
        bench : callable that takes a component's class and returns an Elaboratable that holds one,
            as the submodule ``dut``, with free inputs (AnySeq, AnyConst), and Assert, Assume and
            Cover statements. Registers begin as at reset.
        component : the class.
        mutants : classes that each have one defect; with each a property must break within
            ``mutant_cycles`` cycles.
        method : Induction, Pdr, Bounded or FromAnyState.
        cover_cycles : int, in which every Cover must be reachable.
        quick : bool, cheap enough for `make test`.
    """

    name: str
    claim: str
    bench: object
    component: type
    mutants: tuple
    method: object
    mutant_cycles: int = 20
    cover_cycles: int = 20
    quick: bool = False

    def run(self):
        """Runs the proof, its covers and its mutants; returns an Outcome."""
        start = time.monotonic()
        directory = self._prepared("proof", self.component)
        engines.prepare_gates(directory, self.name)
        verdict = self.method.decide(directory, self.name)
        if verdict == Verdict.UNKNOWN and engines.find_counterexample(
                directory, self.name, self.mutant_cycles, TIMEOUT_SECONDS) == Verdict.FALSE:
            verdict = Verdict.FALSE  # with a trace from reset on
        cover = engines.cover(directory, self.name, self.cover_cycles, TIMEOUT_SECONDS)
        mutants = {}
        for mutant in self.mutants:
            name = mutant.__name__.strip("_")
            place = self._prepared(name, mutant)
            mutants[name] = engines.find_counterexample(place, self.name, self.mutant_cycles,
                                                        TIMEOUT_SECONDS)
        return Outcome(self, time.monotonic() - start, verdict, cover, mutants)

    def _prepared(self, run, component):
        directory = BUILD_DIR / "formal" / self.name / run
        top = _Top(self.bench(component))
        text = to_rtlil(lambda: top, ports=[top.clk], name=self.name)
        # A clock that is no input would never tick, and all would hold.
        if not re.search(r"wire width 1 input \d+ +\\clk\b", text):
            raise AssertionError(f"the clock of {self.name} must be an input")
        if isinstance(self.method, FromAnyState):
            text = _without_reset_values(text, f"{self.name}.bench.dut")
        engines.prepare(directory, self.name, text)
        return directory


@dataclass(frozen=True)
class _Always:
    """A method without parameters of its own, which decides for ever."""

    name: str
    reach = "for ever"

    def __str__(self):
        return self.name


class NetlistProof:
    """Base of proofs that look into a netlist: subclasses are dataclasses with the members below.

    Members:
        name, claim : str, as of a `Proof`; quick : bool, likewise.
        component : callable that makes it, with its ports.
        mutants : pairs of the place of a class in it, as `mock.patch` wants it, and a class with
            one defect, which must be found.
        method : str, what it is called. A class attribute.
    """

    def __init_subclass__(cls, *, method):
        cls.method = _Always(method)

    def run(self):
        """Looks at the component and at its mutants; returns an Outcome."""
        start = time.monotonic()
        broken, covered = self._look("proof")
        mutants = {}
        for place, mutant in self.mutants:
            found, _ = self._look(mutant.__name__, (place, mutant))
            mutants[mutant.__name__] = Verdict.FALSE if found else Verdict.TRUE
        return Outcome(self, time.monotonic() - start,
                       Verdict.FALSE if broken else Verdict.TRUE,
                       Verdict.TRUE if covered else Verdict.FALSE, mutants)

    def _look(self, run, *replaced):
        """(what breaks the claim, what must be there), of the component with ``replaced`` as of
        `to_rtlil`; a run leaves its files below ``_directory(run)``."""
        raise NotImplementedError

    def _directory(self, run):
        return BUILD_DIR / "formal" / self.name / run


_ONE_AT_A_TIME = threading.Lock()


def to_rtlil(make, *replaced, **options):
    """RTLIL of what ``make`` makes, while each pair (place, class) of ``replaced`` is there.

    A place is as `mock.patch` wants it; proofs that run side by side do not see it.
    """
    with _ONE_AT_A_TIME, contextlib.ExitStack() as stack:
        for place, component in replaced:
            stack.enter_context(mock.patch(place, component))
        return rtlil.convert(make(), **options)


class _Top(Elaboratable):
    """``bench`` in a clock domain that never resets: it begins as after a reset."""

    def __init__(self, bench):
        self._bench = bench
        self.clk = Signal()

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = domain = ClockDomain(reset_less=True)
        m.d.comb += domain.clk.eq(self.clk)
        m.submodules.bench = self._bench
        return m


def _without_reset_values(text, name):
    """The RTLIL ``text``, but the registers of module ``name``, and below, begin as they like."""
    parts = re.split(r"^(?=module )", text, flags=re.MULTILINE)
    mine = re.compile(rf"module \\{re.escape(name)}\b")
    found = [bool(mine.match(part)) for part in parts]
    assert any(found), f"the bench must have its component as the submodule dut of {name}"
    return "".join(re.sub(r"^ *attribute \\init .*\n", "", part, flags=re.MULTILINE)
                   if is_mine else part for part, is_mine in zip(parts, found))


def glass(component):
    """(what stands for ``component`` as a submodule, {path: Signal} of what it drives inside).

    A path is the signal's name behind those of the submodules, such as "rows.stride". It is for
    invariants: relations between registers that hold in all states that occur. Of a name that two
    signals have there is None.
    """
    fragment = Fragment.get(component, None)
    found = {}

    def look(part, prefix):
        for statements in part.statements.values():
            for statement in statements:
                for signal in statement._lhs_signals():
                    path = prefix + signal.name
                    found[path] = signal if found.get(path, signal) is signal else None
        for inner, name, _ in part.subfragments:
            look(inner, f"{prefix}{name}.")
    look(fragment, "")
    return fragment, found
