"""The hart of the model: registers, program counter, and the step from instruction to instruction.
"""

from dataclasses import dataclass

from cpu.bit_manipulation import check_extensions
from sim.iss.csr import ControlRegisters
from sim.iss.instructions import DISCARD, decode
from sim.iss.pmp import ProtectedSpace
from sim.traps import INTERRUPT_FLAG, Trap

__all__ = ["Hart", "Retirement"]

_WORD = 0xFFFF_FFFF


@dataclass(slots=True)
class Retirement:
    """What one instruction did, in the terms of the RISC-V Formal Interface (RVFI).

    ``mem_addr`` is the exact address; bit 0 of ``mem_rmask`` and ``mem_wmask`` and the low byte of
    the data are the byte there. ``intr`` marks the first instruction of an interrupt handler.
    ``mode`` is the one in which the instruction executed. ``name`` is the mnemonic. A trapping
    instruction writes nothing; its ``pc_wdata`` is the handler.
    """

    name: str
    insn: int
    trap: bool
    intr: bool
    mode: int
    pc_rdata: int
    pc_wdata: int
    rs1_addr: int = 0
    rs2_addr: int = 0
    rs1_rdata: int = 0
    rs2_rdata: int = 0
    rd_addr: int = 0
    rd_wdata: int = 0
    mem_addr: int = 0
    mem_rmask: int = 0
    mem_wmask: int = 0
    mem_rdata: int = 0
    mem_wdata: int = 0


class Hart:
    """One RV32IM_Zicsr_Zifencei hart, with machine mode alone or with user mode too.

    Parameters:
        space : AddressSpace, what it fetches from, loads from and stores to.
        reset_vector : int, address of the first instruction.
        extensions : iterable of str, names of EXTENSIONS; instructions of others are illegal.
        pmp_entries : int of PMP_ENTRIES; with None there is neither user mode nor PMP.
    Members:
        x : list, the 32 registers and one place more for results that x0 drops.
        pc : int, address of the next instruction.
        extensions : frozenset of str.
        memory : what its instructions reach: ``space``, behind the PMP if there is one.
        csrs : ControlRegisters.
        waiting : bool, set by ``wfi``; for the caller, the hart itself goes on.

    Interrupts come from the caller: either ``interrupt(cause)`` between two instructions, or
    ``csrs.lines`` and `run`.
    Raises: ValueError for an unknown extension or number of PMP entries.
    """

    def __init__(self, space, *, reset_vector, extensions=(), pmp_entries=None):
        self.space = space
        self.x = [0] * (DISCARD + 1)
        self.pc = reset_vector
        self.extensions = check_extensions(extensions)
        self.csrs = ControlRegisters(extensions=self.extensions, pmp_entries=pmp_entries)
        self.memory = space if pmp_entries is None else ProtectedSpace(space, self.csrs)
        self.waiting = False
        self._interrupted = False
        self._decoded = {}

    def interrupt(self, number):
        """Takes the interrupt ``number`` before the next instruction, whether enabled or not."""
        self.pc = self.csrs.enter_trap(INTERRUPT_FLAG | number, 0, self.pc)
        self._interrupted = True

    def decoded(self, word):
        """The `Instruction` that ``word`` is."""
        instruction = self._decoded.get(word)
        if instruction is None:
            instruction = self._decoded[word] = decode(word, self)
        return instruction

    def step(self):
        """Executes one instruction, or takes its trap; returns its `Retirement`."""
        pc, intr, mode = self.pc, self._interrupted, self.csrs.mode
        self._interrupted = False
        word, name = 0, "fetch"
        try:
            word = self.memory.fetch(pc)
            instruction = self.decoded(word)
            name = instruction.name
            operand1, operand2 = self.x[instruction.rs1], self.x[instruction.rs2]
            self.pc = instruction.execute(pc) & _WORD
        except Trap as trap:
            self.pc = self.csrs.enter_trap(trap.cause, trap.value, pc)
            return Retirement(name, word, True, intr, mode, pc, self.pc)
        self.csrs.retired += 1
        record = Retirement(name, word, False, intr, mode, pc, self.pc, instruction.rs1,
                            instruction.rs2, operand1, operand2, instruction.rd,
                            self.x[instruction.rd])
        if instruction.load_size:
            record.mem_addr = (operand1 + instruction.offset) & _WORD
            record.mem_rmask = (1 << instruction.load_size) - 1
            value = self.x[instruction.rd or DISCARD]
            record.mem_rdata = value & ((1 << 8 * instruction.load_size) - 1)
        elif instruction.store_size:
            record.mem_addr = (operand1 + instruction.offset) & _WORD
            record.mem_wmask = (1 << instruction.store_size) - 1
            record.mem_wdata = operand2 & ((1 << 8 * instruction.store_size) - 1)
        return record

    def run(self, instructions):
        """Executes up to ``instructions`` instructions and traps, without records.

        Takes pending interrupts. Stops early after a ``wfi``, which sets ``waiting``. Returns how
        many it executed.
        """
        fetch, decoded, csrs = self.memory.fetch, self._decoded, self.csrs
        for count in range(instructions):
            if csrs.lines and csrs.interrupts_enabled and csrs.pending() is not None:
                self.interrupt(csrs.pending())
            pc = self.pc
            try:
                word = fetch(pc)
                instruction = decoded.get(word) or self.decoded(word)
                self.pc = instruction.execute(pc) & _WORD
                csrs.retired += 1
            except Trap as trap:
                self.pc = csrs.enter_trap(trap.cause, trap.value, pc)
            if self.waiting:
                return count + 1
        return instructions
