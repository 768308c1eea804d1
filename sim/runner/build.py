"""Compiles the SoC of a configuration, with the runner around it, to a program.

Builds are kept in ``build/runner`` under the hash of what they are made from.
"""

import fcntl
import hashlib
import os
import subprocess
from importlib.metadata import version
from pathlib import Path

from sim.harness import BUILD_DIR, verilator_environment
from sim.models import external_instance
from sim.verilog import verilog_ports
from soc.soc_map import COPROCESSORS, memory_map

__all__ = ["TRACE_FORMATS", "build_runner"]


TRACE_FORMATS = ("vcd", "fst")
"""Formats of waveforms, as the suffix of their files."""

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parents[1]
_MODELS = _ROOT / "sim" / "models"
_TOP = "soc"

# The memories: scope of the array ``words`` in the simulator, and which words of the region it
# holds (every ``ways``-th from ``way`` on).
_BANKS = (("itcm", "TOP.runner.soc.itcm", 1, 0), ("ram", "TOP.runner.soc.ram.low", 2, 0),
          ("ram", "TOP.runner.soc.ram.high", 2, 1),
          ("external", "TOP.runner.external_memory.low", 2, 0),
          ("external", "TOP.runner.external_memory.high", 2, 1))

_RVFI = {f"rvfi__{name}" for name in (
    "valid", "order", "insn", "trap", "intr", "rs1_rdata", "pc_rdata", "pc_wdata", "mem_addr",
    "mem_rmask", "mem_wmask", "mem_wdata")}

_JTAG_INPUTS = ("tck", "tms", "tdi")

_RESET_CYCLES = 4

_VERILATOR_OPTIONS = (
    "--cc", "--exe", "--build", "-j", "0", "-Mdir", "obj",
    "--top-module", "runner", "--prefix", "Vrunner",
    "-DGLUECHIP_CLOCK_GATES",
    "-O3", "--x-assign", "fast", "--x-initial", "fast", "--no-timing", "--no-assert",
    "--timescale", "1ns/1ps", "-Wno-fatal", "-Wno-lint", "-Wno-style",
    "-CFLAGS", "-std=c++17 -I..", "-MAKEFLAGS",
    "VK_PCH_I_FAST= VK_PCH_I_SLOW= OPT_FAST=-O3 OPT_SLOW=-O0 OPT_GLOBAL=-O1",
)


def build_runner(configuration, *, trace=None, progress=lambda step: None):
    """Path of the runner for ``configuration``; builds it unless it is there.

    Parameters:
        trace    : None, "vcd" or "fst": the format of waveforms that it can write.
        progress : called with a sentence before each step that takes seconds, None after the last.
    Raises: RuntimeError with the remedy when a tool is missing or the build fails.
    """
    if trace not in (None, *TRACE_FORMATS):
        raise ValueError(f"trace must be one of {', '.join(TRACE_FORMATS)}, not {trace!r}")
    environment = verilator_environment()
    directory = BUILD_DIR / "runner" / f"{configuration.name}-{_digest(configuration, trace)}"
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "done").exists():
            progress(f"generating the Verilog of the chip {configuration.name}")
            sources = _sources(configuration)
            for name, text in sources.items():
                (directory / name).write_text(text)
            progress("compiling the simulator (once for each chip, a minute or two)")
            _compile(directory, sources, trace, environment)
            progress(None)
            (directory / "done").touch()
    return directory / "obj" / "Vrunner"


def _digest(configuration, trace):
    """Hash of all that a build depends on. Python sources stand for the Verilog that they make."""
    digest = hashlib.sha256(repr((
        configuration, trace, _VERILATOR_OPTIONS, version("amaranth"), version("verilator"),
    )).encode())
    files = [path for folder in ("soc", "cpu", "coprocessors")
             for path in (_ROOT / folder).rglob("*.py")]
    files += [*_MODELS.glob("*.v"), *_HERE.glob("*.cpp"), *_HERE.glob("shim/*.h"), Path(__file__)]
    for path in sorted(files):
        digest.update(f"{path.relative_to(_ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _sources(configuration):
    """{file name: text} of everything that is compiled."""
    from soc.top import soc_verilog

    verilog = soc_verilog(configuration, name=_TOP)
    return {
        "soc.v": verilog,
        "runner.v": _wrapper(verilog, configuration),
        **{path.name: path.read_text() for path in _MODELS.glob("*.v")},
        "public.vlt": '`verilator_config\npublic_flat_rw -module "*" -var "words"\n',
        **{path.name: path.read_text() for path in (_HERE / "shim").glob("*.h")},
        "main.cpp": (_HERE / "main.cpp").read_text(),
        "runner_config.h": _config_header(configuration, verilog_ports(verilog, _TOP)),
    }


def _wrapper(verilog, configuration):
    """Verilog of the top module: the SoC with what the runner looks at, and its reset.

    Verilator computes all logic behind a port of the top module again whenever it is called, and
    the reset reaches nearly all, so inputs pass a register here, and the reset begins here. With a
    debug port ``hold`` keeps the chip in reset, which the debug module is not. Behind the port for
    external memory, if there is one, stands our model of one.
    """
    ports = [(name, width) for name, (direction, width) in verilog_ports(verilog, _TOP).items()
             if direction == "output" and (not name.startswith("rvfi__") or name in _RVFI)]
    jtag = [name for name in _JTAG_INPUTS if name in verilog_ports(verilog, _TOP)]
    inputs = ["uart_rx", *jtag, *(["hold"] if jtag else [])]
    hold = " || hold" if jtag else ""
    has_external, external = bool(configuration.external_bytes), []
    if has_external:
        external = ["  wire [63:0] external__data;", external_instance(
            configuration.external_bytes, configuration.external_latency)]
    return "\n".join([
        f"module runner (clk, {', '.join([*inputs, *(name for name, _ in ports)])});",
        f"  input clk, {', '.join(inputs)};",
        *(f"  output {width}{name};" for name, width in ports),
        "  reg [2:0] cycles = 0;",
        "  reg rst = 1, rx = 1;",
        *(f"  reg {name}_pin = 0;" for name in jtag),
        "  always @(posedge clk) begin",
        f"    if (cycles != {_RESET_CYCLES - 1}) cycles <= cycles + 1;",
        f"    rst <= cycles != {_RESET_CYCLES - 1}{hold};",
        "    rx <= uart_rx;",
        *(f"    {name}_pin <= {name};" for name in jtag),
        "  end",
        *external,
        f"  {_TOP} {_TOP} (.clk(clk), .rst(rst), .uart_rx(rx), .buttons(8'd0),",
        *(f"    .{name}({name}_pin)," for name in jtag),
        *(["    .external__data(external__data),"] if has_external else []),
        ",\n".join(f"    .{name}({name})" for name, _ in ports) + ");",
        "endmodule", ""])


def _compile(directory, sources, trace, environment):
    options = list(_VERILATOR_OPTIONS)
    if trace:
        options += [f"--trace-{trace}", "-CFLAGS",
                    f"-DRUNNER_TRACE -DRUNNER_TRACE_{trace.upper()}"]
    if trace == "fst":
        # Our own lz4.h and zlib.h take the place of libraries of the distribution.
        options += ["-MAKEFLAGS", "LDLIBS=-lpthread"]
    command = [str(Path(environment["VERILATOR_ROOT"]) / "bin" / "verilator"), *options,
               *sorted(name for name in sources if not name.endswith(".h"))]
    with (directory / "build.log").open("w") as log:
        code = subprocess.run(command, cwd=directory, env={**os.environ, **environment},
                              stdout=log, stderr=subprocess.STDOUT).returncode
    if code != 0:
        raise RuntimeError(f"Verilator could not build the simulator: see {log.name}")


def _config_header(configuration, ports):
    """``runner_config.h``: what main.cpp must know about the chip."""
    chip = memory_map(configuration)
    uart = chip.device("uart")
    divisor = uart.base + chip.tables["uart"].register("divisor").offset
    banks = [f'    {{"{scope}", "words", {region.base:#x}u, {region.size:#x}u, {ways}, {way}}},'
             for region, scope, ways, way in
             ((getattr(chip, name), *rest) for name, *rest in _BANKS) if region]
    controls = [f"    {{{chip.device(name).base + chip.tables[name].register('control').offset:#x}u"
                "}," for name in COPROCESSORS]
    completed, submitted = _observations(ports)
    return "\n".join([
        "// Generated by sim/runner/build.py.",
        "#include <cstdint>",
        "struct RunnerBank {",
        "    const char* scope; const char* name; uint32_t base, bytes; unsigned ways, way;",
        "};",
        "static const RunnerBank RUNNER_BANKS[] = {", *banks, "};",
        "struct RunnerCoprocessor { uint32_t control; };",
        "static const RunnerCoprocessor RUNNER_COPROCESSORS[] = {", *controls, "};",
        f"constexpr uint32_t RUNNER_CLOCK_HZ = {configuration.clock_hz};",
        f"constexpr uint32_t RUNNER_UART_DIVISOR = {configuration.uart_divisor};",
        f"constexpr uint32_t RUNNER_UART_DIVISOR_ADDRESS = {divisor:#x}u;",
        f"constexpr int RUNNER_RESET_CYCLES = {_RESET_CYCLES};",
        "#define RVFI(member) rvfi___05F##member",
        "#define RUNNER_EXIT_VALID exited",
        "#define RUNNER_EXIT_CODE exit_code",
        "#define RUNNER_SLEEPING sleeping",
        *(["#define RUNNER_JTAG"] if configuration.debug else []),
        "template <class Watch>",
        "void observe_completed(const Vrunner& soc, Watch& watch) {",
        *completed, "}",
        "template <class Watch>",
        "void observe_submitted(const Vrunner& soc, Watch& watch, uint64_t cycle) {",
        *submitted, "}", ""])


def _observations(ports):
    """Lines of C++ that tell the watch of jobs that ended, and of jobs that were submitted."""
    completed, submitted = [], []
    for number, name in enumerate(COPROCESSORS):
        prefix = next((port.removesuffix("submit") for port in ports
                       if port.startswith(name) and port.endswith("__submit")), None)
        if prefix is None:  # a chip without this coprocessor
            continue
        operands = sorted({int(port.removeprefix(f"{prefix}operands__").partition("__")[0])
                           for port in ports if port.startswith(f"{prefix}operands__")})
        completed.append(f"    watch.complete({number}, soc.{prefix}completed);")
        submitted += [f"    if (soc.{prefix}submit) {{",
                      f"        watch.submit({number}, soc.{prefix}submitted, cycle);"]
        for operand in operands:
            field = f"soc.{prefix}operands__{operand}__"
            members = ", ".join(f"{field}{member}" for member in
                                ("address", "row_bytes", "rows", "stride", "write"))
            submitted.append(f"        if ({field}enable) watch.operand({operand}, {members});")
        submitted.append("    }")
    # Verilator spells a double underscore within a name in its own way.
    return ([line.replace("__", "___05F") for line in completed],
            [line.replace("__", "___05F") for line in submitted])
