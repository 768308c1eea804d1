"""The cycle table: reads ``cycles.toml``, the one home of all timing figures of the core."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CycleClass", "load_cycle_table"]


_PATH = Path(__file__).with_name("cycles.toml")
_KINDS = ("instruction", "hazard", "event")
_NEEDED = {"cycles", "doc"}
_OPTIONAL = {"late", "interruptible"}  # of instructions


@dataclass(frozen=True)
class CycleClass:
    """One line of the table.

    kind   : str. ``instruction``: ``cycles`` pass until the next instruction executes. ``hazard``:
             ``cycles`` are added when the condition in ``doc`` holds. ``event``: ``cycles`` pass
             from one thing to another.
    late   : int, cycles that an instruction retires later than one that executes in the same
             cycle and takes one.
    interruptible : int or None. An interrupt may take the place of the next instruction so many
             cycles after this one executes, beside any from ``cycles`` on.
    """

    name: str
    kind: str
    cycles: int
    doc: str
    late: int = 0
    interruptible: int | None = None


def load_cycle_table(path=_PATH):
    """The table, as {name: CycleClass}. Raises ValueError for a table that cannot be meant."""
    table = {}
    for kind, classes in tomllib.loads(Path(path).read_text()).items():
        if kind not in _KINDS:
            raise ValueError(f"Kind of cycle class must be one of {', '.join(_KINDS)}, "
                             f"not {kind!r}")
        for name, entry in classes.items():
            if set(entry) - (_OPTIONAL if kind == "instruction" else set()) != _NEEDED:
                raise ValueError(f"Cycle class {name} must have cycles and doc, "
                                 f"not {', '.join(entry)}")
            for key in entry.keys() - {"doc"}:
                if not isinstance(entry[key], int) or entry[key] < 1:
                    raise ValueError(f"{key} of {name} must be a positive int, "
                                     f"not {entry[key]!r}")
            if name in table:
                raise ValueError(f"Cycle class {name} must have one entry, not two")
            table[name] = CycleClass(name, kind, **entry)
    return table
