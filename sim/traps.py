"""Why a hart traps: the causes, their names, and a sentence for each.

Source: RISC-V Privileged 1.13 §3.1.15 (mcause), §3.1.16 (mtval), §3.1.9 (priorities).
"""

from enum import IntEnum

__all__ = ["FAST_INTERRUPTS", "INTERRUPT_FLAG", "INTERRUPT_PRIORITY", "ExceptionCause",
           "InterruptCause", "Trap", "cause_name", "describe_trap"]


INTERRUPT_FLAG = 1 << 31
"""Bit of ``mcause`` that tells interrupts from exceptions."""

FAST_INTERRUPTS = range(16, 32)
"""Causes of the 16 fast local interrupts."""


class ExceptionCause(IntEnum):
    """Exceptions that a hart without paging and supervisor mode can raise, by their ``mcause``."""

    INSTRUCTION_MISALIGNED = 0
    INSTRUCTION_ACCESS_FAULT = 1
    ILLEGAL_INSTRUCTION = 2
    BREAKPOINT = 3
    LOAD_MISALIGNED = 4
    LOAD_ACCESS_FAULT = 5
    STORE_MISALIGNED = 6
    STORE_ACCESS_FAULT = 7
    USER_ECALL = 8
    MACHINE_ECALL = 11


class InterruptCause(IntEnum):
    """Standard interrupts, by their number in ``mcause``, ``mie`` and ``mip``."""

    SOFTWARE = 3
    TIMER = 7
    EXTERNAL = 11


INTERRUPT_PRIORITY = (*FAST_INTERRUPTS, InterruptCause.EXTERNAL, InterruptCause.SOFTWARE,
                      InterruptCause.TIMER)
"""Numbers of the interrupts, the one that is taken first in front. The specification orders the
standard ones and leaves open where the local ones stand."""

_EXCEPTION_SENTENCES = {
    ExceptionCause.INSTRUCTION_MISALIGNED: "jump to {value:#010x}, which is no multiple of 4",
    ExceptionCause.INSTRUCTION_ACCESS_FAULT: "fetch from {value:#010x}, where no code may run",
    ExceptionCause.ILLEGAL_INSTRUCTION: "instruction word {value:#010x} is not implemented or not "
                                        "allowed",
    ExceptionCause.BREAKPOINT: "ebreak at {value:#010x}",
    ExceptionCause.LOAD_MISALIGNED: "load from {value:#010x}, which its size does not divide",
    ExceptionCause.LOAD_ACCESS_FAULT: "load from {value:#010x}, which is not mapped or not allowed",
    ExceptionCause.STORE_MISALIGNED: "store to {value:#010x}, which its size does not divide",
    ExceptionCause.STORE_ACCESS_FAULT: "store to {value:#010x}, which is not mapped or not allowed",
    ExceptionCause.USER_ECALL: "ecall from user mode",
    ExceptionCause.MACHINE_ECALL: "ecall from machine mode",
}


class Trap(Exception):
    """An exception of the hart: ``cause`` for ``mcause`` and ``value`` for ``mtval``."""

    def __init__(self, cause, value):
        super().__init__(cause, value)
        self.cause = cause
        self.value = value


def cause_name(mcause):
    """Name of what ``mcause`` holds, such as ``load access fault`` or ``timer interrupt``."""
    number = mcause & ~INTERRUPT_FLAG
    if not mcause & INTERRUPT_FLAG:
        if number in set(ExceptionCause):
            return ExceptionCause(number).name.lower().replace("_", " ")
        return f"exception {number}"
    if number in set(InterruptCause):
        return f"{InterruptCause(number).name.lower()} interrupt"
    if number in FAST_INTERRUPTS:
        return f"fast interrupt {number - FAST_INTERRUPTS[0]}"
    return f"interrupt {number}"


def describe_trap(mcause, mepc, mtval):
    """One line that says what happened and where, for reports on a crash."""
    sentence = _EXCEPTION_SENTENCES.get(mcause)
    detail = f": {sentence.format(value=mtval)}" if sentence else ""
    return f"{cause_name(mcause)} at {mepc:#010x}{detail}"
