"""The core bench with memories of megabytes."""

from amaranth.hdl import ClockSignal, Instance, Signal

from sim.core_bench import CoreBench

__all__ = ["ITCM_BYTES", "PMP_ENTRIES", "RAM_BYTES", "VISIBLE", "LargeBench", "load", "peek",
           "write_memories"]

ITCM_BYTES = 4 << 20  # jal-01 of riscv-arch-test jumps over 1 MiB in both directions
RAM_BYTES = 1 << 20
PMP_ENTRIES = 16

VISIBLE = ("itcm.words", "ram.words")
"""What of it `load` and `peek` must see."""

# Amaranth lists the first value of every word, which no simulator reads in time for a million.
_MEMORY = r"""
module \core_bench.{name} (
    input clk, input fetch_enable, input [{top}:0] fetch_address, output reg [31:0] fetch_data,
    input enable, input write, input [{top}:0] address, input [31:0] write_data,
    input [3:0] byte_enable, output reg [31:0] read_data);
    reg [31:0] words [0:{last}];
    integer n;
    initial for (n = 0; n <= {last}; n = n + 1) words[n] = 0;
    always @(posedge clk) begin
        if (fetch_enable) fetch_data <= words[fetch_address];
        read_data <= enable & ~write ? words[address] : 0;
        for (n = 0; n < 4; n = n + 1)
            if (enable & write & byte_enable[n])
                words[address][8 * n +: 8] <= write_data[8 * n +: 8];
    end
endmodule
"""


class LargeBench(CoreBench):
    """`CoreBench` as "core_bench", with all that the core can have, ITCM_BYTES and RAM_BYTES.

    Its Verilog needs the file that `write_memories` makes.
    """

    def __init__(self):
        super().__init__(itcm_bytes=ITCM_BYTES, ram_bytes=RAM_BYTES, pmp_entries=PMP_ENTRIES)

    def _add_memories(self, m, core):
        for name, port in (("itcm", core.itcm), ("ram", core.ram)):
            fetch = {"i_fetch_enable": core.fetch.enable, "o_fetch_data": core.fetch.data,
                     "i_fetch_address": core.fetch.address[2:]} if name == "itcm" else {
                     "i_fetch_enable": 0}
            word = Signal(32, name=f"{name}_word")
            m.d.comb += port.read_data.eq(word.replicate(len(port.read_data) // 32))
            m.submodules[name] = Instance(
                f"core_bench.{name}", i_clk=ClockSignal(), i_enable=port.enable, i_write=port.write,
                i_address=port.address[2:], i_write_data=port.write_data,
                i_byte_enable=port.byte_enable, o_read_data=word, **fetch)


def write_memories(path):
    """Writes the Verilog of the memories of `LargeBench`; returns ``path``."""
    path.write_text("".join(
        _MEMORY.format(name=name, last=size // 4 - 1, top=(size // 4 - 1).bit_length() - 1)
        for name, size in (("itcm", ITCM_BYTES), ("ram", RAM_BYTES))))
    return path


def _place(dut, bench, address):
    memory = bench.itcm if address in bench.itcm else bench.ram
    return getattr(dut, memory.name).words, (address - memory.base) // 4


def load(dut, bench, address, content):
    """Writes bytes from ``address``, a multiple of 4, on, in no simulated time."""
    words, index = _place(dut, bench, address)
    for offset in range(0, len(content), 4):
        words[index + offset // 4].value = int.from_bytes(content[offset:offset + 4], "little")


def peek(dut, bench, address):
    """The word at ``address``, a multiple of 4."""
    words, index = _place(dut, bench, address)
    return words[index].value.to_unsigned()
