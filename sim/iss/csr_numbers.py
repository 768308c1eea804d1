"""Numbers of the control and status registers and of the privilege modes.

Source: RISC-V Privileged 1.13 §2.2 (CSR listing), §1.2 (modes).
"""

from enum import IntEnum

__all__ = ["VOLATILE", "Csr", "Mode"]


class Mode(IntEnum):
    """Privilege modes, as ``mstatus`` holds them in MPP."""

    USER = 0
    MACHINE = 3


class Csr(IntEnum):
    """Numbers of the registers that have a name of their own."""

    MSTATUS = 0x300
    MISA = 0x301
    MIE = 0x304
    MTVEC = 0x305
    MCOUNTEREN = 0x306
    MENVCFG = 0x30A
    MSTATUSH = 0x310
    MENVCFGH = 0x31A
    MCOUNTINHIBIT = 0x320
    MSCRATCH = 0x340
    MEPC = 0x341
    MCAUSE = 0x342
    MTVAL = 0x343
    MIP = 0x344
    PMPCFG0, PMPCFG1, PMPCFG2, PMPCFG3 = range(0x3A0, 0x3A4)
    (PMPADDR0, PMPADDR1, PMPADDR2, PMPADDR3, PMPADDR4, PMPADDR5, PMPADDR6, PMPADDR7, PMPADDR8,
     PMPADDR9, PMPADDR10, PMPADDR11, PMPADDR12, PMPADDR13, PMPADDR14, PMPADDR15) = \
        range(0x3B0, 0x3C0)
    MSECCFG = 0x747
    MSECCFGH = 0x757
    MCYCLE = 0xB00
    MINSTRET = 0xB02
    MCYCLEH = 0xB80
    MINSTRETH = 0xB82
    CYCLE = 0xC00
    TIME = 0xC01
    INSTRET = 0xC02
    CYCLEH = 0xC80
    TIMEH = 0xC81
    INSTRETH = 0xC82
    MVENDORID = 0xF11
    MARCHID = 0xF12
    MIMPID = 0xF13
    MHARTID = 0xF14
    MCONFIGPTR = 0xF15


VOLATILE = frozenset({Csr.MIP, Csr.MCYCLE, Csr.MCYCLEH, Csr.CYCLE, Csr.CYCLEH, Csr.TIME, Csr.TIMEH})
"""Registers that the program alone does not determine: they depend on time or on the outside."""
