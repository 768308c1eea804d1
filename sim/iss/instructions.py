"""The instructions of the model: decodes a word into what it does.

Source: RISC-V Unprivileged 20240411: chapter 2 (RV32I), 6 (Zifencei), 7 (Zicsr), 13 (M), and the
opcode listings of chapter 35; Privileged 1.13 §3.3 (mret, wfi).
"""

from dataclasses import dataclass
from typing import Any

from sim.iss.csr_numbers import Mode
from sim.iss.extensions import immediate_operation, register_operation
from sim.traps import ExceptionCause, Trap

__all__ = ["DISCARD", "Instruction", "decode"]

_WORD = 0xFFFF_FFFF
_SIGN = 0x8000_0000

DISCARD = 32
"""Index in the register list where results for x0 go."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One decoded instruction word.

    name : str, mnemonic.
    execute : callable(pc) that does it and returns the next pc; raises `Trap` with no effect.
    rs1, rs2, rd : int, registers read and written; 0 for those that the instruction does not have.
    load_size, store_size : int, bytes that it loads or stores; 0 for none.
    offset : int, what a load or store adds to its base.
    """

    name: str
    execute: Any
    rs1: int = 0
    rs2: int = 0
    rd: int = 0
    load_size: int = 0
    store_size: int = 0
    offset: int = 0


def _signed(value):
    return value - (1 << 32) if value & _SIGN else value


def _sign_extend(value, bits):
    return value - (1 << bits) if value >> (bits - 1) & 1 else value


def _divide(dividend, divisor):
    """Quotient rounded towards zero (§13.2); ``divisor`` is not 0."""
    quotient = abs(dividend) // abs(divisor)
    return -quotient if (dividend < 0) != (divisor < 0) else quotient


def _div(a, b):
    return _divide(_signed(a), _signed(b)) if b else _WORD


def _rem(a, b):
    a, b = _signed(a), _signed(b)
    return a - b * _divide(a, b) if b else a


# funct7, funct3 -> name and function of two words; the caller cuts the result to 32 bits.
_REGISTER_OPERATIONS = {
    (0x00, 0): ("add", lambda a, b: a + b),
    (0x20, 0): ("sub", lambda a, b: a - b),
    (0x00, 1): ("sll", lambda a, b: a << (b & 31)),
    (0x00, 2): ("slt", lambda a, b: (a ^ _SIGN) < (b ^ _SIGN)),
    (0x00, 3): ("sltu", lambda a, b: a < b),
    (0x00, 4): ("xor", lambda a, b: a ^ b),
    (0x00, 5): ("srl", lambda a, b: a >> (b & 31)),
    (0x20, 5): ("sra", lambda a, b: _signed(a) >> (b & 31)),
    (0x00, 6): ("or", lambda a, b: a | b),
    (0x00, 7): ("and", lambda a, b: a & b),
    (0x01, 0): ("mul", lambda a, b: a * b),
    (0x01, 1): ("mulh", lambda a, b: _signed(a) * _signed(b) >> 32),
    (0x01, 2): ("mulhsu", lambda a, b: _signed(a) * b >> 32),
    (0x01, 3): ("mulhu", lambda a, b: a * b >> 32),
    (0x01, 4): ("div", _div),
    (0x01, 5): ("divu", lambda a, b: a // b if b else _WORD),
    (0x01, 6): ("rem", _rem),
    (0x01, 7): ("remu", lambda a, b: a % b if b else a),
}

_BRANCH_CONDITIONS = {
    0: ("beq", lambda a, b: a == b),
    1: ("bne", lambda a, b: a != b),
    4: ("blt", lambda a, b: (a ^ _SIGN) < (b ^ _SIGN)),
    5: ("bge", lambda a, b: (a ^ _SIGN) >= (b ^ _SIGN)),
    6: ("bltu", lambda a, b: a < b),
    7: ("bgeu", lambda a, b: a >= b),
}

_LOADS = {0: ("lb", 1, True), 1: ("lh", 2, True), 2: ("lw", 4, False),
          4: ("lbu", 1, False), 5: ("lhu", 2, False)}

_ECALL_CAUSES = {Mode.USER: ExceptionCause.USER_ECALL, Mode.MACHINE: ExceptionCause.MACHINE_ECALL}

_STORES = {0: ("sb", 1), 1: ("sh", 2), 2: ("sw", 4)}


def _fields(word):
    """rd, funct3, rs1, rs2, funct7."""
    return word >> 7 & 31, word >> 12 & 7, word >> 15 & 31, word >> 20 & 31, word >> 25


def _immediate_i(word):
    return _sign_extend(word >> 20, 12)


def _immediate_s(word):
    return _sign_extend(word >> 25 << 5 | word >> 7 & 31, 12)


def _immediate_b(word):
    return _sign_extend((word >> 31) << 12 | (word >> 7 & 1) << 11 | (word >> 25 & 0x3F) << 5
                        | (word >> 8 & 15) << 1, 13)


def _immediate_j(word):
    return _sign_extend((word >> 31) << 20 | (word >> 12 & 0xFF) << 12 | (word >> 20 & 1) << 11
                        | (word >> 21 & 0x3FF) << 1, 21)


def _checked_target(target):
    """``target`` if an instruction can be there: without C, a multiple of 4 (§2.2)."""
    if target & 3:
        raise Trap(ExceptionCause.INSTRUCTION_MISALIGNED, target)
    return target


def _register_register(word, hart):
    rd, funct3, rs1, rs2, funct7 = _fields(word)
    operation = (_REGISTER_OPERATIONS.get((funct7, funct3))
                 or register_operation(word, hart.extensions))
    if operation is None:
        return None
    name, function = operation
    x, destination = hart.x, rd or DISCARD

    def execute(pc):
        x[destination] = function(x[rs1], x[rs2]) & _WORD
        return pc + 4
    return Instruction(name, execute, rs1=rs1, rs2=rs2, rd=rd)


def _register_immediate(word, hart):
    rd, funct3, rs1, shift_amount, funct7 = _fields(word)
    if funct3 in (1, 5):
        immediate = shift_amount
    else:
        funct7, immediate = 0, _immediate_i(word) & _WORD
    if funct3 not in (1, 5) or (funct7, funct3) in ((0, 1), (0, 5), (0x20, 5)):
        name, function = _REGISTER_OPERATIONS[funct7, funct3]
        name = name.replace("u", "iu") if name.endswith("u") else name + "i"
    elif operation := immediate_operation(word, hart.extensions):
        name, function = operation
    else:
        return None
    x, destination = hart.x, rd or DISCARD

    def execute(pc):
        x[destination] = function(x[rs1], immediate) & _WORD
        return pc + 4
    return Instruction(name, execute, rs1=rs1, rd=rd)


def _lui(word, hart):
    rd, x = _fields(word)[0], hart.x
    destination, value = rd or DISCARD, word & 0xFFFF_F000

    def execute(pc):
        x[destination] = value
        return pc + 4
    return Instruction("lui", execute, rd=rd)


def _auipc(word, hart):
    rd, x = _fields(word)[0], hart.x
    destination, value = rd or DISCARD, word & 0xFFFF_F000

    def execute(pc):
        x[destination] = (pc + value) & _WORD
        return pc + 4
    return Instruction("auipc", execute, rd=rd)


def _jal(word, hart):
    rd, x, offset = _fields(word)[0], hart.x, _immediate_j(word)
    destination = rd or DISCARD

    def execute(pc):
        target = _checked_target((pc + offset) & _WORD)
        x[destination] = (pc + 4) & _WORD
        return target
    return Instruction("jal", execute, rd=rd)


def _jalr(word, hart):
    rd, funct3, rs1, _, _ = _fields(word)
    if funct3:
        return None
    x, offset, destination = hart.x, _immediate_i(word), rd or DISCARD

    def execute(pc):
        target = _checked_target((x[rs1] + offset) & _WORD & ~1)
        x[destination] = (pc + 4) & _WORD
        return target
    return Instruction("jalr", execute, rs1=rs1, rd=rd)


def _branch(word, hart):
    _, funct3, rs1, rs2, _ = _fields(word)
    if funct3 not in _BRANCH_CONDITIONS:
        return None
    name, condition = _BRANCH_CONDITIONS[funct3]
    x, offset = hart.x, _immediate_b(word)

    def execute(pc):
        if condition(x[rs1], x[rs2]):
            return _checked_target((pc + offset) & _WORD)
        return pc + 4
    return Instruction(name, execute, rs1=rs1, rs2=rs2)


def _load(word, hart):
    rd, funct3, rs1, _, _ = _fields(word)
    if funct3 not in _LOADS:
        return None
    name, size, extend = _LOADS[funct3]
    x, load, offset, destination = hart.x, hart.memory.load, _immediate_i(word), rd or DISCARD

    def execute(pc):
        value = load((x[rs1] + offset) & _WORD, size)
        x[destination] = _sign_extend(value, 8 * size) & _WORD if extend else value
        return pc + 4
    return Instruction(name, execute, rs1=rs1, rd=rd, load_size=size, offset=offset)


def _store(word, hart):
    _, funct3, rs1, rs2, _ = _fields(word)
    if funct3 not in _STORES:
        return None
    name, size = _STORES[funct3]
    x, store, offset, mask = hart.x, hart.memory.store, _immediate_s(word), (1 << 8 * size) - 1

    def execute(pc):
        store((x[rs1] + offset) & _WORD, size, x[rs2] & mask)
        return pc + 4
    return Instruction(name, execute, rs1=rs1, rs2=rs2, store_size=size, offset=offset)


def _fence(word, hart):
    # The other fields are for finer fences and are ignored (§2.7, §6); this hart sees every store.
    names = {0: "fence", 1: "fence.i"}
    name = names.get(_fields(word)[1])
    return Instruction(name, lambda pc: pc + 4) if name else None


def _system(word, hart):
    if _fields(word)[1] & 3:
        return _csr_access(word, hart)

    csrs = hart.csrs

    def ecall(pc):
        raise Trap(_ECALL_CAUSES[csrs.mode], 0)

    def ebreak(pc):
        raise Trap(ExceptionCause.BREAKPOINT, pc)

    def leave_trap(pc):
        if csrs.mode != Mode.MACHINE:
            raise Trap(ExceptionCause.ILLEGAL_INSTRUCTION, word)
        return csrs.leave_trap()

    def wait_for_interrupt(pc):
        if csrs.wait_traps:
            raise Trap(ExceptionCause.ILLEGAL_INSTRUCTION, word)
        hart.waiting = True
        return pc + 4

    known = {
        0x0000_0073: ("ecall", ecall),
        0x0010_0073: ("ebreak", ebreak),
        0x3020_0073: ("mret", leave_trap),
        0x1050_0073: ("wfi", wait_for_interrupt),
    }
    return Instruction(*known[word]) if word in known else None


def _csr_access(word, hart):
    rd, funct3, source, _, _ = _fields(word)
    number, kind, immediate = word >> 20, funct3 & 3, funct3 & 4
    writes = kind == 1 or source != 0
    if not hart.csrs.exists(number) or (writes and number >> 10 == 3):
        return None
    x, csrs, destination = hart.x, hart.csrs, rd or DISCARD

    def execute(pc):
        if not csrs.permits(number):
            raise Trap(ExceptionCause.ILLEGAL_INSTRUCTION, word)
        operand = source if immediate else x[source]
        old = csrs.read(number)
        if writes:
            csrs.write(number, (operand, old | operand, old & ~operand)[kind - 1])
        x[destination] = old
        return pc + 4
    name = ("csrrw", "csrrs", "csrrc")[kind - 1] + ("i" if immediate else "")
    return Instruction(name, execute, rs1=0 if immediate else source, rd=rd)


_OPCODES = {
    0x03: _load, 0x0F: _fence, 0x13: _register_immediate, 0x17: _auipc, 0x23: _store,
    0x33: _register_register, 0x37: _lui, 0x63: _branch, 0x67: _jalr, 0x6F: _jal, 0x73: _system,
}


def decode(word, hart):
    """What the instruction ``word`` does to ``hart``; an illegal one traps when executed."""
    decoder = _OPCODES.get(word & 0x7F)
    instruction = decoder(word, hart) if decoder else None
    if instruction is None:
        def illegal(pc):
            raise Trap(ExceptionCause.ILLEGAL_INSTRUCTION, word)
        return Instruction("illegal", illegal)
    return instruction
