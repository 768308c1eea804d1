"""What a network becomes: steps for the coprocessor and the core, and the memory that they use."""

from dataclasses import dataclass, field

import numpy as np

__all__ = ["Call", "Constants", "Job", "Patch", "Place", "Plan", "Step", "size_in_memory"]


@dataclass(frozen=True)
class Place:
    """Where an operand begins.

    Members: owner : str, name of a constant array; or int, an activation, by the index of the
        tensor that owns its memory. offset : int, bytes from the start of that.
    """

    owner: str | int
    offset: int = 0

    def __add__(self, offset_bytes):
        return Place(self.owner, self.offset + offset_bytes)


@dataclass(frozen=True)
class Patch:
    """The members of gluechip_patch_t: how rows of A are gathered from an image."""

    piece_bytes: int
    line_bytes: int
    lines: int
    pieces: int = 1
    piece_step: int = 0
    line_step: int = 1
    outputs_per_line: int = 1
    output_step: int = 0
    padding_left: int = 0
    padding_top: int = 0
    column_step: int = 0


@dataclass(frozen=True)
class Job:
    """The members of gluechip_matmul_job_t that are not zero, and how much C takes.

    a, b, c, bias, multiplier, shift are Places, or None.
    """

    a: Place
    b: Place
    c: Place
    m: int
    n: int
    k: int
    a_bytes: int
    c_bytes: int
    bias: Place | None = None
    multiplier: Place | None = None
    shift: Place | None = None
    a_stride: int = 0
    b_stride: int = 0
    c_stride: int = 0
    a_zero: int = 0
    b_zero: int = 0
    c_zero: int = 0
    rounding: str = "double"
    clamp_minimum: int = -128
    clamp_maximum: int = 127
    scale_multiplier: int = 0
    scale_shift: int = 0
    patch: Patch | None = None

    @property
    def reads(self):
        """What it reads of activations: list of (Place, bytes)."""
        return [(place, size) for place, size in ((self.a, self.a_bytes), (self.b, self.n * self.k))
                if isinstance(place.owner, int)]

    @property
    def writes(self):
        """What it writes: list of (Place, bytes)."""
        return [(self.c, self.c_bytes)]

    @property
    def constants(self):
        """Names of the constant arrays that it reads."""
        return _names((self.a, self.b, self.bias, self.multiplier, self.shift))


@dataclass(frozen=True)
class Call:
    """A call of a C function that works on the core.

    Members: function : str; arguments : tuple of int, str (C as it is) and Place; reads, writes :
        as those of a Job.
    """

    function: str
    arguments: tuple
    reads: tuple
    writes: tuple

    @property
    def constants(self):
        """Names of the constant arrays that it reads."""
        return _names(self.arguments)


@dataclass(frozen=True)
class Step:
    """A Job or a Call, and the layer that it is of."""

    layer: int
    work: Job | Call


def _names(operands):
    return {operand.owner for operand in operands
            if isinstance(operand, Place) and isinstance(operand.owner, str)}


def size_in_memory(array):
    """Bytes that a constant array takes, from a multiple of 8 on."""
    return -(-array.nbytes // 8) * 8


class Constants:
    """The constant arrays of a program; equal ones are one."""

    def __init__(self):
        self.arrays = {}
        self._names = {}

    def add(self, name, array):
        """The Place of ``array``, whose type is that of its elements in C."""
        array = np.ascontiguousarray(array)
        key = (array.dtype.str, array.tobytes())
        if key not in self._names:
            self._names[key] = name
            self.arrays[name] = array.ravel()
        return Place(self._names[key])


@dataclass(frozen=True)
class Plan:
    """A compiled network.

    Members:
        network : Network.
        steps   : tuple of Step, in the order in which they run.
        constants : dict of {name: array}, of the steps.
        owners  : dict of {tensor index: Place} of all activations on the chip.
        offsets : dict of {owner: offset in the arena}.
        arena_bytes : int.
        inputs, outputs : tuples of tensor indexes: what the chip takes and gives, int8 or uint8.
        kept    : bool, every activation has a place of its own.
        external : frozenset of names of constants that lie in external memory, the others in RAM.
    """

    network: object
    steps: tuple
    constants: dict
    owners: dict
    offsets: dict
    arena_bytes: int
    inputs: tuple
    outputs: tuple
    kept: bool = False
    macs: dict = field(default_factory=dict)
    external: frozenset = frozenset()

    @property
    def constant_bytes(self):
        """Bytes of the constants in RAM."""
        return sum(size_in_memory(array) for name, array in self.constants.items()
                   if name not in self.external)

    @property
    def external_bytes(self):
        """Bytes of the constants in external memory."""
        return sum(size_in_memory(self.constants[name]) for name in self.external)

    def streamed_bytes(self, layer):
        """Bytes of the constants that a layer, by its number, reads from external memory."""
        names = set().union(*(step.work.constants for step in self.steps if step.layer == layer))
        return sum(self.constants[name].nbytes for name in names & self.external)

    @property
    def layers_on_array(self):
        """Numbers of the layers whose work is matmul jobs."""
        return {step.layer for step in self.steps if isinstance(step.work, Job)}

    def offset(self, place):
        """Where in the arena an activation's Place is."""
        return self.offsets[place.owner] + place.offset

    def offset_of(self, tensor):
        """Where in the arena a tensor begins."""
        return self.offset(self.owners[tensor])
