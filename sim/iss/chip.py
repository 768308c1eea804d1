"""The whole chip as a program sees it, without gateware: for tests of firmware.

Coprocessors compute with their models, and a job ends at the moment it starts. Time is counted in
instructions. What depends on timing, such as a full job queue, needs the real chip.
"""

import struct
from pathlib import Path

import numpy as np
from elftools.elf.elffile import ELFFile

from coprocessors.keccak.model import LANE_BYTES, LANES, ZERO_STATE, sponge_from
from coprocessors.keccak.table import STATE_BYTES
from coprocessors.matmul.model import gather, matmul
from coprocessors.matmul.table import PASS_BYTES
from coprocessors.shell.table import DESCRIPTOR_OFFSET, MAX_AGE
from sim.iss.hart import Hart
from sim.iss.memory import AddressSpace, Device, Memory
from sim.traps import FAST_INTERRUPTS, InterruptCause
from soc.fabric.registers import PAGE_BYTES
from soc.soc_map import (
    BOOT_RECORD_MAGIC, BOOT_RECORD_OFFSET, COPROCESSORS, FAST_INTERRUPTS as FAST_NAMES, memory_map,
)

__all__ = ["Chip", "Result", "run_elf"]

_WORD_MASK = 0xFFFF_FFFF
_STEP_INSTRUCTIONS = 64  # between two looks at the interrupt lines


class _Exit(Exception):
    pass


class Result:
    """How a program went: ``exit_code`` (None: it did not end), ``text``, ``retired``, ``chip``."""

    def __init__(self, exit_code, text, retired, chip):
        self.exit_code, self.text, self.retired, self.chip = exit_code, text, retired, chip


class _Block:
    """Registers of one block by name: plain storage unless a subclass says otherwise."""

    def __init__(self, table):
        self._names = {r.offset: r.name for r in table.registers}
        self.values = {r.name: sum(f.reset << bit for bit, f in r.placed_fields())
                       for r in table.registers}
        self._fields = {r.name: {f.name: (bit, f) for bit, f in r.placed_fields()}
                        for r in table.registers}

    def field(self, register, name="value"):
        """Value of a field, with its sign."""
        bit, f = self._fields[register][name]
        value = self.values[register] >> bit & ((1 << f.width) - 1)
        return value - (1 << f.width) if f.signed and value >> (f.width - 1) else value

    def load(self, offset, size):
        word = self.read(self._names.get(offset & ~3), offset & ~3)
        return word >> 8 * (offset & 3) & ((1 << 8 * size) - 1)

    def store(self, offset, size, value):
        name = self._names.get(offset & ~3)
        if name is not None and size == 4:
            self.write(name, value)

    def read(self, name, offset):
        return self.values.get(name, 0)

    def write(self, name, value):
        self.values[name] = value


class _Uart(_Block):
    def __init__(self, table):
        super().__init__(table)
        self.sent = bytearray()
        self.values["status"] = 0b110  # empty and idle: a byte is gone at once

    def write(self, name, value):
        if name == "transmit":
            self.sent.append(value & 0xFF)


class _System(_Block):
    def write(self, name, value):
        if name == "exit":
            raise _Exit(value)
        if name == "scratch":
            self.values[name] = value


class _Clint(_Block):
    def __init__(self, table, chip):
        super().__init__(table)
        self._chip = chip

    def read(self, name, offset):
        if name in ("mtime_low", "mtime_high"):
            return self._chip.hart.csrs.retired >> (32 if name == "mtime_high" else 0) & _WORD_MASK
        return super().read(name, offset)

    def lines(self):
        """What ``mip`` shows of the block's interrupts."""
        compare = self.values["mtimecmp_high"] << 32 | self.values["mtimecmp_low"]
        return ((self._chip.hart.csrs.retired >= compare) << InterruptCause.TIMER
                | (self.values["msip"] & 1) << InterruptCause.SOFTWARE)


class _Coprocessor(_Block):
    """The shell, with jobs that end at once."""

    ERRORS = {"descriptor": 1, "read_window": 2, "write_window": 3, "dependency": 4}

    def __init__(self, table, chip):
        super().__init__(table)
        self._chip = chip
        self._records_offset = next(r.offset for r in table.ranges if r.name == "records")
        self._records = [[0] * 8 for _ in range(4)]
        self.submitted, self.errors = 0, {}

    def read(self, name, offset):
        if name in ("submitted", "completed"):
            return self.submitted & 0xFFFF
        index = offset - self._records_offset
        if name is None and 0 <= index < 128:
            return self._records[index // 32][index // 4 % 8]
        return super().read(name, offset)

    def write(self, name, value):
        if name == "control":
            if value & 1:
                self._start()
            if value & 8:
                self._zeroize()
        elif name in ("refused", "interrupt_pending"):
            self.values[name] &= ~value
        elif not (name.startswith("window") and self.field(f"{name.split('_')[0]}_rights", "lock")):
            self.values[name] = value

    def lines(self):
        """Level of the interrupt line."""
        return self.values["interrupt_enable"] & self.values["interrupt_pending"] != 0

    def _start(self):
        error = 0
        if self.field("wait", "enable"):
            number, job = self.field("wait", "source"), self.field("wait", "job")
            source = dict(enumerate(self._chip.coprocessors)).get(number)
            if source is None or (source.submitted - job) & 0xFFFF >= MAX_AGE:
                self.values["refused"] |= 2
                return
            error = self.ERRORS["dependency"] if source.errors.get(job) else 0
        self.submitted += 1
        error = error or self._run_checked()
        self.errors[self.submitted & 0xFFFF] = error
        moved = {right: 0 if error else sum(row_bytes * rows for _, row_bytes, rows, _, r
                                            in self.operands() if r == right)
                 for right in ("read", "write")}
        self._records[self.submitted % 4] = [error << 16 | self.submitted & 0xFFFF, 0, 0, 0,
                                             moved["read"], moved["write"], 0, 0]
        self.values["interrupt_pending"] |= 1 | bool(error) << 1

    def _zeroize(self):
        self.values |= {name: 0 for offset, name in self._names.items()
                        if DESCRIPTOR_OFFSET <= offset < PAGE_BYTES}
        self.forget()

    def forget(self):
        """Zeroize, or an error, has cleared what earlier jobs left."""

    def is_legal(self):
        """Whether the coprocessor takes the descriptor."""
        return True

    def _run_checked(self):
        if not self.is_legal():
            return self.ERRORS["descriptor"]
        for address, row_bytes, rows, stride, right in self.operands():
            for row in range(rows):
                start = address + row * stride
                if row_bytes and not self._allowed(start, start + row_bytes, right):
                    self.forget()
                    return self.ERRORS[f"{right}_window"]
        self.compute()
        return 0

    def _allowed(self, start, end, right):
        region = self._chip.space.find(start)
        if (not isinstance(region, Memory) or region.executable or end > region.base + region.size
                or (right == "write" and not region.writable)):
            return False
        return any(self.values[f"window{n}_base"] <= start and end <= self.values[f"window{n}_end"]
                   and self.field(f"window{n}_rights", right) for n in range(4))

    def rows(self, address, row_bytes, rows, stride):
        """Rows of memory as bytes."""
        return b"".join(self._chip.space.read(address + row * stride, row_bytes)
                        for row in range(rows))


class _Matmul(_Coprocessor):
    def __init__(self, table, chip):
        super().__init__(table, chip)
        self._kept = {}  # {"a" or "b": what the last job told of it, and the matrix}, if it fits

    def forget(self):
        self._kept = {}

    def is_legal(self):
        """Whether operands are together that may be, and what is kept is there."""
        legal = not (self._gathers and (self.field("format", "a_transposed")
                                        or self.field("format", "keep_a")))
        for name in "ab":
            if self.field("format", f"keep_{name}"):
                legal &= self._kept.get(name, (None,))[0] == self._told(name)
        if not legal:
            self.forget()
        return legal

    def _told(self, name):
        m, n, k = self._sizes()
        return (self.values[f"{name}_address"], self.values[f"{name}_stride"], k,
                m if name == "a" else n, self.field("format", f"{name}_transposed"))

    def _keep(self, a, b):
        """Remembers the operands of this job where they fit in the buffer."""
        m, n, k = self._sizes()
        slots = 8 if k <= PASS_BYTES // 4 else 4 if k <= PASS_BYTES // 2 else 2
        fits = {"a": not self._gathers and m <= max(slots // 2, 2) * self._chip.array_rows,
                "b": n <= slots * self._chip.array_columns}
        self._kept = {name: (self._told(name), matrix) for name, matrix in (("a", a), ("b", b))
                      if fits[name] and k <= PASS_BYTES}

    def _sizes(self):
        return self.values["m"] & 0xFFFF, self.values["n"] & 0xFFFF, self.values["k"] & 0xFFFF

    @property
    def _gathers(self):
        return self.field("patch", "piece_bytes") != 0

    def _a_shape(self):
        """Rows and bytes of what lies at a_address."""
        m, _, k = self._sizes()
        if self._gathers:
            return self.field("image", "lines"), self.field("image", "line_bytes")
        return (k, m) if self.field("format", "a_transposed") else (m, k)

    def _b_shape(self):
        _, n, k = self._sizes()
        return (k, n) if self.field("format", "b_transposed") else (n, k)

    def operands(self):
        v, (m, n, _) = self.values, self._sizes()
        (a_rows, a_bytes), (b_rows, b_bytes) = self._a_shape(), self._b_shape()
        arrays = ["bias_address"] if v["bias_address"] else []
        addends = [(v["addend_address"], 4 * n, m, v["addend_stride"], "read")] \
            if v["addend_address"] else []
        if self.field("format", "output") and self.field("format", "per_channel"):
            arrays += ["multiplier_address", "shift_address"]
        width = n if self.field("format", "output") else 4 * n
        return [(v["a_address"], a_bytes, a_rows, v["a_stride"], "read"),
                (v["b_address"], b_bytes, b_rows, v["b_stride"], "read"),
                *((v[name], 4 * n, 1, 0, "read") for name in arrays), *addends,
                (v["c_address"], width, m, v["c_stride"], "write")]

    def _matrix(self, operand, rows, columns):
        kind = np.uint8 if self.field("format", f"{operand}_unsigned") else np.int8
        return np.frombuffer(self.rows(self.values[f"{operand}_address"], columns, rows,
                                       self.values[f"{operand}_stride"]),
                             dtype=kind).reshape(rows, columns)

    def _b(self):
        b = self._matrix("b", *self._b_shape())
        return b.T if self.field("format", "b_transposed") else b

    def _a(self, column_offset):
        """A, as the tile of columns sees it whose image begins ``column_offset`` further right."""
        a = self._matrix("a", *self._a_shape())
        if not self._gathers:
            return a.T if self.field("format", "a_transposed") else a
        m, _, k = self._sizes()
        return gather(
            a, m=m, k=k, padding=self.field("zero_points", "a"), column_offset=column_offset,
            piece_bytes=self.field("patch", "piece_bytes"), pieces=self.field("patch", "pieces"),
            piece_step=self.field("piece_step"), line_step=self.field("patch", "line_step"),
            per_line=self.field("outputs", "per_line"), step=self.field("outputs", "step"),
            left=self.field("padding", "left"), top=self.field("padding", "top"))

    def _addend(self):
        m, n, _ = self._sizes()
        return np.frombuffer(self.rows(self.values["addend_address"], 4 * n, m,
                                       self.values["addend_stride"]), dtype="<i4").reshape(m, n)

    def _words(self, name, count):
        return np.frombuffer(self._chip.space.read(self.values[name], 4 * count), dtype=np.int32)

    def compute(self):
        v, (_, n, _) = self.values, self._sizes()
        options = {"a_zero": self.field("zero_points", "a"),
                   "b_zero": self.field("zero_points", "b")}
        b, channels = self._kept["b"][1] if self.field("format", "keep_b") else self._b(), {}
        if v["bias_address"]:
            channels["bias"] = self._words("bias_address", n)
        if v["addend_address"]:
            channels["addend"] = self._addend()
        if output := self.field("format", "output"):
            per_channel = self.field("format", "per_channel")
            c_zero = self.field("zero_points", "c")
            minimum, maximum = (self.field("clamp", name) for name in ("minimum", "maximum"))
            channels |= {
                "multiplier": self._words("multiplier_address", n) & 0x7FFF_FFFF,
                "shift": (self._words("shift_address", n) & 63 ^ 32) - 32,
            } if per_channel else {
                "multiplier": np.full(n, v["multiplier"]),
                "shift": np.full(n, self.field("shift")),
            }
            options |= {
                "c_zero": c_zero & 0xFF if output == 2 else c_zero,
                "minimum": minimum & 0xFF if output == 2 else minimum,
                "maximum": maximum & 0xFF if output == 2 else maximum,
                "rounding": ("double", "single")[self.field("format", "rounding")]}
        step = self.field("column_step") if self._gathers else 0
        width = self._chip.array_columns if step else n
        kept_a = self._kept["a"][1] if self.field("format", "keep_a") else None
        self._keep(self._a(0) if kept_a is None else kept_a, b)
        for start in range(0, n, width):
            columns = slice(start, start + width)
            a = self._a(start // width * step) if kept_a is None else kept_a
            result = matmul(a, b[columns], **options,
                            **{name: values[..., columns] for name, values in channels.items()})
            for number, row in enumerate(result):
                self._chip.space.write(
                    v["c_address"] + number * v["c_stride"] + start * row.itemsize, row.tobytes())


class _Keccak(_Coprocessor):
    @property
    def _count(self):
        return max(self.field("count"), 1)

    def is_legal(self):
        """Whether rate and domain are, and no state is shared by many messages."""
        domain = 1 if self.field("mode", "no_pad") else self.field("mode", "domain")
        uses_state = self.field("mode", "load_state") or self.field("mode", "store_state")
        return (self.field("mode", "rate_lanes") in range(1, LANES) and domain in range(1, 0x80)
                and not (uses_state and self._count > 1))

    def operands(self):
        v = self.values
        states = [(v["state"], STATE_BYTES, 1, 0, right)
                  for name, right in (("load_state", "read"), ("store_state", "write"))
                  if self.field("mode", name)]
        return [(v["source"], v["length"], self._count, v["source_stride"], "read"),
                (v["destination"], v["output_length"], self._count, v["destination_stride"],
                 "write"), *states]

    def compute(self):
        v, space = self.values, self._chip.space
        state = (space.read(v["state"], STATE_BYTES) if self.field("mode", "load_state")
                 else ZERO_STATE)
        for number in range(self._count):
            message = space.read(v["source"] + number * v["source_stride"], v["length"]) \
                if v["length"] else b""
            output, after = sponge_from(
                state, message, rate_bytes=LANE_BYTES * self.field("mode", "rate_lanes"),
                domain=None if self.field("mode", "no_pad") else self.field("mode", "domain"),
                output_bytes=v["output_length"],
                rounds=12 if self.field("mode", "rounds12") else 24)
            space.write(v["destination"] + number * v["destination_stride"], output)
            if self.field("mode", "store_state"):
                space.write(v["state"], after)


class Chip:
    """The chip of ``configuration`` with ``hart`` at its reset vector; `run` executes.

    Members: space (AddressSpace), hart (Hart), uart, system, coprocessors (list in the order of
        numbers), array_rows, array_columns (int, of the matmul array).
    """

    def __init__(self, configuration):
        self.map = memory_map(configuration)
        self.array_rows = configuration.array_rows
        self.array_columns = configuration.array_columns
        tables = self.map.tables
        self.uart = _Uart(tables["uart"])
        self.system = _System(tables["system"])
        self.system.values |= {
            "clock_hz": configuration.clock_hz, "itcm_bytes": configuration.itcm_bytes,
            "ram_bytes": configuration.ram_bytes,
            "features": configuration.array_rows | configuration.array_columns << 8
            | configuration.requantizer_lanes << 16 | configuration.debug << 24
            | configuration.network_jobs << 25}
        self._clint = _Clint(tables["clint"], self)
        kinds = {"matmul": _Matmul, "keccak": _Keccak}
        self.coprocessors = [kinds[name](tables[name], self) for name in COPROCESSORS]
        blocks = {"uart": self.uart, "system": self.system, "clint": self._clint,
                  "gpio": _Block(tables["gpio"]), **dict(zip(COPROCESSORS, self.coprocessors))}
        regions = [Memory(r.name, r.base, r.size, executable=r.name == "itcm",
                          writable=r.name != "external") for r in self.map.memories]
        for name, block in blocks.items():
            region = self.map.device(name)
            regions.append(Device(name, region.base, region.size, read=block.load,
                                  write=self._writer(block)))
        self.space = AddressSpace(regions)
        self.hart = Hart(self.space, reset_vector=self.map.itcm.base,
                         extensions=configuration.extensions,
                         pmp_entries=configuration.pmp_entries)

    def _writer(self, block):
        """Stores to ``block``, which change the interrupt lines at once."""
        def write(offset, size, value):
            block.store(offset, size, value)
            self.hart.csrs.lines = self._lines()
        return write

    def _lines(self):
        lines = self._clint.lines()
        for name, block in zip(COPROCESSORS, self.coprocessors):
            lines |= block.lines() << FAST_INTERRUPTS[FAST_NAMES.index(name)]
        return lines

    def run(self, limit):
        """Runs until the program ends or ``limit`` instructions are over; returns a `Result`."""
        hart, code = self.hart, None
        try:
            for _ in range(0, limit, _STEP_INSTRUCTIONS):
                hart.csrs.lines = self._lines()
                hart.run(_STEP_INSTRUCTIONS)
                hart.waiting = False
        except _Exit as end:
            code = end.args[0]
        return Result(code, self.uart.sent.decode(errors="replace"), hart.csrs.retired, self)


def run_elf(path, configuration, *, boot_code=None, limit=20_000_000, prepare=lambda chip: None):
    """Runs the program in the ELF file ``path``; returns a `Result`.

    With ``boot_code`` it starts as on the chip, at the reset vector; without, at its entry.
    ``prepare`` is called with the loaded chip before it starts.
    """
    chip = Chip(configuration)
    with Path(path).open("rb") as stream:
        elf = ELFFile(stream)
        for segment in elf.iter_segments("PT_LOAD"):
            if segment["p_filesz"]:
                chip.space.write(segment["p_paddr"], segment.data())
        entry = elf["e_entry"]
    if boot_code is None:
        chip.hart.pc = entry
    else:
        chip.space.write(chip.map.itcm.base, boot_code)
        chip.space.write(chip.map.itcm.base + BOOT_RECORD_OFFSET,
                         struct.pack("<II", BOOT_RECORD_MAGIC, entry))
    prepare(chip)
    return chip.run(limit)
