"""Operands of a job as signals."""

from amaranth.hdl import Shape, Signal, Value
from amaranth.lib import data

__all__ = ["MAX_OPERANDS", "OperandValue", "operand_values"]


MAX_OPERANDS = 6
"""Operands that a datapath may declare."""


class OperandValue(data.Struct):
    """The values of an `Operand`."""

    address: 32
    row_bytes: 32
    rows: 16
    stride: 32
    write: 1
    enable: 1


def operand_values(m, datapath, descriptor, name):
    """The operands of ``datapath`` over the view ``descriptor``, as a list of OperandValue signals.

    Raises: ValueError when there are too many, or one does not fit.
    """
    operands = datapath.operands(descriptor)
    if not 1 <= len(operands) <= MAX_OPERANDS:
        raise ValueError(f"Operands of {type(datapath).__name__} must be 1 to {MAX_OPERANDS}, "
                         f"not {len(operands)}")
    signals = []
    for index, operand in enumerate(operands):
        signal = Signal(OperandValue, name=f"{name}_{index}")
        for member, field in OperandValue.as_shape():
            value = Value.cast(getattr(operand, member))
            if len(value) > Shape.cast(field.shape).width:
                raise ValueError(f"{member} of operand {index} of {type(datapath).__name__} must "
                                 f"have at most {Shape.cast(field.shape).width} bits, "
                                 f"not {len(value)}")
            m.d.comb += getattr(signal, member).eq(value)
        signals.append(signal)
    return signals
