"""Synthesized netlists of ECP5 cells: models of the cells, and a simulator of whole chips."""

from sim.netlist.cells import HIGH, LOW, Tables, read_netlist
from sim.netlist.models import cell_models
from sim.netlist.simulator import Netlist

__all__ = ["HIGH", "LOW", "Netlist", "Tables", "cell_models", "read_netlist"]
