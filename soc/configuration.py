"""Configurations of the chip, and the presets that boards name."""

from dataclasses import dataclass, replace

from cpu.bit_manipulation import EXTENSIONS, check_extensions
from cpu.options import check_pmp_entries
from soc.fabric.external_timing import ExternalTiming

__all__ = ["Configuration", "PRESETS", "RAM_LIMIT_BYTES", "preset", "ram_remedy"]

_KIB = 1024
_RAM_STEP_BYTES = 32 * _KIB

RAM_LIMIT_BYTES = 1024 * _KIB
"""RAM of the largest chip."""

_EXTERNAL_LIMIT_BYTES = 64 * _KIB * _KIB


@dataclass(frozen=True)
class Configuration:
    """What can be chosen about a chip.

    name : str
    array_rows, array_columns : int, processing elements of the matmul array; 2, 4, 8 or 16 each.
    requantizer_lanes : int, results requantised in one cycle; 1, 2 or 4, at most array_columns.
    itcm_bytes : int, instruction memory; a power of two from 8 KiB to 256 KiB.
    ram_bytes : int, data memory; a multiple of 32 KiB up to 1 MiB.
    clock_hz : int, frequency of the one clock, as firmware is told it.
    uart_divisor : int, clock cycles for each bit on the serial line after reset, 4 to 65535.
    extensions : names in `cpu.bit_manipulation.EXTENSIONS`, what the core has beside RV32IM.
    pmp_entries : int, of the core's PMP; 0, 4, 8 or 16, with user mode, or None for neither.
    network_jobs : bool, matmul jobs may gather A from an image, take transposed operands and add
        an int32 matrix.
    keccak_rounds_per_cycle : int, 1 or 2, see `Permutation`.
    external_bytes : int, memory outside the chip that core and DMA read; 0 for none, or a multiple
        of 4 KiB up to 64 MiB.
    external_latency, external_cycles_per_word : int, what it keeps, see `ExternalTiming`.
    debug : bool, there is a debug port; it takes the last `soc.debug.ports.DEBUG_BYTES` of ITCM.
    """

    name: str
    array_rows: int
    array_columns: int
    requantizer_lanes: int
    itcm_bytes: int
    ram_bytes: int
    clock_hz: int = 50_000_000
    uart_divisor: int = 4
    extensions: tuple = tuple(EXTENSIONS)
    pmp_entries: int = 8
    network_jobs: bool = True
    keccak_rounds_per_cycle: int = 1
    debug: bool = True
    external_bytes: int = 0
    external_latency: int = 20
    external_cycles_per_word: int = 2

    def __post_init__(self):
        for what in ("array_rows", "array_columns", "requantizer_lanes", "itcm_bytes", "ram_bytes",
                     "clock_hz", "uart_divisor", "external_bytes", "keccak_rounds_per_cycle"):
            if type(getattr(self, what)) is not int:
                raise ValueError(f"{what} must be an int, not {getattr(self, what)!r}")
        for what in ("network_jobs", "debug"):
            if type(getattr(self, what)) is not bool:
                raise ValueError(f"{what} must be True or False, not {getattr(self, what)!r}")
        check_extensions(self.extensions)
        if self.pmp_entries is not None:
            check_pmp_entries(self.pmp_entries)
        for what in ("array_rows", "array_columns"):
            value = getattr(self, what)
            if value not in (2, 4, 8, 16):
                raise ValueError(f"{what} must be 2, 4, 8 or 16, not {value}")
        if self.requantizer_lanes not in (1, 2, 4) or self.requantizer_lanes > self.array_columns:
            raise ValueError(f"requantizer_lanes must be 1, 2 or 4 and at most array_columns "
                             f"({self.array_columns}), not {self.requantizer_lanes}")
        if self.itcm_bytes not in [size * _KIB for size in (8, 16, 32, 64, 128, 256)]:
            raise ValueError(f"itcm_bytes must be a power of two from 8 KiB to 256 KiB, "
                             f"not {self.itcm_bytes}")
        if not 0 < self.ram_bytes <= RAM_LIMIT_BYTES or self.ram_bytes % _RAM_STEP_BYTES:
            raise ValueError(f"ram_bytes must be a multiple of 32 KiB up to 1 MiB, "
                             f"not {self.ram_bytes}")
        if (not 0 <= self.external_bytes <= _EXTERNAL_LIMIT_BYTES
                or self.external_bytes % (4 * _KIB)):
            raise ValueError(f"external_bytes must be 0 or a multiple of 4 KiB up to 64 MiB, "
                             f"not {self.external_bytes}")
        if self.keccak_rounds_per_cycle not in (1, 2):
            raise ValueError(f"keccak_rounds_per_cycle must be 1 or 2, "
                             f"not {self.keccak_rounds_per_cycle}")
        _ = self.external_timing  # which is checked where it is made
        if not 1_000_000 <= self.clock_hz <= 1_000_000_000:
            raise ValueError(f"clock_hz must be from 1 MHz to 1 GHz, not {self.clock_hz}")
        if not 4 <= self.uart_divisor <= 65535:
            raise ValueError(f"uart_divisor must be from 4 to 65535 cycles a bit, "
                             f"not {self.uart_divisor}")

    @property
    def external_timing(self):
        """The `ExternalTiming` of the external memory, whether there is one or not."""
        return ExternalTiming(self.external_latency, self.external_cycles_per_word)


PRESETS = {c.name: c for c in (
    Configuration("small", 4, 4, 1, 32 * _KIB, 32 * _KIB, extensions=(), pmp_entries=None,
                  network_jobs=False, debug=False),
    Configuration("medium", 8, 8, 1, 32 * _KIB, 96 * _KIB),
    Configuration("large", 16, 8, 4, 64 * _KIB, 256 * _KIB),
    Configuration("reference", 8, 8, 4, 64 * _KIB, 256 * _KIB),
)}
"""small is meant for LFE5U-25F, medium for 45F, large for 85F; reference is for comparisons."""


def preset(name, **changes):
    """The preset ``name`` with ``changes`` to its fields; raises ValueError for an unknown name."""
    if name not in PRESETS:
        raise ValueError(f"Preset must be one of {', '.join(PRESETS)}, not {name!r}")
    return replace(PRESETS[name], **changes)


def ram_remedy(needed_bytes):
    """What to do, for messages, where RAM must hold so many bytes."""
    size = -(-needed_bytes // _RAM_STEP_BYTES) * _RAM_STEP_BYTES
    return (f"--ram-bytes {size} would do" if size <= RAM_LIMIT_BYTES
            else f"no chip has more than {RAM_LIMIT_BYTES}")
