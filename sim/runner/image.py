"""What a program puts into the memories of the chip before it starts."""

import struct
from dataclasses import dataclass, replace
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from soc.soc_map import BOOT_BYTES, BOOT_RECORD_MAGIC, BOOT_RECORD_OFFSET, memory_map

__all__ = ["Image", "add_external", "load_image"]


@dataclass(frozen=True)
class Image:
    """Contents of the memories.

    Members: entry (int, where the program starts), segments (list of (address, bytes)).
    """

    entry: int
    segments: list

    def encode(self):
        """The segments as the runner reads them: address, length (32 bits each) and data."""
        return b"".join(struct.pack("<II", address, len(content)) + content
                        for address, content in self.segments)


def add_external(image, content, configuration):
    """The `Image` with the bytes ``content`` from the start of external memory on.

    Raises: ValueError when they do not fit there, or the program has something there itself.
    """
    external = memory_map(configuration).external
    size = external.size if external else 0
    if len(content) > size:
        needed = -(-len(content) // 4096) * 4096
        raise ValueError(f"External memory must hold the {len(content)} bytes of its file, not "
                         f"{size}: --external-bytes {needed} would do")
    if any(address >= external.base for address, _ in image.segments):
        raise ValueError("External memory must be filled by its file or by the program, not by "
                         "both: the program has a segment there")
    return replace(image, segments=[*image.segments, (external.base, content)])


def _check_complete(elf, size_bytes):
    """Raises ELFError when a part of the file lies behind its end."""
    ends = [elf["e_shoff"] + elf.num_sections() * elf["e_shentsize"]]
    ends += [s["p_offset"] + s["p_filesz"] for s in elf.iter_segments()]
    ends += [s["sh_offset"] + s["sh_size"] for s in elf.iter_sections()
             if s["sh_type"] not in ("SHT_NOBITS", "SHT_NULL")]
    if max(ends) > size_bytes:
        raise ELFError(f"it ends after {size_bytes} of {max(ends)} bytes")


def _read_elf(path):
    try:
        with Path(path).open("rb") as stream:
            elf = ELFFile(stream)
            _check_complete(elf, Path(path).stat().st_size)
            if elf["e_machine"] != "EM_RISCV" or elf.elfclass != 32:
                raise ValueError(f"{path} must be a program for 32-bit RISC-V, not for "
                                 f"{elf['e_machine']} of {elf.elfclass} bits")
            segments = [s for s in elf.iter_segments("PT_LOAD") if s["p_memsz"]]
            loads = [_without_headers(elf, segment) for segment in segments]
            return elf["e_entry"], [load for load in loads if load[2] > 0]
    except ELFError as error:
        raise ValueError(f"{path} must be an ELF file: {error or 'its headers are damaged'}"
                         ) from None


def _without_headers(elf, segment):
    """(physical address, virtual address, size in memory, content) of ``segment``.

    Linkers let the segment that comes first in the file begin with the headers of the file, which
    are nothing that the program asked for.
    """
    skip = 0
    if segment["p_offset"] == 0 and elf.num_sections():
        skip = min((section["sh_offset"] for section in elf.iter_sections()
                    if section["sh_size"] and segment.section_in_segment(section)),
                   default=segment["p_memsz"])
    return (segment["p_paddr"] + skip, segment["p_vaddr"] + skip, segment["p_memsz"] - skip,
            segment.data()[skip:])


def _span(region):
    return f"{region.name} ({region.base:#010x} to {region.end:#010x})"


def _check_leaves_debug_words(path, address, size, chip):
    if size and address + size > chip.program_end:
        raise ValueError(f"{path} must leave the debugger's words from {chip.program_end:#010x} on "
                         f"free, but a segment ends at {address + size:#010x}: choose a preset "
                         "with more ITCM or without a debug port")


def _check_fits(path, what, address, size, chip):
    region = chip.find(address)
    if region not in chip.memories:
        remedy = "" if chip.external or address < chip.EXTERNAL_BASE else (
            ": external memory would do, --external-bytes")
        raise ValueError(f"{path} must lie in {' or '.join(map(_span, chip.memories))}, but {what} "
                         f"is at {address:#010x}{remedy}")
    if address + size > region.end:
        raise ValueError(f"{path} must fit the {region.size} bytes of {region.name}, but {what} "
                         f"ends {address + size - region.end} bytes behind them: choose a larger "
                         "preset")


def load_image(path, configuration, boot_code):
    """The `Image` of the program in the ELF file ``path``, with the boot code in front.

    ``boot_code`` : bytes, at most up to the boot record. A program that itself fills the boot area
    must start at the reset vector, and gets none.

    Raises: ValueError when it is no program for this chip, or does not fit its memories; OSError
    when it cannot be read.
    """
    chip = memory_map(configuration)
    entry, loads = _read_elf(path)
    for physical, virtual, size, content in loads:
        _check_fits(path, "a segment", virtual, size, chip)
        _check_fits(path, "the initial data of a segment", physical, len(content), chip)
        if virtual in chip.itcm:
            _check_leaves_debug_words(path, virtual, size, chip)
        if physical in chip.itcm:
            _check_leaves_debug_words(path, physical, len(content), chip)
    if entry not in chip.itcm:
        raise ValueError(f"{path} must start in {_span(chip.itcm)}, not at {entry:#010x}")
    segments = [(physical, content) for physical, _, _, content in loads if content]
    if entry % 4 or not any(address <= entry < address + len(content)
                            for address, content in segments):
        raise ValueError(f"{path} must hold an instruction where it starts, at {entry:#010x}")
    boot_end = chip.itcm.base + BOOT_BYTES
    if any(address < boot_end and address + len(content) > chip.itcm.base
           for address, content in segments):
        if entry != chip.itcm.base:
            raise ValueError(f"{path} must leave the boot area below {boot_end:#010x} free or "
                             f"start at {chip.itcm.base:#010x}, not at {entry:#010x}")
        return Image(entry, segments)
    record = struct.pack("<II", BOOT_RECORD_MAGIC, entry)
    return Image(entry, [(chip.itcm.base, boot_code),
                         (chip.itcm.base + BOOT_RECORD_OFFSET, record), *segments])
