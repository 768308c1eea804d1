"""Register tables of the coprocessors, from the shell's common registers and their descriptors."""

from soc.fabric.registers import Access, Field, MemoryRange, Register, RegisterTable

__all__ = ["COPROCESSOR_TABLES"]


_RW, _RO, _COMMAND, _W1C = Access.RW, Access.RO, Access.COMMAND, Access.W1C


def _word(name, offset, doc):
    return Register(name, offset, doc, [Field("value", 32, _RW, doc)])


def _common():
    return [
        Register("id", 0x000, "What the coprocessor is.", [
            Field("version", 16, _RO, "Version of the block."),
            Field("kind", 16, _RO, "Kind of the block.")]),
        Register("control", 0x004, "Commands.", [
            Field("start", 1, _COMMAND, "Queues a job from the descriptor."),
            Field("abort", 1, _COMMAND, "Ends all jobs with ABORTED."),
            Field("acknowledge", 1, _COMMAND, "Lets jobs go on after an error."),
            Field("zeroize", 1, _COMMAND, "Aborts and clears all state that held data.")]),
        Register("status", 0x008, "State.", [
            Field("busy", 1, _RO, "A job is queued or under way."),
            Field("queue_full", 1, _RO, "A START would be refused."),
            Field("stopped", 1, _RO, "A job failed and was not acknowledged."),
            Field("zeroizing", 1, _RO, "Clearing is under way."),
            Field("level", 3, _RO, "Jobs in the queue."),
            Field("reserved", 1, _RO, "Gap."),
            Field("error", 4, _RO, "Error of the latest completed job.")]),
        Register("refused", 0x00C, "Why a START was refused.", [
            Field("queue_full", 1, _W1C, "The queue was full."),
            Field("bad_dependency", 1, _W1C, "The awaited job was not accepted yet.")]),
        Register("submitted", 0x010, "Jobs accepted.", [Field("value", 16, _RO, "Number.")]),
        Register("completed", 0x014, "Jobs ended.", [Field("value", 16, _RO, "Number.")]),
        Register("interrupt_enable", 0x018, "Which events raise the interrupt.", [
            Field("done", 1, _RW, "A job ended."),
            Field("error", 1, _RW, "A job ended with an error.")]),
        Register("interrupt_pending", 0x01C, "Events since they were cleared.", [
            Field("done", 1, _W1C, "A job ended."),
            Field("error", 1, _W1C, "A job ended with an error.")]),
        Register("wait", 0x020, "The job that the next job waits for.", [
            Field("enable", 1, _RW, "There is one."),
            Field("source", 3, _RW, "Its coprocessor."),
            Field("reserved", 12, _RO, "Gap."),
            Field("job", 16, _RW, "Its number.")]),
    ]


def _windows():
    registers = []
    for number in range(4):
        base = 0x1000 + 0x10 * number
        registers += [
            Register(f"window{number}_base", base, "First byte of the window.", [
                Field("value", 32, _RW, "Address.")], machine_only=True),
            Register(f"window{number}_end", base + 4, "First byte behind the window.", [
                Field("value", 32, _RW, "Address.")], machine_only=True),
            Register(f"window{number}_rights", base + 8, "What the window allows.", [
                Field("read", 1, _RW, "Reads."),
                Field("write", 1, _RW, "Writes."),
                Field("lock", 1, _RW, "Keeps the window as it is until reset.")],
                machine_only=True),
        ]
    return registers


def _table(name, doc, descriptor):
    return RegisterTable(name, doc, [*_common(), *descriptor, *_windows()], ranges=[
        MemoryRange("records", 0x040, 32, "Results of the four latest jobs.")], pages=2)


def _matmul_descriptor():
    names = ("a_address", "b_address", "c_address", "bias_address", "multiplier_address",
             "shift_address", "m", "n", "k", "a_stride", "b_stride", "c_stride")
    registers = [
        Register(name, 0x100 + 4 * i, f"Descriptor: {name}.",
                 [Field("value", 16 if name in "mnk" else 32, _RW, f"{name}.")])
        for i, name in enumerate(names)]
    return [
        *registers,
        Register("zero_points", 0x130, "Zero points.", [
            Field("a", 9, _RW, "Of A.", signed=True),
            Field("b", 9, _RW, "Of B.", signed=True),
            Field("c", 9, _RW, "Of C.", signed=True)]),
        Register("format", 0x134, "Formats.", [
            Field("a_unsigned", 1, _RW, "A is uint8."),
            Field("b_unsigned", 1, _RW, "B is uint8."),
            Field("output", 2, _RW, "Of C.", values={"int32": 0, "int8": 1, "uint8": 2}),
            Field("rounding", 1, _RW, "Rounding.", values={"double": 0, "single": 1}),
            Field("per_channel", 1, _RW, "Multiplier and shift are arrays.")]),
        Register("clamp", 0x138, "Limits of C.", [
            Field("minimum", 9, _RW, "Smallest.", signed=True),
            Field("reserved", 7, _RO, "Gap."),
            Field("maximum", 9, _RW, "Largest.", signed=True)]),
        _word("multiplier", 0x13C, "Multiplier for all channels."),
        Register("shift", 0x140, "Shift for all channels.", [
            Field("value", 8, _RW, "Left if positive.", signed=True)]),
    ]


def _keccak_descriptor():
    return [
        _word("source", 0x100, "Address of the message."),
        _word("length", 0x104, "Bytes of the message."),
        _word("destination", 0x108, "Address of the output."),
        _word("output_length", 0x10C, "Bytes of the output."),
        Register("mode", 0x110, "Function.", [
            Field("rate_lanes", 5, _RW, "Rate in 64-bit lanes, 1 to 24."),
            Field("reserved", 3, _RO, "Gap."),
            Field("domain", 8, _RW, "Domain byte."),
            Field("rounds12", 1, _RW, "12 rounds instead of 24.")]),
    ]


COPROCESSOR_TABLES = {
    "matmul": _table("matmul", "Matrix multiplication.", _matmul_descriptor()),
    "keccak": _table("keccak", "Keccak sponge.", _keccak_descriptor()),
}
"""Table of each coprocessor. Their order is the number by which a job waits for another's job."""
