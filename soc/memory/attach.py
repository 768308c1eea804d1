"""The core's memories: what hangs at its three memory ports."""

from soc.memory.dual_port import DualPortMemory, words_of
from soc.memory.ram import Ram

__all__ = ["attach_memories"]


def attach_memories(m, core, *, itcm, ram, itcm_image=b"", itcm_port=None):
    """Adds the submodules ``itcm`` and ``ram`` to ``m`` and connects ``core``; returns the `Ram`.

    Parameters: itcm, ram : Region. itcm_image : bytes, what the instruction memory starts with.
        itcm_port : MemorySignature, what accesses ITCM, if something stands between it and
        ``core.itcm``.
    """
    m.submodules.itcm = instructions = DualPortMemory(
        depth=itcm.size // 4, width=32, init=words_of(itcm_image))
    m.submodules.ram = words = Ram(size_bytes=ram.size)
    m.d.comb += [
        instructions.a.enable.eq(core.fetch.enable),
        instructions.a.address.eq(core.fetch.address[2:]),
        core.fetch.data.eq(instructions.a.read_data),
    ]
    for port, memory in ((itcm_port or core.itcm, instructions.b),
                         (core.ram, words.core)):
        m.d.comb += [
            memory.enable.eq(port.enable),
            memory.write.eq(port.write),
            memory.address.eq(port.address[2:]),
            memory.byte_enable.eq(port.byte_enable),
            memory.write_data.eq(port.write_data),
            port.read_data.eq(memory.read_data),
        ]
    return words
