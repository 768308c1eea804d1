"""Signatures and structs of the core: its ports, and the registers between its stages."""

from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Access", "CsrPortSignature", "DebugSignature", "FetchSignature", "Issue",
           "MemorySignature", "RvfiSignature", "align_layout"]


def align_layout(words):
    """How what memory answers, a number of ``words``, becomes the loaded value.

    Selectors that are 1 or 0 each: they are made in execute, so that no decoding lies behind the
    memory, which answers late.
    """
    return data.StructLayout({
        "low": 4 * words,  # the lane that becomes the lowest byte, one-hot
        "second": 2 * words,  # the lane of an odd number that becomes the second byte
        "upper": 2 * words,  # the third and fourth lane that become the third and fourth byte
        "sign": 4 * words,  # the lane whose sign fills the bytes that no lane becomes; or none
    })


class Access(data.Struct):
    """One load or store, as the memory stage sees it; at most one of ``load``, ``store`` is 1."""

    load: 1
    store: 1
    misaligned: 1
    address: 32
    byte_enable: 4  # lanes that it reads or writes
    store_data: 32  # each byte in its lane
    align: align_layout(1)  # all 0 unless a load


class Issue(data.Struct):
    """One instruction on its way from execute to the memory stage.

    All flags are 0 when ``valid`` is 0. With ``interrupt`` it is no instruction but the request to
    take the pending interrupt.
    """

    valid: 1
    interrupt: 1
    machine: 1  # the mode it was in, M and not U
    exception: 1  # decided in execute, with ``cause``
    cause: 4
    halts: 1  # the exception is for debug mode
    word: 32  # the instruction
    pc: 30
    rd: 5
    writes: 1  # rd is written; never for x0
    late: 1  # the result comes from the memory stage (load, multiply, divide, bits)
    multiply: 1
    divide: 1
    bits: 1  # of `BitUnit`
    result: 32
    transfer: 1  # may go elsewhere than to pc + 4
    taken: 1  # and does
    target_misaligned: 1
    fetches_anew: 1  # what follows it is fetched again, under new rules
    counted: 1  # minstret counts it
    access: Access


class CsrPortSignature(wiring.Signature):
    """One group of CSRs, seen from the core.

    Members: takes : Out(1), the instruction with ``next_address`` : Out(12) enters execute, whose
             CSR is meant by all others; exists : In(1), it is of the group; write : Out(1), write
             ``write_data``: Out(32), the whole new value, at the end of this cycle; read_data :
             In(32), 0 for a CSR that is not of the group.
    Timing: combinational, from registers that tell which CSR it is, see `cpu.csr.select_csrs`.
    """

    def __init__(self):
        super().__init__({
            "takes": Out(1),
            "next_address": Out(12),
            "exists": In(1),
            "write": Out(1),
            "write_data": Out(32),
            "read_data": In(32),
        })


class DebugSignature(wiring.Signature):
    """What a debug module wants of the core, seen from the core.

    Members:
        halt   : In(1), enter debug mode before the next instruction; from_reset : In(1), because
                 of a reset. locked : In(1), do not enter it.
        mode   : Out(1), the core is in debug mode; parked : Out(1), and waits there.
        start  : In(1), run the debugger's program if ``program`` : In(1), or else the words in
                 front of it; resume : In(1), leave debug mode. Both for one cycle, while
                 ``parked``.
        failed : Out(1), while ``parked``: what was last run did not end with an ebreak.
        data   : In(32), what the CSR of data0 reads; data_write : Out(1), it becomes
                 ``data_written`` : Out(32) at the end of this cycle.
        idle   : Out(1), no load or store is in the memory stage: the core does not use ITCM's
                 second port or the register bus in this cycle.
    """

    def __init__(self):
        super().__init__({
            "halt": In(1), "from_reset": In(1), "locked": In(1),
            "mode": Out(1), "parked": Out(1),
            "start": In(1), "program": In(1), "resume": In(1), "failed": Out(1),
            "data": In(32), "data_write": Out(1), "data_written": Out(32),
            "idle": Out(1, init=1),
        })


class FetchSignature(wiring.Signature):
    """Instruction memory, seen from the core.

    Members: enable : Out(1); address : Out(32), byte address, a multiple of 4;
             data : In(32), the word at the address of the last cycle with ``enable``, held since.
    Timing: data in the cycle after ``enable``.
    """

    def __init__(self):
        super().__init__({"enable": Out(1), "address": Out(32), "data": In(32)})


class MemorySignature(wiring.Signature):
    """Data memory, seen from the core.

    Parameters: read_words : int, words that it answers: those that lie together at a multiple of
                their size, and the one that was asked for is among them.
    Members: enable : Out(1); write : Out(1); address : Out(32), byte address, whose two low bits
             the memory ignores; byte_enable : Out(4), lanes that a write changes;
             write_data : Out(32); read_data : In(32 * read_words), what was read in the cycle
             before.
    Timing: one access a cycle, ``read_data`` in the next.
    """

    def __init__(self, *, read_words=1):
        super().__init__({
            "enable": Out(1),
            "write": Out(1),
            "address": Out(32),
            "byte_enable": Out(4),
            "write_data": Out(32),
            "read_data": In(32 * read_words),
        })


class RvfiSignature(wiring.Signature):
    """What retires, in the words of the RISC-V Formal Interface, one channel.

    ``mem_addr`` is the address of the aligned word, and the masks name its bytes. An instruction
    that traps retires with ``trap``, with ``rd_addr`` 0 and with the handler's address in
    ``pc_wdata``. ``intr`` marks the first instruction after an interrupt was taken.
    Source: riscv-formal, docs/source/rvfi.rst.
    """

    def __init__(self):
        super().__init__({
            "valid": Out(1), "order": Out(64), "insn": Out(32),
            "trap": Out(1), "halt": Out(1), "intr": Out(1), "mode": Out(2), "ixl": Out(2),
            "rs1_addr": Out(5), "rs2_addr": Out(5), "rs1_rdata": Out(32), "rs2_rdata": Out(32),
            "rd_addr": Out(5), "rd_wdata": Out(32), "pc_rdata": Out(32), "pc_wdata": Out(32),
            "mem_addr": Out(32), "mem_rmask": Out(4), "mem_wmask": Out(4),
            "mem_rdata": Out(32), "mem_wdata": Out(32),
        })
