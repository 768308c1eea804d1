"""Builds firmware: the boot code and programs, from C and assembler to ELF files.

Everything that is built lies under the hash of what it is made from, so that a second call finds
it and compiles nothing.
"""

import fcntl
import functools
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from elftools.elf.elffile import ELFFile

from sim.harness import BUILD_DIR
from soc.generate.c_header import c_header
from soc.generate.linker_script import linker_script
from soc.soc_map import BOOT_RECORD_OFFSET, memory_map

__all__ = ["APPS_DIR", "DRIVERS_DIR", "FIRMWARE_DIR", "app_names", "boot_code", "build_app",
           "build_boot", "build_host_library", "find_app"]


FIRMWARE_DIR = Path(__file__).resolve().parent
APPS_DIR = FIRMWARE_DIR / "apps"
DRIVERS_DIR = FIRMWARE_DIR / "drivers"

_WARNINGS = ["-Wall", "-Wextra", "-Wno-unused-function"]
_FLAGS = ["-O3", "-g", "-std=gnu11", "-ffreestanding", "-ffunction-sections", "-fdata-sections",
          "-fno-asynchronous-unwind-tables", "-fno-stack-protector", "-fomit-frame-pointer",
          *_WARNINGS]
_LINK_FLAGS = ["-nostdlib", "-static", "-Wl,--gc-sections"]


@functools.cache
def _toolchain(extensions):
    """(command, flags, libraries, what identifies its version) of the compiler for a chip.

    ``extensions`` are those of its core, which GCC makes no use of: its libraries are for RV32IM.

    Raises: RuntimeError with the remedy when it is missing.
    """
    prefix = os.environ.get("CROSS_COMPILE")
    if prefix is not None:
        compiler = shutil.which(f"{prefix}gcc")
        if compiler is None:
            raise RuntimeError(f"{prefix}gcc not found: install it, or correct or unset "
                               "CROSS_COMPILE to use the compiler of the ziglang package")
        version = subprocess.run([compiler, "--version"], capture_output=True, check=True).stdout
        # GCC 12 takes the libraries of RV64 for rv32im_zicsr; the older ISA specification includes
        # the CSR instructions in the base.
        # Nor may it turn the loop of memcpy() into a call of memcpy().
        flags = ["-march=rv32im", "-misa-spec=2.2", "-mabi=ilp32",
                 "-fno-tree-loop-distribute-patterns"]
        return [compiler], flags, ["-lgcc"], version
    cpu = "+".join(["generic_rv32", "m", *extensions])
    return _zig(), ["-target", "riscv32-freestanding-none", f"-mcpu={cpu}",
                    "-fno-sanitize=undefined", "-UNDEBUG"], ["-lcompiler_rt"], _zig_version()


def _zig():
    if importlib.util.find_spec("ziglang") is None:
        raise RuntimeError("riscv32 compiler not found: install it with "
                           "`pip install ziglang==0.17.1` or set CROSS_COMPILE")
    return [sys.executable, "-m", "ziglang", "cc"]


def _zig_version():
    from importlib.metadata import version
    return version("ziglang").encode()


def find_app(name_or_path):
    """Folder of the app: one of ``firmware/apps`` by name, else a folder that holds C files.

    Raises: ValueError when there is none.
    """
    for folder in (APPS_DIR / str(name_or_path), Path(name_or_path)):
        if folder.is_dir() and any(folder.glob("*.c")):
            return folder.resolve()
    raise ValueError(f"App must be one of {', '.join(app_names())} or a folder with C files, "
                     f"not {str(name_or_path)!r}")


def app_names():
    """Names of the apps in ``firmware/apps``, sorted."""
    return sorted(folder.name for folder in APPS_DIR.iterdir() if (folder / "main.c").exists())


def build_app(app, configuration, *, defines=None, stack_bytes=4096):
    """Builds a program and returns the path of its ELF file.

    Parameters:
        app           : name of an app, path of a folder with C and assembler sources, or path of
                        one C file.
        configuration : Configuration, the chip to build for.
        defines       : dict of {macro: value} for the compiler.
        stack_bytes   : int, size of the stack; a multiple of 16 from 512.
    Raises: ValueError for an unknown app; RuntimeError with the compiler's words when it does not
        compile, or with the remedy when the compiler is missing.
    """
    if stack_bytes < 512 or stack_bytes % 16:
        raise ValueError(f"stack_bytes must be a multiple of 16 from 512, not {stack_bytes}")
    path = Path(app)
    if path.suffix == ".c" and path.is_file():
        name, sources, folder = path.stem, [path.resolve()], path.resolve().parent
    else:
        folder = find_app(app)
        name, sources = folder.name, sorted([*folder.glob("*.c"), *folder.glob("*.S")])
    flags = [f"-D{macro}={value}" for macro, value in (defines or {}).items()]
    generated = _write_generated(configuration)
    script = _write_script(linker_script(memory_map(configuration), stack_bytes=stack_bytes))
    objects = [
        *(_object(source, [folder, generated], flags, configuration) for source in sources),
        *(_object(source, [generated], [], configuration) for source in _runtime_sources())]
    return _link(f"{name}-{configuration.name}", objects, script, configuration)


def build_boot(configuration):
    """Builds the boot code and returns the path of its ELF file. Raises: RuntimeError."""
    generated = _write_generated(configuration)
    script = _write_script(linker_script(memory_map(configuration), boot=True))
    objects = [_object(source, [generated], [], configuration)
               for source in sorted((FIRMWARE_DIR / "boot").glob("*.S"))]
    return _link(f"boot-{configuration.name}", objects, script, configuration)


def boot_code(configuration):
    """The boot code as bytes, for the start of the ITCM. Raises: RuntimeError."""
    with build_boot(configuration).open("rb") as stream:
        [code] = [s.data() for s in ELFFile(stream).iter_segments("PT_LOAD") if s["p_filesz"]]
    if len(code) > BOOT_RECORD_OFFSET:
        raise RuntimeError(f"Boot code must fit in {BOOT_RECORD_OFFSET} bytes, not {len(code)}")
    return code


def build_host_library(name, sources, configuration, *, include=()):
    """Compiles C sources for this machine and returns the path of the shared library.

    For tests of portable code, which undefined behaviour ends with a signal. ``include`` are
    further folders of headers. Raises: RuntimeError.
    """
    generated = _write_generated(configuration)
    folders = [*include, FIRMWARE_DIR / "include", generated]
    command = [*_zig(), "-O2", "-g", "-std=gnu11", "-shared", "-fPIC",
               "-fsanitize=undefined", "-fsanitize-trap=undefined", *_WARNINGS,
               *(f"-I{f}" for f in folders)]
    return _build(name, ".so", [Path(s) for s in sources], folders, command, [], _zig_version())


def _runtime_sources():
    return sorted([*(FIRMWARE_DIR / "runtime").glob("*.[cS]"),
                   *DRIVERS_DIR.glob("*.c")])


def _write_generated(configuration):
    """Folder with the generated header of a chip, made when it is not there."""
    text = c_header(memory_map(configuration), configuration)
    return _write(f"generated-{configuration.name}", "gluechip_registers.h", text).parent


def _write_script(text):
    """Path of a linker script with this text, made when it is not there."""
    return _write("script", "program.ld", text)


def _write(folder_name, name, text):
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    path = BUILD_DIR / "firmware" / f"{folder_name}-{digest}" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _replace(path, text.encode())
    return path


def _replace(path, content):
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    scratch.write_bytes(content)
    scratch.replace(path)


def _object(source, folders, flags, configuration):
    """Object file of one source file. ``folders`` are those of its headers."""
    compiler, target_flags, _, version = _toolchain(tuple(configuration.extensions))
    folders = [*folders, FIRMWARE_DIR / "include"]
    command = [*compiler, "-c", *target_flags, *_FLAGS, *flags, *(f"-I{f}" for f in folders)]
    return _build(source.name, ".o", [source], [*folders, source.parent], command, [], version)


def _link(name, objects, script, configuration):
    compiler, target_flags, libraries, version = _toolchain(tuple(configuration.extensions))
    command = [*compiler, *target_flags, *_LINK_FLAGS, f"-Wl,-T,{script}"]
    return _build(name, ".elf", objects, [], command, libraries, version)


def _build(name, suffix, sources, folders, command, libraries, version):
    """Runs ``command`` on ``sources`` unless its product is there; returns the product's path."""
    inputs = {*sources}
    for folder in folders:
        inputs |= set(Path(folder).glob("**/*.h"))
    digest = hashlib.sha256(version + repr(command).encode())
    for path in sorted(inputs):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    directory = BUILD_DIR / "firmware"
    product = directory / f"{name}-{digest.hexdigest()[:16]}{suffix}"
    if product.exists():
        return product
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / f"{product.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not product.exists():
            _compile(name, [*command, *map(str, sources), *libraries], product)
    return product


def _compile(name, command, product):
    scratch = product.with_name(f"{product.name}.{os.getpid()}")
    cache = str(BUILD_DIR / "zig-cache")
    environment = {**os.environ, "ZIG_LOCAL_CACHE_DIR": cache, "ZIG_GLOBAL_CACHE_DIR": cache}
    done = subprocess.run([*command, "-o", str(scratch)], env=environment, text=True,
                          capture_output=True)
    if done.returncode != 0:
        scratch.unlink(missing_ok=True)
        raise RuntimeError(f"{name} does not compile:\n{done.stderr.strip()}\n"
                           f"command: {shlex.join(command)}")
    if done.stderr.strip():
        print(done.stderr.strip(), file=sys.stderr)
    scratch.replace(product)
