"""The peripherals behind the register bus: serial line, timer, buttons and LEDs, system block."""

import random

import cocotb
import pytest
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge


from sim.harness import run_cocotb
from sim.peripheral_bench import PeripheralBench
from sim.uart import UartSink, UartSource
from soc.configuration import preset
from soc.fabric.bus import BUS_OUTPUTS, READ_LATENCY
from soc.peripherals.uart import FIFO_BYTES, MINIMUM_DIVISOR, Uart
from soc.soc_map import memory_map

CONFIGURATION = preset("small", debug=True, clock_hz=12_345_678, uart_divisor=7)
MAP = memory_map(CONFIGURATION)


def _address(block, register):
    return MAP.device(block).base + MAP.tables[block].register(register).offset


def _fields(block, register, word):
    """{field: value} of a register's word."""
    return {f.name: word >> bit & ((1 << f.width) - 1)
            for bit, f in MAP.tables[block].register(register).placed_fields()}


class _Bus:
    """Accesses in the core's place; everything is driven at the falling edge."""

    def __init__(self, dut):
        self.dut, self.machine = dut, 1

    async def start(self):
        dut = self.dut
        for name in BUS_OUTPUTS:
            getattr(dut, f"bus__{name}").value = 0
        dut.uart_rx.value, dut.gpio_buttons.value, dut.rst.value = 1, 0, 1
        Clock(dut.clk, 10, unit="ns").start()
        await ClockCycles(dut.clk, 3)
        await FallingEdge(dut.clk)
        dut.rst.value = 0

    async def _request(self, address, write, data=0, enable=15):
        dut = self.dut
        dut.bus__present.value = 1
        dut.bus__request.value, dut.bus__write.value = 1, write
        dut.bus__address.value, dut.bus__machine.value = address, self.machine
        dut.bus__write_data.value, dut.bus__byte_enable.value = data, enable
        await FallingEdge(dut.clk)
        dut.bus__present.value = dut.bus__request.value = 0

    async def write(self, block, register, data, enable=15):
        await self._request(_address(block, register), 1, data, enable)

    async def read_address(self, address):
        await self._request(address, 0)
        for _ in range(READ_LATENCY - 1):
            await FallingEdge(self.dut.clk)
        return self.dut.bus__read_data.value.to_unsigned()

    async def read(self, block, register):
        return await self.read_address(_address(block, register))

    async def fields(self, block, register):
        return _fields(block, register, await self.read(block, register))


@cocotb.test(timeout_time=100, timeout_unit="us")
async def system_tells_the_configuration(dut):
    bus = _Bus(dut)
    await bus.start()
    assert await bus.read("system", "id") == 0x4743_5031
    assert await bus.fields("system", "version") == {"major": 0, "minor": 2}
    assert await bus.read("system", "clock_hz") == 12_345_678
    assert await bus.read("system", "itcm_bytes") == 32768
    assert await bus.read("system", "ram_bytes") == 32768
    assert await bus.fields("system", "features") == {
        "array_rows": 4, "array_columns": 4, "requantizer_lanes": 1, "debug": 1,
        "network_jobs": 0}
    await bus.write("system", "scratch", 0x1234_5678)
    await bus.write("system", "scratch", 0xAABB_CCDD, enable=0b0110)
    assert await bus.read("system", "scratch") == 0x12BB_CC78


@cocotb.test(timeout_time=100, timeout_unit="us")
async def machine_mode_locks_the_debug_port_until_reset(dut):
    bus = _Bus(dut)
    await bus.start()
    bus.machine = 0
    await bus.write("system", "debug_lock", 1)
    assert (dut.system_debug_locked.value, await bus.read("system", "debug_lock")) == (0, 0)
    bus.machine = 1
    await bus.write("system", "debug_lock", 0xFFFF_FFFE)
    assert dut.system_debug_locked.value == 0
    await bus.write("system", "debug_lock", 1)
    await bus.write("system", "debug_lock", 0)
    assert (dut.system_debug_locked.value, await bus.read("system", "debug_lock")) == (1, 1)
    await bus.start()
    assert dut.system_debug_locked.value == 0


@cocotb.test(timeout_time=100, timeout_unit="us")
async def only_the_first_exit_counts(dut):
    bus = _Bus(dut)
    await bus.start()
    assert (dut.system_exited.value, await bus.read("system", "exited")) == (0, 0)
    await bus.write("system", "exit", 0xDEAD_BEEF)
    assert (dut.system_exited.value, dut.system_code.value) == (1, 0xDEAD_BEEF)
    await bus.write("system", "exit", 1)
    assert dut.system_code.value == 0xDEAD_BEEF
    assert await bus.read("system", "exited") == 1


@cocotb.test(timeout_time=100, timeout_unit="us")
async def bus_answers_one_block_a_cycle_in_order(dut):
    """Reads in consecutive cycles, of registers, of holes in blocks and of holes in the map."""
    bus = _Bus(dut)
    await bus.start()
    await bus.write("gpio", "leds", 0xA5)
    expected = {_address("system", "id"): 0x4743_5031, _address("gpio", "leds"): 0xA5,
                _address("uart", "divisor"): 7, _address("clint", "mtimecmp_low"): 0xFFFF_FFFF,
                MAP.device("uart").base + 0x800: 0, MAP.device("clint").base + 0x8000: 0,
                MAP.device("gpio").base + 0x1000: 0, 0: 0, 0x1100_0000: 0}
    addresses = random.sample(sorted(expected), len(expected)) * 3
    dut.bus__present.value = 1
    dut.bus__request.value, dut.bus__write.value = 1, 0
    answers = []
    for cycle in range(len(addresses) + READ_LATENCY):
        if cycle >= READ_LATENCY:
            answers.append(dut.bus__read_data.value.to_unsigned())
        dut.bus__address.value = addresses[min(cycle, len(addresses) - 1)]
        await FallingEdge(dut.clk)
    dut.bus__present.value = dut.bus__request.value = 0
    assert answers == [expected[address] for address in addresses]


@cocotb.test(timeout_time=100, timeout_unit="us")
async def leds_and_buttons(dut):
    bus = _Bus(dut)
    await bus.start()
    for value in (0, 0xFF, 0x5A):
        await bus.write("gpio", "leds", value)
        assert dut.gpio_leds.value == value
    await bus.write("gpio", "interrupt_enable", 0x10)
    dut.gpio_buttons.value = 0x81
    await ClockCycles(dut.clk, 4)
    await FallingEdge(dut.clk)
    assert await bus.read("gpio", "buttons") == 0x81
    assert await bus.read("gpio", "buttons_changed") == 0x81
    assert dut.gpio_interrupt.value == 0
    dut.gpio_buttons.value = 0x91
    await ClockCycles(dut.clk, 3)
    await FallingEdge(dut.clk)
    assert dut.gpio_interrupt.value == 1
    await bus.write("gpio", "buttons_changed", 0x90)
    assert dut.gpio_interrupt.value == 0
    assert await bus.read("gpio", "buttons_changed") == 0x01
    dut.gpio_buttons.value = 0x81
    await ClockCycles(dut.clk, 5)
    await FallingEdge(dut.clk)
    assert dut.gpio_interrupt.value == 1


@cocotb.test(timeout_time=100, timeout_unit="us")
async def timer_counts_cycles_and_compares(dut):
    bus = _Bus(dut)
    await bus.start()
    first = await bus.read("clint", "mtime_low")
    assert await bus.read("clint", "mtime_low") == first + READ_LATENCY
    # A deadline beyond a carry: one write at a time, no interrupt in between.
    await bus.write("clint", "mtime_low", 0)
    await bus.write("clint", "mtime_high", 5)
    await bus.write("clint", "mtime_low", 0xFFFF_FFF0)
    await bus.write("clint", "mtimecmp_high", 6)
    await bus.write("clint", "mtimecmp_low", 4)
    seen = []
    for _ in range(40):
        seen.append((dut.clint_time.value.to_unsigned(), int(dut.clint_timer_interrupt.value)))
        await FallingEdge(dut.clk)
    assert [time for time, _ in seen] == list(range(seen[0][0], seen[0][0] + 40))
    assert seen[0][0] < 6 << 32 < seen[-1][0]
    assert [pending for _, pending in seen] == [time >= (6 << 32) + 4 + 2 for time, _ in seen]
    await bus.write("clint", "mtimecmp_high", 7)
    await ClockCycles(dut.clk, 2)
    await FallingEdge(dut.clk)
    assert dut.clint_timer_interrupt.value == 0
    assert await bus.read("clint", "mtime_high") == 6
    assert dut.clint_software_interrupt.value == 0
    await bus.write("clint", "msip", 0xFFFF_FFFF)
    assert dut.clint_software_interrupt.value == 1
    assert await bus.read("clint", "msip") == 1
    await bus.write("clint", "msip", 0)
    assert dut.clint_software_interrupt.value == 0


@cocotb.test(timeout_time=100, timeout_unit="us")
async def carry_survives_a_write_to_the_other_half(dut):
    bus = _Bus(dut)
    await bus.start()
    await bus.write("clint", "mtime_low", 0xFFFF_FFFF)
    await bus.write("clint", "mtime_low", 0x10)  # in the very cycle of the carry
    assert dut.clint_time.value == (1 << 32) + 0x10
    await bus.write("clint", "mtime_high", 0xAB, enable=0b0001)
    assert dut.clint_time.value == (0xAB << 32) + 0x11


async def _receive(bus):
    """All bytes that wait in the receive FIFO."""
    content = bytearray()
    while (got := await bus.fields("uart", "receive"))["valid"]:
        content.append(got["data"])
        await bus.write("uart", "receive_pop", 1)
    return bytes(content)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def serial_loopback_at_random_speeds(dut):
    bus = _Bus(dut)
    await bus.start()
    assert await bus.read("uart", "divisor") == CONFIGURATION.uart_divisor
    for divisor in (MINIMUM_DIVISOR, 5, *(random.randint(6, 60) for _ in range(4)), 433):
        await bus.write("uart", "divisor", divisor)
        await FallingEdge(dut.clk)
        sink = UartSink(dut.clk, dut.uart_tx, divisor)
        running = cocotb.start_soon(sink.run())
        source = UartSource(dut.clk, dut.uart_rx, divisor)
        count = FIFO_BYTES if divisor < 100 else 2
        out = bytes([0x00, 0xFF, *random.randbytes(count - 2)])
        back = random.randbytes(count)
        sending = cocotb.start_soon(source.send(back))
        for byte in out:
            await bus.write("uart", "transmit", byte)
        assert not (await bus.fields("uart", "status"))["tx_idle"]
        await sending
        while not (await bus.fields("uart", "status"))["tx_idle"]:
            pass
        await ClockCycles(dut.clk, divisor)
        await FallingEdge(dut.clk)
        running.cancel()
        assert (bytes(sink.received), sink.errors) == (out, 0), f"divisor {divisor}"
        assert await _receive(bus) == back, f"divisor {divisor}"
        status = await bus.fields("uart", "status")
        assert not status["rx_overflow"] and not status["frame_error"], f"divisor {divisor}"


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def serial_clock_may_differ_by_three_percent(dut):
    bus = _Bus(dut)
    await bus.start()
    await bus.write("uart", "divisor", 50)
    for divisor in (48.5, 51.5):
        content = random.randbytes(8)
        await UartSource(dut.clk, dut.uart_rx, divisor).send(content)
        await ClockCycles(dut.clk, 100)
        await FallingEdge(dut.clk)
        assert await _receive(bus) == content


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def serial_fifos_overflow_and_interrupt(dut):
    bus = _Bus(dut)
    await bus.start()
    source = UartSource(dut.clk, dut.uart_rx, 7)
    sink = UartSink(dut.clk, dut.uart_tx, 7)
    cocotb.start_soon(sink.run())
    await bus.write("uart", "interrupt_enable", 0b001)
    assert dut.uart_interrupt.value == 0
    content = random.randbytes(FIFO_BYTES + 2)
    await source.send(content)
    await ClockCycles(dut.clk, 20)
    await FallingEdge(dut.clk)
    assert dut.uart_interrupt.value == 1
    await bus.write("uart", "interrupt_enable", 0b100)
    assert dut.uart_interrupt.value == 1
    assert (await bus.fields("uart", "status"))["rx_overflow"] == 1
    mask = 1 << {f.name: bit for bit, f in
                 MAP.tables["uart"].register("status").placed_fields()}["rx_overflow"]
    await bus.write("uart", "status", mask)
    assert dut.uart_interrupt.value == 0
    assert await _receive(bus) == content[:FIFO_BYTES]
    await bus.write("uart", "interrupt_enable", 0b010)
    assert dut.uart_interrupt.value == 1
    # One byte goes to the line at once; of the rest, 16 fit.
    out = random.randbytes(FIFO_BYTES + 3)
    for byte in out:
        await bus.write("uart", "transmit", byte)
    assert dut.uart_interrupt.value == 0
    status = await bus.fields("uart", "status")
    assert status["tx_overflow"] and status["tx_full"] and not status["tx_empty"]
    while not (await bus.fields("uart", "status"))["tx_idle"]:
        pass
    await ClockCycles(dut.clk, 10)
    assert bytes(sink.received) == out[:FIFO_BYTES + 1]


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def serial_errors_lose_one_byte_only(dut):
    bus = _Bus(dut)
    await bus.start()
    source = UartSource(dut.clk, dut.uart_rx, 7)
    dut.uart_rx.value = 0  # a glitch shorter than half a bit is no start bit
    await ClockCycles(dut.clk, 2)
    dut.uart_rx.value = 1
    await ClockCycles(dut.clk, 100)
    await source.send(b"\x55", stop=0)
    await ClockCycles(dut.clk, 20)
    await source.send(b"\xA7")
    await ClockCycles(dut.clk, 20)
    await FallingEdge(dut.clk)
    assert (await bus.fields("uart", "status"))["frame_error"] == 1
    assert await _receive(bus) == b"\xA7"


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def small_divisor_counts_as_the_smallest(dut):
    bus = _Bus(dut)
    await bus.start()
    await bus.write("uart", "divisor", 0)
    await FallingEdge(dut.clk)
    sink = UartSink(dut.clk, dut.uart_tx, MINIMUM_DIVISOR)
    cocotb.start_soon(sink.run())
    await bus.write("uart", "transmit", 0x4B)
    await ClockCycles(dut.clk, 12 * MINIMUM_DIVISOR)
    assert bytes(sink.received) == b"\x4B"


def test_gateware():
    run_cocotb(PeripheralBench(CONFIGURATION), __name__, name="peripherals")


class _SlowUart(Uart):
    """A mutant: each bit lasts one cycle too long."""

    def _transmitter(self, m, fifo, last_cycle, sending):
        super()._transmitter(m, fifo, (last_cycle + 1)[:16], sending)


def test_mutant_slow_transmitter(monkeypatch):
    monkeypatch.setattr("sim.peripheral_bench.Uart", _SlowUart)
    with pytest.raises(AssertionError, match="serial_loopback_at_random_speeds"):
        run_cocotb(PeripheralBench(CONFIGURATION), __name__, name="peripherals",
                   testcase="serial_loopback_at_random_speeds")


@pytest.mark.parametrize("divisor", [MINIMUM_DIVISOR - 1, 65536])
def test_illegal_divisor_is_rejected(divisor):
    with pytest.raises(ValueError, match=f"must be from 4 to 65535 cycles a bit, not {divisor}"):
        Uart(divisor=divisor)
