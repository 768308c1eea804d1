"""A hart of the model with two memories, for directed tests."""

import array

from sim.iss.csr import Csr
from sim.iss.hart import Hart
from sim.iss.memory import AddressSpace, Memory
from soc.fabric.region import Region

__all__ = ["DEVICE", "HANDLER", "ITCM", "NEGATIVE", "ONES", "RAM", "make_hart"]

ITCM = Region("itcm", 0x8000_0000, 0x4000)
RAM = Region("ram", 0x9000_0000, 0x4000)
DEVICE = Region("device", 0x1000_0000, 0x1000)
HANDLER = ITCM.base + 0x400
NEGATIVE = 0x8000_0000
ONES = 0xFFFF_FFFF


def make_hart(words=(), x=None, device=None, **options):
    """A hart with ``words`` at its reset vector, registers from ``x``, and a trap handler.

    ``options`` are further arguments of `Hart`.
    """
    memories = [Memory("itcm", ITCM.base, ITCM.size, executable=True),
                Memory("ram", RAM.base, RAM.size)]
    hart = Hart(AddressSpace(memories + ([device] if device else [])), reset_vector=ITCM.base,
                **options)
    memories[0].words[:len(words)] = array.array("I", words)
    hart.csrs.write(Csr.MTVEC, HANDLER)
    for register, value in (x or {}).items():
        hart.x[register] = value
    return hart
