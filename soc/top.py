"""The chip: core, memories, register bus, peripherals and coprocessors."""

from amaranth.hdl import Cat, ClockDomain, ClockSignal, DomainRenamer, Module, ResetSignal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from cpu.core import Core
from cpu.ports import RvfiSignature
from soc.clock_gate import CLOCK_GATE_VERILOG, ClockGate
from soc.coprocessors import COPROCESSOR_TABLES, make_coprocessor
from soc.debug.attach import attach_debug
from soc.debug.tap import Tap
from soc.dma_arbiter import DmaArbiter
from soc.fabric.external import ExternalPortSignature
from soc.memory.attach import attach_memories
from soc.memory.dma_split import DmaSplit
from soc.memory.external_slots import ExternalSlots
from soc.peripherals.gpio import Gpio
from soc.peripherals.system import System
from soc.peripherals.timer import Timer
from soc.peripherals.uart import Uart
from soc.register_bus import RegisterBus
from soc.soc_map import FAST_INTERRUPTS, RESET_VECTOR, memory_map
from soc.verilog import synthesizable_verilog

__all__ = ["Soc", "soc_verilog"]


class Soc(wiring.Component):
    """The whole chip.

    Parameters:
        configuration : Configuration
        itcm_image    : bytes, what the instruction memory holds after configuration of the FPGA.
        scan_chain    : a component with ``scan``: Out(ScanSignature()), through which a debugger
            comes; or None, for a `Tap` with pins. Without a debug port there is neither.
    Members:
        clk, rst : In(1), clock and synchronous reset. The debug port is not reset.
        uart_tx : Out(1), uart_rx : In(1), leds : Out(8), buttons : In(8); the inputs may be
            asynchronous.
        exited : Out(1), the program has ended, with exit_code : Out(32).
        sleeping : Out(1), the core waits for an interrupt.
        rvfi : Out(RvfiSignature()), what the core retires.
        tck, tms, tdi : In(1), tdo : Out(1), see `Tap`.
        halted : Out(1), a debugger has halted the core; only with a debug port.
        external : Out(ExternalPortSignature(...)), only with external memory.
        <coprocessor>.observe : Out(ObserveSignature(...)), for the simulation.
    The arrays of the memories are ``itcm.words``, ``ram.low.words`` and ``ram.high.words``.
    """

    def __init__(self, configuration, itcm_image=b"", *, scan_chain=None):
        self._configuration = configuration
        self._itcm_image = itcm_image
        self._map = memory_map(configuration)
        self._scan_chain = scan_chain
        debug_members = {}
        if configuration.debug:
            debug_members = {"halted": Out(1)}
            if scan_chain is None:
                debug_members |= {"tck": In(1), "tms": In(1, init=1), "tdi": In(1), "tdo": Out(1)}
        external_members = {}
        if self._map.external:
            external_members = {"external": Out(
                ExternalPortSignature(size_bytes=self._map.external.size))}
        self._coprocessors = {name: make_coprocessor(name, configuration, self._map)
                              for name in COPROCESSOR_TABLES}
        super().__init__({
            "clk": In(1), "rst": In(1),
            "uart_tx": Out(1, init=1),
            "uart_rx": In(1, init=1),
            "leds": Out(8),
            "buttons": In(8),
            "exited": Out(1),
            "exit_code": Out(32),
            "sleeping": Out(1),
            "rvfi": Out(RvfiSignature()),
            **debug_members,
            **external_members,
            **{name: Out(wiring.Signature({"observe": coprocessor.signature.members["observe"]}))
               for name, coprocessor in self._coprocessors.items()},
        })

    def elaborate(self, platform):
        m = Module()
        chip = self._map
        has_debug = self._configuration.debug
        m.domains.sync = ClockDomain(local=True)
        m.submodules.core = core = Core(
            itcm=chip.itcm, ram=chip.ram, devices=chip.devices, reset_vector=RESET_VECTOR,
            extensions=self._configuration.extensions,
            pmp_entries=self._configuration.pmp_entries,
            debug_words=chip.program_end if has_debug else None, external=chip.external,
            external_wait_cycles=self._configuration.external_timing.load_wait_cycles)
        connect(m, flipped(self.rvfi), core.rvfi)
        m.d.comb += self.sleeping.eq(core.sleeping)
        debug = self._add_debug(m, core) if has_debug else None
        m.d.comb += [ClockSignal().eq(self.clk),
                     ResetSignal().eq(self.rst | debug.ndmreset if debug else self.rst)]
        ram = attach_memories(m, core, itcm=chip.itcm, ram=chip.ram, itcm_image=self._itcm_image,
                              itcm_port=debug and debug.itcm)
        blocks = {**self._peripherals(m, core), **self._coprocessors}
        self._connect_coprocessors(m, core, ram, debug)
        m.submodules.register_bus = register_bus = RegisterBus(chip.devices)
        connect(m, debug.bus if debug else core.bus, register_bus.bus)
        if debug:
            m.d.comb += debug.locked.eq(blocks["system"].debug_locked)
        for number, region in enumerate(chip.devices):
            register_bus.attach(m, number, blocks[region.name])
        m.d.comb += core.fast_interrupts.eq(
            Cat(blocks[name].interrupt for name in FAST_INTERRUPTS))
        return m

    def _peripherals(self, m, core):
        """Adds the peripherals; returns {name: component}."""
        m.submodules.clint = timer = Timer()
        m.submodules.system = system = System(self._configuration)
        m.submodules.uart = uart = Uart(divisor=self._configuration.uart_divisor)
        m.submodules.gpio = gpio = Gpio()
        m.d.comb += [
            core.time.eq(timer.time),
            core.timer_interrupt.eq(timer.timer_interrupt),
            core.software_interrupt.eq(timer.software_interrupt),
            self.exited.eq(system.exited),
            self.exit_code.eq(system.code),
            self.uart_tx.eq(uart.tx),
            uart.rx.eq(self.uart_rx),
            self.leds.eq(gpio.leds),
            gpio.buttons.eq(self.buttons),
        ]
        return {"clint": timer, "system": system, "uart": uart, "gpio": gpio}

    def _add_debug(self, m, core):
        """Adds the debug port, which no reset reaches; returns the `DebugModule`."""
        chip = self._map
        m.domains.debug = ClockDomain(local=True, reset_less=True)
        m.d.comb += ClockSignal("debug").eq(self.clk)
        chain = self._scan_chain or Tap()
        module = attach_debug(m, core, chain, itcm=chip.itcm, ram=chip.ram, devices=chip.devices,
                              words=chip.program_end)
        m.d.comb += self.halted.eq(core.debug.parked)
        if self._scan_chain is None:
            m.d.comb += [chain.tck.eq(self.tck), chain.tms.eq(self.tms), chain.tdi.eq(self.tdi),
                         self.tdo.eq(chain.tdo)]
        return module

    def _connect_coprocessors(self, m, core, ram, debug):
        """Adds the coprocessors, with DMA to memory, and tells each how far the others are."""
        coprocessors = self._coprocessors
        m.submodules.dma_arbiter = arbiter = DmaArbiter(
            ports=len(coprocessors) + (debug is not None), ram_bytes=self._map.ram.size,
            background=int(debug is not None))
        connect(m, arbiter.memory, ram.dma)
        if debug:
            self._connect_dma(m, debug.dma, arbiter.ports[-1], ResetSignal())
        ports = [arbiter.ports[number] for number in range(len(coprocessors))]
        if self._map.external:
            ports = self._add_external(m, core, ports)
        for port, (name, coprocessor) in zip(ports, coprocessors.items()):
            self._add_gated(m, name, coprocessor)
            self._connect_dma(m, coprocessor.dma, port, ResetSignal(name))
            # Amaranth cannot flip an interface that has an array in it.
            outside, inside = getattr(self, name).observe, coprocessor.observe
            m.d.comb += [target.eq(source) for (_, _, target), (_, _, source) in zip(
                outside.signature.flatten(outside), inside.signature.flatten(inside))]
            for progress, source in zip(coprocessor.dependencies, coprocessors.values()):
                m.d.comb += [getattr(progress, member).eq(getattr(source, member))
                             for member in ("submitted", "completed", "failed")]

    def _add_external(self, m, core, ports):
        """Adds the way to the external memory; returns what stands before each of ``ports``."""
        region = self._map.external
        m.submodules.external_slots = slots = ExternalSlots(
            size_bytes=region.size, timing=self._configuration.external_timing, ports=len(ports))
        connect(m, core.external, slots.core)
        connect(m, slots.memory, flipped(self.external))
        splits = [DmaSplit(external=region) for _ in ports]
        for number, (split, port) in enumerate(zip(splits, ports)):
            m.submodules[f"dma_split{number}"] = split
            connect(m, split.ram, port)
            connect(m, split.external, slots.ports[number])
        return [split.requester for split in splits]

    @staticmethod
    def _connect_dma(m, dma, port, reset):
        """Connects ``dma`` to a port of the arbiter, but for a request that is made in ``reset``.

        The arbiter is out of reset one cycle before a coprocessor, which in that cycle may still
        ask for what it did before.
        """
        m.d.comb += [
            port.request.valid.eq(dma.request.valid & ~reset),
            port.request.payload.eq(dma.request.payload),
            dma.request.ready.eq(port.request.ready),
            dma.response_valid.eq(port.response_valid),
            dma.response_data.eq(port.response_data),
        ]

    def _add_gated(self, m, name, coprocessor):
        """Adds a coprocessor, with a clock of its own that stops while it is idle."""
        m.domains += ClockDomain(name, local=True)
        m.submodules[name] = DomainRenamer(name)(coprocessor)
        m.submodules[f"{name}_clock"] = gate = ClockGate(name)
        m.d.comb += gate.wake.eq(
            coprocessor.active | (coprocessor.bus.present & coprocessor.select.any()))


def soc_verilog(configuration, itcm_image=b"", *, name="gluechip", scan_chain=None):
    """The Verilog of a `Soc` with top module ``name``; the same text for equal arguments."""
    chip = Soc(configuration, itcm_image, scan_chain=scan_chain)
    return synthesizable_verilog(chip, name) + CLOCK_GATE_VERILOG
