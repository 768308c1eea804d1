"""Figures of products on an array that is not trusted: what checks and blinding cost."""

import re
from dataclasses import dataclass

__all__ = ["Untrusted", "table", "untrusted"]


_LINE = re.compile(
    r"^bench untrusted (\d+) (\d+) (\d+) shake=(\w+) core=(\d+) plain=(\d+) checked=(\d+) "
    r"masks=(\d+) blinded=(\d+) both=(\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Untrusted:
    """Cycles of the C calls for one product, int8 in, int32 out.

    Members:
        m, n, k : int.
        shake : str, who makes the random bytes: "engine" (Keccak coprocessor) or "core".
        core, plain : int, of the product on the core and on an array that is trusted.
        checked, blinded, both : int, of those on an array that is not.
        masks : int, of what comes before a blinded product, when A is not known yet.
    """

    m: int
    n: int
    k: int
    shake: str
    core: int
    plain: int
    checked: int
    masks: int
    blinded: int
    both: int

    @property
    def figures(self):
        """{what: number} for the file."""
        name = f"{self.m}x{self.n}x{self.k}.shake_on_{self.shake}"
        return {f"{name}.{what}_cycles": getattr(self, what)
                for what in ("core", "plain", "checked", "blinded", "both", "masks")}


def untrusted(text):
    """The Untrusted in what the app ``untrusted`` prints."""
    return [Untrusted(*map(int, found[:3]), found[3], *map(int, found[4:]))
            for found in _LINE.findall(text)]


def table(found):
    """Lines of a table of Untrusted."""
    names = ("core", "plain", "checked", "blinded", "both", "masks")
    lines = [f"{'m x n x k':>14}{'SHAKE on':>10}" + "".join(f"{name:>9}" for name in names)]
    for u in found:
        lines.append(f"{f'{u.m} x {u.n} x {u.k}':>14}{u.shake:>10}"
                     + "".join(f"{getattr(u, name):>9}" for name in names))
    return lines
