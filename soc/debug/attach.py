"""The debug port beside a core: from the scan chain to registers, ITCM and register bus."""

from amaranth.hdl import DomainRenamer, ResetSignal
from amaranth.lib.wiring import connect

from soc.debug.module import DebugModule
from soc.debug.transport import Transport

__all__ = ["attach_debug"]


def attach_debug(m, core, chain, *, itcm, ram, devices, words, domain="debug"):
    """Adds a debug port's submodules to ``m`` and connects ``core``; returns the `DebugModule`.

    Its ``itcm``, ``bus``, ``dma``, ``locked`` and ``ndmreset`` are for the caller to connect.

    Parameters: chain : a component with ``scan``: Out(ScanSignature()).
                itcm, ram, devices, words : as `DebugModule` has them.
                domain : str, clock domain of the port, which no reset of ``sync`` should reach.
    """
    transport = Transport()
    module = DebugModule(itcm=itcm, ram=ram, devices=devices, words=words)
    m.submodules.scan_chain, m.submodules.debug_transport, m.submodules.debug_module = map(
        DomainRenamer(domain), (chain, transport, module))
    connect(m, chain.scan, transport.scan)
    connect(m, transport.dmi, module.dmi)
    connect(m, core.debug, module.core)
    connect(m, core.itcm, module.core_itcm)
    connect(m, core.bus, module.core_bus)
    m.d.comb += module.core_reset.eq(ResetSignal())
    return module
