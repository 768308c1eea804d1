"""Draws what parts of a block do in each cycle."""

__all__ = ["draw"]


_WIDTH = 88
"""Characters of a line of cycles, at most."""


def draw(traced):
    """Lines of text of ``traced``, a dict of {part: list of bool, one a cycle}: a line a part, a
    character for as many cycles as the first line says."""
    cycles = len(next(iter(traced.values())))
    each = -(-cycles // _WIDTH)
    label = max(map(len, traced)) + 1
    ruler = "".join(f"{start * each:<10}" for start in range(0, -(-cycles // each), 10))
    lines = [f"{cycles} cycles, {each} in a character: # all, + half or more, . fewer",
             f"{'':{label}}{ruler.rstrip()}"]
    for part, works in traced.items():
        counts = [sum(works[start:start + each]) for start in range(0, cycles, each)]
        marks = ["#" if count == each else "+" if 2 * count >= each else "." if count else " "
                 for count in counts]
        lines.append(f"{part:{label}}{''.join(marks)}".rstrip())
    return lines
