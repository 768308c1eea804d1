"""Builds firmware: the boot code and programs, from C and assembler to ELF files.

Everything that is built lies under the hash of what it is made from, so that a second call finds
it and compiles nothing. Which files that are, beside the source, the compiler tells: each source
has a list of the sets of files that its compilations have read.

The environment variable GLUECHIP_CFLAGS adds flags, for the program and the runtime alike.
"""

import contextlib
import fcntl
import functools
import hashlib
import importlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from elftools.elf.elffile import ELFFile

from sim.harness import BUILD_DIR
from soc.generate.c_header import c_header
from soc.generate.linker_script import linker_script
from soc.soc_map import BOOT_RECORD_OFFSET, memory_map

__all__ = ["APPS_DIR", "DRIVERS_DIR", "FIRMWARE_DIR", "app_module", "app_names", "boot_code",
           "build_app", "build_boot", "build_host_library", "find_app"]


FIRMWARE_DIR = Path(__file__).resolve().parent
APPS_DIR = FIRMWARE_DIR / "apps"
DRIVERS_DIR = FIRMWARE_DIR / "drivers"

_DIRECTORY = BUILD_DIR / "firmware"

_WARNINGS = ["-Wall", "-Wextra", "-Wno-unused-function"]
_FLAGS = ["-O3", "-g", "-std=gnu11", "-ffreestanding", "-ffunction-sections", "-fdata-sections",
          "-fno-asynchronous-unwind-tables", "-fno-stack-protector", "-fomit-frame-pointer",
          *_WARNINGS]
_LINK_FLAGS = ["-nostdlib", "-static", "-Wl,--gc-sections"]

_ASSEMBLER_INCLUDE = re.compile(rb'\.(?:incbin|include)\b(?:\s+\\?"([^"\\\n]+)\\?")?')


@functools.cache
def _toolchain(extensions):
    """(command, flags, libraries, what identifies its version) of the compiler for a chip.

    ``extensions`` are those of its core, which GCC makes no use of: its libraries are for RV32IM.

    Raises: RuntimeError with the remedy when it is missing.
    """
    prefix = os.environ.get("CROSS_COMPILE")
    if prefix:
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
    processor = "+".join(["generic_rv32", "m", *extensions])
    return _zig(), ["-target", "riscv32-freestanding-none", f"-mcpu={processor}",
                    "-fno-sanitize=undefined", "-UNDEBUG"], ["-lcompiler_rt"], _zig_version()


def _zig():
    if importlib.util.find_spec("ziglang") is None:
        raise RuntimeError("riscv32 compiler not found: install it with "
                           "`pip install ziglang==0.17.1` or set CROSS_COMPILE")
    # -P: the compiler runs in the source's folder, which may hold a module of any name.
    return [sys.executable, "-P", "-m", "ziglang", "cc"]


def _zig_version():
    from importlib.metadata import version
    return version("ziglang").encode()


def find_app(name_or_path):
    """Folder of the app: one of ``firmware/apps`` by name, else a folder that holds C files.

    Raises: ValueError when there is none.
    """
    name, path = str(name_or_path), Path(name_or_path)
    if name in app_names():
        return APPS_DIR / name
    if name and _sources(path, "*.c"):
        return path.resolve()
    looks_like_path = os.sep in name or path.suffix
    missing = ": there is no such file" if looks_like_path and not path.exists() else ""
    raise ValueError(f"App must be one of {', '.join(app_names())} or a folder with C files, "
                     f"not {name!r}{missing}")


def _sources(folder, *patterns):
    """Files of ``folder``, sorted, without hidden ones such as an editor's locks."""
    return sorted(path for pattern in patterns for path in folder.glob(pattern)
                  if path.is_file() and not path.name.startswith("."))


def app_names():
    """Names of the apps in ``firmware/apps``, sorted."""
    return sorted(folder.name for folder in APPS_DIR.iterdir() if (folder / "main.c").exists())


def build_app(app, configuration, *, defines=None, stack_bytes=4096, inputs=None):
    """Builds a program and returns the path of its ELF file.

    Parameters:
        app           : name of an app, path of a folder with C and assembler sources, or path of
                        one C file.
        configuration : Configuration, the chip to build for.
        defines       : dict of {macro: value} for the compiler.
        stack_bytes   : int, size of the stack; a multiple of 16 from 512.
        inputs        : dict of {name: str or path}, what an app of ours is made from beside.
    An app of ours may have a module ``generate`` with a function ``files(configuration, defines)``:
    the texts of further sources and headers, by name. It takes as well, by name, the inputs that
    its tuple ``INPUTS`` lists, if there is one.

    Raises: ValueError for an unknown app, and for inputs that it does not take; RuntimeError with
        the compiler's words when it does not compile, or with the remedy when the compiler is
        missing.
    """
    if stack_bytes < 512 or stack_bytes % 16:
        raise ValueError(f"stack_bytes must be a multiple of 16 from 512, not {stack_bytes}")
    path = Path(app)
    if path.suffix == ".c" and path.is_file():
        name, sources, folder = path.stem, [path.resolve()], path.resolve().parent
    else:
        folder = find_app(app)
        name, sources = folder.name, _sources(folder, "*.c", "*.S")
    flags = [f"-D{macro}={value}" for macro, value in (defines or {}).items()]
    made = _generated_by_app(folder, configuration, defines or {}, inputs or {})
    sources += [path for path in made if path.suffix == ".c"]
    headers = [folder, *{path.parent for path in made if path.suffix == ".h"}]
    generated = _write_generated(configuration)
    script = _write_script(linker_script(memory_map(configuration), stack_bytes=stack_bytes))
    objects = [
        *(_object(source, [*headers, generated], flags, configuration) for source in sources),
        *(_object(source, [generated], [], configuration) for source in _runtime_sources())]
    return _link(f"{name}-{configuration.name}", objects, script, configuration)


def build_boot(configuration):
    """Builds the boot code and returns the path of its ELF file. Raises: RuntimeError."""
    generated = _write_generated(configuration)
    script = _write_script(linker_script(memory_map(configuration), boot=True))
    objects = [_object(source, [generated], [], configuration)
               for source in _sources(FIRMWARE_DIR / "boot", "*.S")]
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
    folders = [*(Path(f).resolve() for f in include), FIRMWARE_DIR / "include", generated]
    version, compiler = _zig_version(), [*_zig(), "-g", "-fPIC", "-fsanitize=undefined",
                                         "-fsanitize-trap=undefined"]
    command = [*compiler, "-O2", "-std=gnu11", *_WARNINGS]
    objects = [_compiled(Path(source).resolve(), folders, command, version) for source in sources]
    return _linked(name, ".so", objects, [*compiler, "-shared"], [], version)


def app_module(folder, name):
    """The Python module ``name`` of the app in ``folder``, of those in `APPS_DIR`; else None."""
    if folder.parent != APPS_DIR or not (folder / f"{name}.py").exists():
        return None
    return importlib.import_module(f"firmware.apps.{folder.name}.{name}")


def _generated_by_app(folder, configuration, defines, inputs):
    """Paths of what the app in ``folder`` makes to be compiled with it."""
    generator = app_module(folder, "generate")
    for name in inputs:
        if name not in getattr(generator, "INPUTS", ()):
            raise ValueError(f"App {folder.name} takes no {name.replace('_', ' ')}: leave out "
                             f"--{name.replace('_', '-')}")
    if generator is None:
        return []
    return [_write(f"{folder.name}-generated", name, text)
            for name, text in generator.files(configuration, defines, **inputs).items()]


def _runtime_sources():
    return [*_sources(FIRMWARE_DIR / "runtime", "*.[cS]"), *_sources(DRIVERS_DIR, "*.c"),
            *_sources(DRIVERS_DIR / "keccak", "*.c"), *_sources(DRIVERS_DIR / "nn", "*.c")]


def _write_generated(configuration):
    """Folder with the generated header of a chip, made when it is not there."""
    text = c_header(memory_map(configuration), configuration)
    return _write(f"generated-{configuration.name}", "gluechip_registers.h", text).parent


def _write_script(text):
    """Path of a linker script with this text, made when it is not there."""
    return _write("script", "program.ld", text)


def _write(folder_name, name, text):
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    path = _DIRECTORY / f"{folder_name}-{digest}" / name
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
    more = shlex.split(os.environ.get("GLUECHIP_CFLAGS", ""))
    return _compiled(source, [*folders, FIRMWARE_DIR / "include"],
                     [*compiler, *target_flags, *_FLAGS, *more, *flags], version)


def _link(name, objects, script, configuration):
    compiler, target_flags, libraries, version = _toolchain(tuple(configuration.extensions))
    command = [*compiler, *target_flags, *_LINK_FLAGS, f"-Wl,-T,{script}"]
    return _linked(name, ".elf", objects, command, libraries, version)


def _linked(name, suffix, objects, command, libraries, version):
    """Runs ``command`` on ``objects`` unless its product is there; returns the product's path."""
    product = _DIRECTORY / f"{name}-{_digest(version, command, _contents(objects))}{suffix}"
    with _locked(product):
        if not product.exists():
            with tempfile.TemporaryDirectory(dir=_DIRECTORY) as scratch:
                output = Path(scratch) / product.name
                words = _compile(name, [*command, *map(str, objects), *libraries], output)
                _keep(output, product, words)
    return _with_warnings(product)


def _compiled(source, folders, command, version):
    """Object file of ``source``, compiled unless it is there. ``folders`` are those of headers."""
    command = [*command, "-c", *(f"-I{folder}" for folder in folders), str(source)]
    folders = [str(folder) for folder in (source.parent, *folders)]
    key = _digest(version, command)
    index = _DIRECTORY / f"{source.name}-{key}.inputs"
    with _locked(index):
        known = json.loads(index.read_text()) if index.exists() else []
        for paths in known:
            product = _object_path(source, key, paths, folders)
            if product is not None and product.exists():
                return _with_warnings(product)
        with tempfile.TemporaryDirectory(dir=_DIRECTORY) as scratch:
            output, listing = Path(scratch) / "object", Path(scratch) / "listing"
            start = time.time_ns()
            words = _compile(source.name, [*command, "-MMD", "-MT", "object", "-MF", str(listing)],
                             output, folder=source.parent)
            paths, complete = _files_read(listing, folders)
            product = _object_path(source, key, paths, folders)
            changed = any(start <= os.stat(path).st_mtime_ns <= time.time_ns() for path in paths)
            if changed or not complete:  # nobody can tell later what this object was made from
                product = product.with_stem(f"{product.stem}-{_digest(output.read_bytes())}")
            elif paths not in known:
                _replace(index, json.dumps([paths, *known]).encode())
            _keep(output, product, words)
    return _with_warnings(product)


def _object_path(source, key, paths, folders):
    """Where the object lies that was made from ``paths`` as they are; None when one has gone."""
    try:
        made_from = _contents(paths), _rivals(paths, folders)
    except OSError:
        return None
    return _DIRECTORY / f"{source.name}-{_digest(key, made_from)}.o"


def _contents(paths):
    return [(str(path), hashlib.sha256(Path(path).read_bytes()).hexdigest()) for path in paths]


def _rivals(paths, folders):
    """Files that the search for one of ``paths`` meets as well: a new one may be first."""
    folders = {*folders, *map(os.path.dirname, paths)}
    names = {path.removeprefix(f"{folder}/") for path in paths for folder in folders
             if path.startswith(f"{folder}/")}
    places = {os.path.join(folder, name) for folder in folders for name in names}
    return sorted(place for place in places.difference(paths) if os.path.isfile(place))


def _files_read(listing, folders):
    """(paths of the files that a compilation has read, whether these are all).

    ``listing`` is the compiler's, as make rules. It lacks what the assembler includes, so each file
    is searched for that; a name that is put together by macros stays unknown.
    """
    words = re.findall(r"(?:\\.|[^\s\\])+", listing.read_text().partition(":")[2])
    paths = [os.path.join(folders[0], re.sub(r"\\([ #])", r"\1", word).replace("$$", "$"))
             for word in words]
    complete = True
    for path in paths:  # grows meanwhile
        for match in _ASSEMBLER_INCLUDE.finditer(Path(path).read_bytes()):
            name = os.fsdecode(match[1]) if match[1] else None
            places = [os.path.join(folder, name) for folder in folders] if name else []
            place = next(filter(os.path.isfile, places), None)
            if place is None:
                complete = False
            elif place not in paths:
                paths.append(place)
    return paths, complete


def _digest(*parts):
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@contextlib.contextmanager
def _locked(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _compile(name, command, output, *, folder=None):
    """Runs ``command`` in ``folder`` to make ``output``; returns its warnings."""
    cache = str(BUILD_DIR / "zig-cache")
    environment = {**os.environ, "ZIG_LOCAL_CACHE_DIR": cache, "ZIG_GLOBAL_CACHE_DIR": cache}
    done = subprocess.run([*command, "-o", str(output)], cwd=folder, env=environment, text=True,
                          errors="replace", capture_output=True)
    if done.returncode != 0:
        full = sorted(set(re.findall(r"will not fit in region [`'](\w+)'", done.stderr)))
        remedies = [f"{region} of the chip is too small: --{region.lower()}-bytes gives it more"
                    for region in full]
        raise RuntimeError("\n".join([f"{name} does not compile:", done.stderr.strip(),
                                      f"command: {shlex.join(command)}", *remedies]))
    return done.stderr.strip()


def _warnings_path(product):
    return product.with_name(f"{product.name}.warnings")


def _keep(scratch, product, warnings):
    if warnings:
        _replace(_warnings_path(product), warnings.encode())
    scratch.replace(product)


def _with_warnings(product):
    """Prints what the compiler has said about ``product``, and returns it."""
    with contextlib.suppress(FileNotFoundError):
        print(_warnings_path(product).read_text(), file=sys.stderr)
    return product
