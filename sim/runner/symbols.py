"""Names and source lines of a program's addresses."""

import bisect
import functools
from pathlib import Path

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

__all__ = ["Symbols"]


def _lines_of_program(program):
    names = program["file_entry"]
    first = 0 if program["version"] >= 5 else 1
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        if state.end_sequence:
            yield state.address, None
        elif state.line:  # the compiler gives line 0 to code that belongs to none
            name = names[state.file - first].name.decode()
            yield state.address, f"{Path(name).name}:{state.line}"


class Symbols:
    """Symbol table and line table of the ELF file ``path``; either may be absent."""

    def __init__(self, path):
        self._path = Path(path)
        self._places, self._spans = [], {}
        with self._path.open("rb") as stream:
            elf = ELFFile(stream)
            self._code = {number: (section["sh_addr"], section["sh_addr"] + section["sh_size"])
                          for number, section in enumerate(elf.iter_sections())
                          if section["sh_flags"] & SH_FLAGS.SHF_EXECINSTR}
            self._read_symbols(elf.get_section_by_name(".symtab"))

    def _read_symbols(self, table):
        for symbol in table.iter_symbols() if table else ():
            name, kind, section = symbol.name, symbol["st_info"]["type"], symbol["st_shndx"]
            if not name or section == "SHN_UNDEF":
                continue
            self._spans[name] = (symbol["st_value"], symbol["st_size"])
            # A name without a type is a label of assembler code, or of the linker script.
            label = kind == "STT_NOTYPE" and section in self._code
            if not name.startswith((".", "$")) and (label or kind in ("STT_FUNC", "STT_OBJECT")):
                self._places.append((symbol["st_value"], symbol["st_size"], name))
        self._places.sort()

    @functools.cached_property
    def _lines(self):
        """Sorted pairs (address, "file.c:12" or None) from each of which on the line holds."""
        lines = []
        with self._path.open("rb") as stream:
            elf = ELFFile(stream)
            if not elf.has_dwarf_info():
                return []
            dwarf = elf.get_dwarf_info()
            for unit in dwarf.iter_CUs():
                program = dwarf.line_program_for_CU(unit)
                if program is not None:
                    lines += _lines_of_program(program)
        # What the linker has dropped stands at address 0.
        lines = [line for line in lines if self.holds_code(line[0]) or line[1] is None]
        # Where one sequence ends at the address where another begins, the beginning counts.
        return sorted(lines, key=lambda line: (line[0], line[1] is not None))

    def span(self, name):
        """(address, size in bytes) of the symbol ``name``; raises ValueError when there is none."""
        if name not in self._spans:
            raise ValueError(f"Symbol must be one of the program, not {name!r}")
        return self._spans[name]

    def holds_code(self, address):
        """The program has instructions at ``address``. True when nothing is known about it."""
        return not self._code or any(start <= address < end for start, end in self._code.values())

    def place(self, address):
        """``name`` or ``name+0x10`` of the function or variable that holds it, or None."""
        index = bisect.bisect_right(self._places, (address, float("inf"), "")) - 1
        while index >= 0:
            start, size, name = self._places[index]
            if address < start + size or (size == 0 and address < start + 4096):
                return name if address == start else f"{name}+{address - start:#x}"
            if size:
                return None
            index -= 1
        return None

    def line(self, address):
        """``file.c:12`` of the instruction at ``address``, or None."""
        index = bisect.bisect_right(self._lines, address, key=lambda line: line[0]) - 1
        return self._lines[index][1] if index >= 0 else None

    def describe(self, address):
        """The address with what is known about it: ``0x80000410 (main+0x10, hello.c:12)``."""
        known = ", ".join(filter(None, (self.place(address), self.line(address))))
        return f"{address:#010x}" + (f" ({known})" if known else "")
