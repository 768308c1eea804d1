"""The command line ``gluechip``.

Exit codes: 0 success; 1 a command could not do its work, with one line on stderr that tells the
remedy; 2 wrong arguments. ``gluechip run`` ends as `sim.runner.RunResult.status` says.
"""

import argparse
import shutil
import sys
import traceback
from pathlib import Path

from soc.configuration import PRESETS, preset

__all__ = ["main"]


DEFAULT_JTAG_PORT = 9824
"""Where `gluechip run --jtag` waits for OpenOCD, as in ``sim/openocd.cfg``."""

_DEFAULT_PRESET = "reference"

_OWN_PACKAGES = ("boards", "coprocessors", "cpu", "firmware", "gluechip", "sim", "soc")


def _doctor(arguments):
    from gluechip import doctor

    return doctor.report()


_CHIP_FIELDS = ("ram_bytes", "itcm_bytes", "external_bytes", "external_latency",
                "external_cycles_per_word")
"""Fields of a `Configuration` that have an option of their own."""


_APP_INPUTS = ("header", "proof", "block_hash")
"""Options that apps of ours are made from, as `build_app` calls them."""


def _configuration(arguments):
    """The chip that --preset and the options for its memories ask for."""
    return preset(arguments.preset, **{name: getattr(arguments, name) for name in _CHIP_FIELDS
                                       if getattr(arguments, name) is not None})


def _map(arguments):
    from soc.generate.json_map import json_map
    from soc.soc_map import memory_map

    configuration = _configuration(arguments)
    chip = memory_map(configuration)
    if arguments.json:
        print(json_map(chip, configuration), end="")
        return 0
    for region in chip.regions:
        print(f"{region.base:#010x} to {region.end - 1:#010x} {region.size // 1024:5} KiB"
              f"  {region.name}")
    return 0


def _defines(arguments):
    """{macro: value} of the --define options."""
    return {macro: value if equals else "1" for macro, equals, value in
            (text.partition("=") for text in arguments.define)}


def _build(arguments):
    from firmware.build import build_app

    elf = build_app(arguments.app, _configuration(arguments), **_build_options(arguments))
    if arguments.output:
        shutil.copyfile(elf, arguments.output)
        elf = arguments.output
    print(elf)
    return 0


def _build_options(arguments):
    """What --define, --stack-bytes and the files of an app ask of `build_app`."""
    options = {}
    if arguments.define:
        options["defines"] = _defines(arguments)
    if arguments.stack_bytes is not None:
        options["stack_bytes"] = arguments.stack_bytes
    inputs = {name: getattr(arguments, name) for name in _APP_INPUTS
              if getattr(arguments, name) is not None}
    if inputs:
        options["inputs"] = inputs
    return options


def _program(name, configuration, options, progress):
    """Path of the ELF file that ``name`` means: itself, or what an app is built to."""
    from firmware.build import build_app

    path = Path(name)
    if path.is_file() and path.suffix != ".c":
        if options:
            given = "--define and --stack-bytes" if "inputs" not in options else "Files of the app"
            raise ValueError(f"{given} must be given when {name} is built, not when it is run")
        return path
    progress(f"building {name} for {configuration.name}")
    elf = build_app(name, configuration, **options)
    progress(None)
    return elf


def _check_of(name):
    """The module ``check`` of an app of ours, with ``SYMBOLS`` and ``check(text, symbols)``, as
    ``firmware/apps/digits`` has it; None where there is none."""
    from firmware.build import APPS_DIR, app_module, app_names

    return app_module(APPS_DIR / name, "check") if name in app_names() else None


def _dumps(arguments):
    """{symbol: path} of the --dump-symbol options."""
    from sim.runner import check_writable

    dumps = {}
    for text in arguments.dump_symbol:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise ValueError(f"--dump-symbol must be followed by NAME=FILE, not {text!r}")
        check_writable(path, f"File for {name}")
        dumps[name] = Path(path)
    return dumps


def _run(arguments):
    from gluechip.progress import Progress
    from sim.harness import verilator_environment
    from sim.runner import DEFAULT_MAX_CYCLES, run
    from sim.runner.debug_server import DebugServer

    verilator_environment()  # tells what is missing before anything is built
    configuration = _configuration(arguments)
    dumps = _dumps(arguments)
    check = _check_of(arguments.app)
    debugger = None
    if arguments.jtag is not None:
        debugger = DebugServer(arguments.jtag, halt=arguments.halt)
    elif not arguments.halt:
        raise ValueError("--no-halt must be given with --jtag")
    with Progress(quiet=arguments.quiet) as progress:
        elf = _program(arguments.app, configuration, _build_options(arguments), progress)
        result = run(elf, configuration, output=sys.stdout,
                     symbols=[*dumps, *(check.SYMBOLS if check else ())],
                     max_cycles=arguments.max_cycles or DEFAULT_MAX_CYCLES, trace=arguments.trace,
                     watch=arguments.watch, interactive=arguments.stdin, debugger=debugger,
                     external=arguments.external_file and arguments.external_file.read_bytes(),
                     progress=progress)
    if result.uart_text and not result.uart_text.endswith("\n"):
        print(flush=True)
    if not arguments.quiet or result.status:
        for line in result.report():
            print(f"gluechip: {line}", file=sys.stderr)
    for name, path in dumps.items():
        path.write_bytes(result.symbols[name])
    if check and not result.status:
        for line in check.check(result.uart_text, result.symbols):
            if not arguments.quiet:
                print(f"gluechip: {line}: passed", file=sys.stderr)
    return result.status


def _cycles(arguments):
    from gluechip.cycles import account
    from gluechip.progress import Progress
    from sim.runner import DEFAULT_MAX_CYCLES, run

    configuration = _configuration(arguments)
    with Progress(quiet=arguments.quiet) as progress:
        elf = _program(arguments.app, configuration, _build_options(arguments), progress)
        result = run(elf, configuration, max_cycles=arguments.max_cycles or DEFAULT_MAX_CYCLES,
                     profile=True, progress=progress)
    print(*account(result, configuration).lines(), sep="\n")
    if not arguments.quiet or result.status:
        for line in result.report():
            print(f"gluechip: {line}", file=sys.stderr)
    return result.status


def _infer(arguments):
    from gluechip.inference_report import command
    from gluechip.progress import Progress

    with Progress(quiet=arguments.quiet) as progress:
        return command(arguments, _configuration(arguments), progress)


def _hash_timeline(arguments):
    from sim.keccak_timeline import timeline

    print(*timeline(arguments.hash_function, arguments.length, output_bytes=arguments.output,
                    messages=arguments.messages), sep="\n")
    return 0


def _timeline(arguments):
    from sim.matmul_timeline import timeline

    print(*timeline(preset(arguments.preset), arguments.m, arguments.n, arguments.k), sep="\n")
    return 0


def _new_app(arguments):
    from gluechip.new_app import new_app

    folder = new_app(arguments.name, arguments.directory)
    print(f"{folder} is yours; run it with `gluechip run {folder}`")
    return 0


def _bitstream(arguments):
    from gluechip.bitstream import make_bitstream

    make_bitstream(arguments.board, app=arguments.app, clock_hz=arguments.clock_hz,
                   seeds=arguments.seeds, report=lambda line: print(line, flush=True))
    return 0


def _fmax(arguments):
    from gluechip.fmax import fmax

    fmax(preset(arguments.preset), arguments.blocks, seeds=arguments.seeds,
         report=lambda line: print(line, flush=True))
    return 0


def _docs(arguments):
    from gluechip.manual import build_manual
    from sim.harness import BUILD_DIR

    directory = arguments.directory or BUILD_DIR / "docs"
    pages = build_manual(directory, preset(arguments.preset))
    print(f"wrote {len(pages)} files to {directory}; start with {directory / 'index.md'}")
    return 0


def _bench(arguments):
    from gluechip.bench import bench

    return bench(report=lambda line: print(line, flush=True))


def _demo(arguments):
    from gluechip.demo import demo

    return demo()


def _positive(text):
    value = int(text.replace("_", ""), 0)
    if value < 1:
        raise ValueError
    return value


_positive.__name__ = "positive number"


def _add_run(commands, *options):
    command = commands.add_parser(
        "run", parents=options,
        help="run an app, or a program in an ELF file, on the simulated chip",
        description="Runs a program on the simulated chip and shows its serial line. Ends with "
        "the program's exit code; 123: it touched buffers of a job under way; 124: cycle limit; "
        "125: its traps had no handler; 130: interrupted.")
    command.add_argument("app", metavar="APP|ELF",
                         help="name of an app, a folder with C files, a C file or an ELF file")
    command.add_argument("--max-cycles", type=_positive, metavar="N",
                         help="end the run after N clock cycles")
    command.add_argument("--trace", type=Path, metavar="FILE",
                         help="write waveforms to FILE.vcd or FILE.fst; much slower")
    command.add_argument("--no-watch", dest="watch", action="store_false",
                         help="do not look out for touches of the buffers of jobs under way")
    command.add_argument("--stdin", action="store_true", help="send stdin to the chip's UART")
    command.add_argument("--dump-symbol", action="append", default=[], metavar="NAME=FILE",
                         help="write what the variable NAME holds at the end to FILE")
    command.add_argument("--external-file", type=Path, metavar="FILE",
                         help="put the bytes of FILE into the external memory, from its start on")
    command.add_argument("--jtag", type=int, nargs="?", const=DEFAULT_JTAG_PORT, metavar="PORT",
                         help="halt before the first instruction, and let OpenOCD and GDB connect "
                         "by this port of this machine (%(const)s unless told; 0: any free one)")
    command.add_argument("--no-halt", dest="halt", action="store_false",
                         help="with --jtag: let the program run at once")
    command.add_argument("--quiet", action="store_true",
                         help="show nothing but the serial line and what went wrong")
    command.set_defaults(function=_run)


def _add_cycles(commands, *options):
    command = commands.add_parser(
        "cycles", parents=options,
        help="report where the cycles of a program go, by function and by class of instruction",
        description="Runs a program on the simulated chip as `gluechip run` does, without its "
        "serial line, and ends as that does.")
    command.add_argument("app", metavar="APP|ELF",
                         help="name of an app, a folder with C files, a C file or an ELF file")
    command.add_argument("--max-cycles", type=_positive, metavar="N",
                         help="end the run after N clock cycles")
    command.add_argument("--quiet", action="store_true",
                         help="show nothing but the tables and what went wrong")
    command.set_defaults(function=_cycles)


def _add_infer(commands, *options):
    command = commands.add_parser(
        "infer", parents=options,
        help="run a TensorFlow Lite model on the simulated chip, and tell what each layer took",
        description="Runs an int8 model of TensorFlow Lite on the simulated chip: convolutions and "
        "products on the matmul coprocessor, the rest on the core. Ends with 1 when --check finds "
        "a layer that differs from the reference.")
    command.add_argument("model", type=Path, metavar="MODEL.tflite")
    command.add_argument("--input", type=Path, action="append", metavar="FILE.npy",
                         help="what to run it on, once for each input of the model: of its type or "
                         "real, of its shape or several of that, which run one after the other; "
                         "random numbers unless told")
    command.add_argument("--output", type=Path, metavar="FILE.npy",
                         help="write what the model gives; FILE.npz where it has several outputs")
    command.add_argument("--check", action="store_true",
                         help="compare the output of each layer with the reference's, bit for bit")
    command.add_argument("--backend", choices=("coprocessor", "cpu"), default="coprocessor",
                         help="what does the products (%(default)s unless told)")
    command.add_argument("--rounding", choices=("litert", "double", "single"), default="litert",
                         help="how layers round: double as gemmlowp and TensorFlow Lite for "
                         "microcontrollers, single as TFLITE_SINGLE_ROUNDING, litert as LiteRT 2: "
                         "fully connected layers once, the others double (%(default)s unless "
                         "told)")
    command.add_argument("--clock-hz", type=_positive, metavar="HZ",
                         help="clock for the times (the chip's unless told)")
    command.add_argument("--stack-bytes", type=_positive, default=4096, metavar="N",
                         help="size of the program's stack (%(default)s unless told)")
    command.add_argument("--source", type=Path, metavar="FOLDER",
                         help="write the program's C to FOLDER")
    command.add_argument("--max-cycles", type=_positive, metavar="N",
                         help="end the run after N clock cycles")
    command.add_argument("--quiet", action="store_true", help="show nothing but what went wrong")
    command.set_defaults(function=_infer)


def _add_bitstream(commands):
    command = commands.add_parser(
        "bitstream", help="build the bitstream of a board, with a program in its boot path",
        description="Writes build/BOARD/gluechip.bit and report.json. Takes many minutes.")
    command.add_argument("board", metavar="BOARD", help="such as ulx3s-85f")
    command.add_argument("--app", default="hello", help="what to start (%(default)s unless told)")
    command.add_argument("--clock-hz", type=_positive, default=50_000_000, metavar="HZ",
                         help="clock of the chip (%(default)s unless told)")
    command.add_argument("--seeds", type=_positive, nargs="+", default=(1, 2, 3, 4), metavar="N",
                         help="seeds to place and route with (1 2 3 4 unless told)")
    command.set_defaults(function=_bitstream)


def _add_fmax(commands):
    command = commands.add_parser(
        "fmax", help="measure area and clock of blocks, placed and routed alone",
        description="Places and routes blocks of the chip out of context on LFE5U-85F-6 and "
        "writes build/fmax.json. Takes minutes a seed.")
    command.add_argument("blocks", metavar="BLOCK", nargs="*", default=["core"],
                         help="core (with its memories, without debug port; also what each of its "
                              "switches adds), matmul, keccak or array (of matmul: operand banks, "
                              "elements and requantizers); core unless told")
    command.add_argument("--preset", choices=PRESETS, default="large",
                         help="chip that they are blocks of (%(default)s unless told)")
    command.add_argument("--seeds", type=_positive, nargs="+", default=range(1, 9), metavar="N",
                         help="seeds to place and route with (1 to 8 unless told)")
    command.set_defaults(function=_fmax)


def _parser():
    parser = argparse.ArgumentParser(
        prog="gluechip", description="A RISC-V chip that offloads matmul and Keccak.")
    parser.add_argument("--debug", action="store_true", help="show where an error comes from")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    preset_option = argparse.ArgumentParser(add_help=False)
    preset_option.add_argument("--preset", choices=PRESETS, default=_DEFAULT_PRESET,
                               help="configuration of the chip (%(default)s unless told)")

    chip_options = argparse.ArgumentParser(add_help=False, parents=[preset_option])
    chip_options.add_argument("--ram-bytes", type=_positive, metavar="N",
                              help="data memory of the chip (the preset's unless told)")
    chip_options.add_argument("--itcm-bytes", type=_positive, metavar="N",
                              help="instruction memory of the chip (the preset's unless told)")
    chip_options.add_argument("--external-bytes", type=_positive, metavar="N",
                              help="put a memory of N bytes outside the chip, which core and DMA "
                              "read (none unless told)")
    chip_options.add_argument("--external-latency", type=_positive, metavar="N",
                              help="cycles in which it answers (20 unless told)")
    chip_options.add_argument("--external-cycles-per-word", type=_positive, metavar="N",
                              help="cycles from one 64-bit word to the next (2 unless told)")

    build_options = argparse.ArgumentParser(add_help=False)
    build_options.add_argument("--stack-bytes", type=_positive, metavar="N",
                               help="size of the stack of the app to build (4096 unless told)")
    build_options.add_argument("--define", "-D", action="append", default=[],
                               metavar="MACRO[=VALUE]",
                               help="define a macro for the sources of the app to build")

    inputs = build_options.add_argument_group("what eth_proof proves")
    inputs.add_argument("--header", type=Path, metavar="FILE",
                        help="answer of a node to eth_getBlockByHash or eth_getBlockByNumber")
    inputs.add_argument("--proof", type=Path, metavar="FILE", help="its answer to eth_getProof")
    inputs.add_argument("--block-hash", metavar="HASH",
                        help="the hash that is trusted (what the header claims unless told)")

    _add_run(commands, chip_options, build_options)
    _add_cycles(commands, chip_options, build_options)
    _add_infer(commands, chip_options)

    command = commands.add_parser("build", parents=[chip_options, build_options],
                                  help="build an app; prints the path of its ELF file")
    command.add_argument("app", metavar="APP",
                         help="name of an app, a folder with C files or a C file")
    command.add_argument("--output", "-o", type=Path, metavar="FILE", help="copy it to FILE")
    command.set_defaults(function=_build)

    command = commands.add_parser("new-app", help="start an app of your own")
    command.add_argument("name", metavar="NAME")
    command.add_argument("--directory", type=Path, default=Path("."),
                         help="where to make its folder (here unless told)")
    command.set_defaults(function=_new_app)

    command = commands.add_parser("map", parents=[chip_options], help="print the memory map")
    command.add_argument("--json", action="store_true", help="with all registers, as JSON")
    command.set_defaults(function=_map)

    _add_bitstream(commands)
    _add_fmax(commands)

    command = commands.add_parser("docs", parents=[preset_option],
                                  help="write the manual, with the C header, JSON and SVD")
    command.add_argument("--directory", type=Path, help="where to (build/docs unless told)")
    command.set_defaults(function=_docs)

    command = commands.add_parser(
        "bench", help="measure cycles of core and coprocessors; writes build/bench.json")
    command.set_defaults(function=_bench)

    command = commands.add_parser(
        "timeline", parents=[preset_option],
        help="draw what the parts of the matmul datapath do in each cycle of a job")
    for name, what in (("m", "rows of A and C"), ("n", "columns of C"), ("k", "products of a sum")):
        command.add_argument(name, type=_positive, metavar=name.upper(), help=what)
    command.set_defaults(function=_timeline)

    command = commands.add_parser(
        "hash-timeline", help="draw what the parts of the Keccak coprocessor do in each cycle")
    command.add_argument("hash_function", metavar="FUNCTION", help="such as sha3_256 or shake128")
    command.add_argument("length", type=int, metavar="LENGTH", help="bytes of the message")
    command.add_argument("--output", type=int, default=32, help="bytes (32 unless told)")
    command.add_argument("--messages", type=_positive, default=1, help="in one job (1 unless told)")
    command.set_defaults(function=_hash_timeline)

    command = commands.add_parser("demo", help="run digits and check its answers (`make run`)")
    command.set_defaults(function=_demo)

    command = commands.add_parser(
        "doctor", help="list every tool and package, its version, and the remedy if missing")
    command.set_defaults(function=_doctor)
    return parser


def main(arguments=None):
    """Runs the command that ``arguments`` (those of the process unless told) name.

    Returns the exit code. Errors of the user and of the machine become one line; what else is
    raised is a defect of Gluechip and keeps its traceback.
    """
    parsed = _parser().parse_args(arguments)
    try:
        return parsed.function(parsed)
    except (RuntimeError, ValueError, OSError) as error:
        if parsed.debug:
            traceback.print_exc()
        is_file = isinstance(error, OSError) and error.filename is not None
        print(f"gluechip: {f'{error.filename}: {error.strerror}' if is_file else error}",
              file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if error.name.partition(".")[0] in _OWN_PACKAGES:
            raise
        print(f"gluechip: {error.name} not found: `gluechip doctor` tells the remedy",
              file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
