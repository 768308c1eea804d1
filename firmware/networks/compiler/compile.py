"""Turns a network into a Plan: which steps run where, and where their operands lie."""

from firmware.networks import network
from firmware.networks.compiler import averages, batch_products, calls, products, sums
from firmware.networks.compiler.arena import Life, allocate
from firmware.networks.compiler.plan import Constants, Job, Place, Plan, Step
from soc.configuration import RAM_LIMIT_BYTES

__all__ = ["ROUNDINGS", "compile_network", "rounding_of"]


def _litert(layer):
    """As LiteRT 2: its kernel of FULLY_CONNECTED has a way of its own, the others round twice."""
    return "litert" if isinstance(layer, network.FullyConnected) else "double"


ROUNDINGS = {"double": lambda layer: "double", "single": lambda layer: "single",
             "litert": _litert}
"""{name: function from a layer to how it rounds, as `evaluate` takes it}"""


def rounding_of(name):
    """The function of a name in `ROUNDINGS`. Raises: ValueError for another."""
    if name not in ROUNDINGS:
        raise ValueError(f"rounding must be one of {', '.join(ROUNDINGS)}, not {name!r}")
    return ROUNDINGS[name]


_LOWERINGS = {
    network.Add: (sums.add,),
    network.AveragePool2D: (averages.average_pool, calls.average_pool),
    network.BatchMatmul: (batch_products.batch_matmul,),
    network.Concatenation: (calls.concatenation,),
    network.Conv2D: (products.convolution,),
    network.DepthwiseConv2D: (products.depthwise,),
    network.FullyConnected: (products.fully_connected,),
    network.Logistic: (calls.table,),
    network.MaxPool2D: (calls.max_pool,),
    network.Mean: (averages.mean, calls.mean),
    network.Pad: (calls.pad,),
    network.Relu: (calls.table,),
    network.Requantize: (calls.table,),
    network.Softmax: (calls.softmax,),
}
"""{class of layer: functions that give the works of one, or None where another one does}"""


class _Site:
    """One layer while it becomes steps.

    Members: layer : Layer; tensors : those of the network; data, result : its first input and its
        output; columns : int, of the array; rounding : str.
    """

    def __init__(self, layer, columns, rounding, memory):
        self.layer, self.tensors = layer, memory.tensors
        self.data, self.result = self.tensors[layer.input], self.tensors[layer.output]
        self.columns, self.rounding = columns, rounding
        self._memory = memory

    def refuse(self, sentence):
        """Raises ModelError that names the layer."""
        raise network.ModelError(f"Layer {self.layer.index}, {self.layer.operator}: {sentence}")

    def input(self, position=0):
        """Place of an input, constant or not."""
        index = self.layer.inputs[position]
        if index in self._memory.owners:
            return self._memory.owners[index]
        return self.constant(f"operand{position}", self.tensors[index].data)

    def output(self):
        """Place of the output."""
        return self._memory.owners[self.layer.output]

    def scratch(self, size_bytes):
        """Place of memory that only this layer uses."""
        return self._memory.scratch(size_bytes)

    def constant(self, name, array):
        """Place of a constant array of this layer."""
        return self._memory.constants.add(f"{name}_{self.layer.index}", array)


_LIMITS = dict.fromkeys(("m", "n", "k"), products.MAX_SIZE)
_PATCH_LIMITS = {
    **dict.fromkeys(("piece_bytes", "piece_step", "line_bytes", "lines", "outputs_per_line",
                     "output_step", "padding_left", "column_step"), products.MAX_SIZE),
    **dict.fromkeys(("pieces", "line_step", "padding_top"), products.MAX_COUNT)}


def _check_limits(site, job):
    """Every number fits its field of the descriptor."""
    for limits, what in ((_LIMITS, job), (_PATCH_LIMITS, job.patch)):
        for name, most in limits.items() if what else ():
            if getattr(what, name) > most:
                site.refuse(f"{name} of its job must be at most {most}, not {getattr(what, name)}")


def _works(site):
    """The jobs or calls of a layer."""
    lowerings = _LOWERINGS.get(type(site.layer), ())
    works = next(filter(None, (lower(site) for lower in lowerings)), None)
    if works is None:
        site.refuse("the operator must be one that the chip can run")
    for work in works:
        if isinstance(work, Job):
            _check_limits(site, work)
    return works


def _chip_inputs(model):
    """Tensors that the host puts into the chip's memory."""
    given = [i for i in model.inputs if model.tensors[i].dtype != "float32"]
    return tuple(given + [layer.output for layer in model.layers
                          if isinstance(layer, network.Quantize)])


def _chip_outputs(model):
    """Tensors that the host takes from the chip's memory."""
    sources = {layer.output: layer.input for layer in model.layers
               if isinstance(layer, network.Dequantize)}
    return tuple(dict.fromkeys(sources.get(index, index) for index in model.outputs))


class _Memory:
    """What lies where: constants, and which memory each activation owns.

    Members: tensors : those of the network; constants : Constants; owners : dict of {tensor index:
        Place}; sizes : dict of {owner: bytes}.
    """

    def __init__(self, model, inputs):
        self.tensors, self.constants = model.tensors, Constants()
        self.owners = {index: Place(index) for index in inputs}
        for layer in model.layers:
            if not layer.on_host:
                # The output of a Reshape lies where its input does.
                self.owners[layer.output] = (self.owners[layer.input] if self.is_alias(layer)
                                             else Place(layer.output))
        self.sizes = {place.owner: self.tensors[place.owner].elements
                      for place in self.owners.values()}
        for index, size in self.sizes.items():  # what follows makes lists of that length
            if size > RAM_LIMIT_BYTES:
                raise network.ModelError(
                    f"Tensor {self.tensors[index].name!r} must have at most {RAM_LIMIT_BYTES:,} "
                    f"bytes, the RAM of the largest chip, not {size:,}")

    def is_alias(self, layer):
        """The layer has nothing to do: its output is its input."""
        return isinstance(layer, network.Reshape) and layer.input in self.owners

    def scratch(self, size_bytes):
        """Place of memory that belongs to no tensor."""
        owner = max(len(self.tensors), *self.sizes) + 1
        self.sizes[owner] = size_bytes
        return Place(owner)


def _lives(memory, steps, inputs, outputs):
    """{owner: Life}, in the order in which they begin."""
    spans = {}

    def use(place, step):
        first, _ = spans.get(place.owner, (step, step))
        spans[place.owner] = (first, step)
    for index in inputs:
        use(memory.owners[index], -1)
    for number, step in enumerate(steps):
        for place, _ in (*step.work.reads, *step.work.writes):
            use(place, number)
    for index in outputs:
        use(memory.owners[index], len(steps))
    return {owner: Life(memory.sizes[owner], *span) for owner, span in spans.items()}


def _macs(model, layer):
    """Products of which the layer's result is made; 0 for those that have no weights."""
    if isinstance(layer, network.Conv2D | network.DepthwiseConv2D | network.FullyConnected):
        weights = model.tensors[layer.weights]
        channels = weights.shape[-1 if isinstance(layer, network.DepthwiseConv2D) else 0]
        return model.tensors[layer.output].elements * weights.elements // channels
    if isinstance(layer, network.BatchMatmul):
        depth = model.tensors[layer.input].shape[-2 if layer.adjoint[0] else -1]
        return model.tensors[layer.output].elements * depth
    return 0


def compile_network(model, configuration, *, rounding="litert", keep=False):
    """The Plan of a Network for a chip.

    Parameters:
        configuration : Configuration; only the size of its array counts here.
        rounding : str, a name in `ROUNDINGS`.
        keep     : bool, no activation takes the place of another, so that all can be looked at.
    Raises: ModelError for what the chip cannot run, with the layer; ValueError.
    """
    rounds = rounding_of(rounding)
    inputs, outputs = _chip_inputs(model), _chip_outputs(model)
    memory, steps = _Memory(model, inputs), []
    for layer in model.layers:
        if layer.on_host or memory.is_alias(layer):
            continue
        site = _Site(layer, configuration.array_columns, rounds(layer), memory)
        steps += [Step(layer.index, work) for work in _works(site)]
    lives = _lives(memory, steps, inputs, outputs)
    offsets, arena_bytes = allocate(lives, keep=keep)
    return Plan(
        network=model, steps=tuple(steps), constants=memory.constants.arrays, owners=memory.owners,
        offsets=offsets, arena_bytes=max(arena_bytes, 8), inputs=inputs, outputs=outputs, kept=keep,
        macs={layer.index: _macs(model, layer) for layer in model.layers})
