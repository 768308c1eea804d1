"""Mistakes to choose from by an input of a bench, to see that the tests find them."""

import contextlib
import inspect
from unittest import mock

from amaranth.hdl import Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

__all__ = ["WithMutant", "edited", "mutation_numbers", "replaced_classes", "with_part"]


def mutation_numbers(mutations):
    """{mistake: the number that chooses it}, from 1 on; 0 chooses none.

    ``mutations`` : {place of a class, as `mock.patch` wants it: (the class, its mistakes)}; a
    mistake is a function of the module and the component that it spoils.
    """
    return {mutate: number for number, mutate in enumerate(
        (mutate for _, mistakes in mutations.values() for mutate in mistakes), start=1)}


class WithMutant:
    """Mix-in for a bench: makes the mistake of the number on the input ``mutant``.

    Elaborate it inside ``replaced_classes(bench, mutations)``.
    """

    def __init__(self, **options):
        super().__init__(**options)
        self.mutant = Signal(8)

    @property
    def signature(self):
        return wiring.Signature({**super().signature.members, "mutant": In(8)})


def _mutant_class(original, mistakes, numbers, choice):
    """``original`` with each mistake as the last word on its outputs while it is chosen."""
    class Mutant(original):
        def elaborate(self, platform):
            m = super().elaborate(platform)
            for mutate in mistakes:
                with m.If(choice == numbers[mutate]):
                    mutate(m, self)
            return m
    return Mutant


@contextlib.contextmanager
def replaced_classes(bench, mutations):
    """Puts classes that make the mistakes of ``mutations`` in the places of the originals."""
    numbers = mutation_numbers(mutations)
    with contextlib.ExitStack() as stack:
        for place, (original, mistakes) in mutations.items():
            stack.enter_context(mock.patch(
                place, _mutant_class(original, mistakes, numbers, bench.mutant)))
        yield


def edited(component, title, old, new):
    """``component`` (a class) as it were if its module had ``new`` in the place of ``old``.

    Parameters: title : str, a name for the mistake. old, new : str, of Python; ``old`` occurs once.
    Raises: ValueError unless it does: then the mistake must be made in another way.
    """
    module = inspect.getmodule(component)
    text = inspect.getsource(module)
    if text.count(old) != 1:
        raise ValueError(f"{old!r} must occur once in {module.__name__}, not {text.count(old)} "
                         f"times, to be edited for {title}")
    namespace = {"__name__": module.__name__}
    exec(compile(text.replace(old, new), module.__file__, "exec"), namespace)
    mutant = namespace[component.__name__]
    mutant.__name__ = title
    return mutant


def with_part(component, place, part):
    """``component`` (a class) as it were with the class ``part`` at ``place``, and called like it.

    Parameters: place : str, as `mock.patch` wants it.
    """
    class Mutant(component):
        def elaborate(self, platform):
            with mock.patch(place, part):
                return super().elaborate(platform)
    Mutant.__name__ = part.__name__
    return Mutant
