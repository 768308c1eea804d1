"""Builds tests of RISC-V International from their assembler source, for the core bench.

The core fetches from ITCM alone, so code lies there; data lies in RAM, or in ITCM too for a test
that executes what it has in its data.
"""

import functools
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from os import environ
from pathlib import Path

from elftools.elf.elffile import ELFFile

from cpu.bit_manipulation import EXTENSIONS
from sim.assembler import jal
from sim.harness import BUILD_DIR
from soc.memory_map import MemoryMap

__all__ = ["BuildError", "Image", "build"]

_MODEL = Path(__file__).parent / "model"
_GNU_PREFIXES = ("riscv64-unknown-elf-", "riscv32-unknown-elf-", "riscv-none-elf-")
_ENTRY_BYTES = 0x1000  # in front of the code, for the jump to the entry

_SCRIPT = """\
OUTPUT_ARCH(riscv)
SECTIONS
{{
    . = {code:#x};
    .text.init : {{ *(.text.init) }}
    .text : {{ *(.text .text.rvtest) }}
    {data}
    .tohost : ALIGN(64) {{ *(.tohost) }}
    .data : ALIGN(4096) {{ *(.data .data.* .rodata .rodata.* .sdata .sdata.*) }}
    .bss : {{ *(.bss .bss.* .sbss .sbss.* COMMON) }}
    {model}
    .text.rvmodel : {{ *(.text.rvmodel) }}
    _end = .;
    /DISCARD/ : {{ *(.comment .note* .riscv.attributes .eh_frame*) }}
}}
"""


class BuildError(Exception):
    """The compiler refuses the source; the text has its words."""


@dataclass(frozen=True)
class Image:
    """What a test puts into the memories: ``segments``, tuples of (address, bytes); ``symbols``."""

    segments: tuple
    symbols: dict


def _zig():
    processor = "+".join(["generic_rv32", "m", *EXTENSIONS])
    return [sys.executable, "-P", "-m", "ziglang", "cc", "-target", "riscv32-freestanding-none",
            f"-mcpu={processor}"]


def _compilers():
    """Commands of the compilers to try in turn, since clang does not take all that GNU as does."""
    prefix = environ.get("CROSS_COMPILE")
    if prefix:
        if shutil.which(f"{prefix}gcc") is None:
            raise BuildError(f"{prefix}gcc not found: install it, or correct or unset "
                             "CROSS_COMPILE")
        return [_gcc(prefix)]
    return [_zig(), *(_gcc(prefix) for prefix in _GNU_PREFIXES if shutil.which(f"{prefix}gcc"))]


@functools.cache
def _gcc(prefix):
    compiler = f"{prefix}gcc"
    known = ["zicsr", "zifencei"]
    for extension in EXTENSIONS:  # an older GCC does not know all of them
        march = "_".join(["rv32im", *known, extension])
        probe = subprocess.run([compiler, f"-march={march}", "-mabi=ilp32", "-x", "assembler", "-c",
                                "-o", "/dev/null", "/dev/null"], capture_output=True)
        if probe.returncode == 0:
            known.append(extension)
    return [compiler, "-march=" + "_".join(["rv32im", *known]), "-mabi=ilp32"]


def _run(command):
    cache = str(BUILD_DIR / "zig-cache")
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300,
                          env={**environ, "ZIG_LOCAL_CACHE_DIR": cache,
                               "ZIG_GLOBAL_CACHE_DIR": cache})
    if done.returncode:
        raise BuildError(f"{done.stderr.strip()[:3000]}\ncommand: {shlex.join(command)}")
    return done.stdout


def _without_weak_twins(text):
    """Drops `.weak NAME` where NAME is global as well: clang takes one binding only."""
    both = set(re.findall(r"\.globa?l\s+(\w+)", text)) & set(re.findall(r"\.weak\s+(\w+)", text))
    return re.sub(r"\.weak\s+(\w+)\s*(?=;|$)", lambda match: "" if match[1] in both else match[0],
                  text, flags=re.M)


def build(source, folder, *, entry, include=(), flags=(), configuration="", unified=False):
    """Builds one source file; returns an `Image`.

    Parameters:
        source : Path; folder : Path, an empty one for what comes between.
        entry : str, symbol of the first instruction.
        include : folders of headers; flags : further ones for the compiler.
        configuration : str, text of the header rvtest_config.h of riscv-arch-test 4.
        unified : bool, put data into ITCM behind the code, so that it can be executed.
    Raises: BuildError.
    """
    compilers = _compilers()
    for compiler in compilers:
        try:
            return _build_with([*compiler, "-nostdlib", "-static", "-mcmodel=medany", "-mno-relax"],
                               source, folder, entry, include, flags, configuration, unified)
        except BuildError as error:
            refusal = str(error)
    hint = "" if environ.get("CROSS_COMPILE") or len(compilers) > 1 else (
        "\nIt may need GNU as: install riscv64-unknown-elf-gcc (Debian: "
        "`apt install gcc-riscv64-unknown-elf`) or set CROSS_COMPILE")
    raise BuildError(refusal + hint)


def _build_with(compiler, source, folder, entry, include, flags, configuration, unified):
    script, text, elf = folder / "link.ld", folder / "test.s", folder / "test.elf"
    here = f"_end_of_code = .; . = {MemoryMap.RAM_BASE:#x};"
    script.write_text(_SCRIPT.format(
        code=MemoryMap.ITCM_BASE + _ENTRY_BYTES,
        data=". = ALIGN(4096);" if unified else here,
        model="" if unified else ". = _end_of_code;"))
    (folder / "rvtest_config.h").write_text(configuration)
    (folder / "dut_environment.h").write_text("")  # its values are in rvmodel_macros.h
    folders = [_MODEL, folder, *include]
    preprocessed = _run([*compiler, *flags, *(f"-I{path}" for path in folders), "-E", str(source)])
    text.write_text(_without_weak_twins(preprocessed))
    _run([*compiler, f"-Wl,-T,{script}", str(text), "-o", str(elf)])
    return _load(elf, entry)


def _load(path, entry):
    with Path(path).open("rb") as stream:
        elf = ELFFile(stream)
        segments = [(s["p_paddr"], s.data()) for s in elf.iter_segments("PT_LOAD") if s["p_filesz"]]
        symbols = {symbol.name: symbol["st_value"]
                   for symbol in elf.get_section_by_name(".symtab").iter_symbols() if symbol.name}
    jump = jal(0, symbols[entry] - MemoryMap.ITCM_BASE).to_bytes(4, "little")
    return Image(((MemoryMap.ITCM_BASE, jump), *segments), symbols)
