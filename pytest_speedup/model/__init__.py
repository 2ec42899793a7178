"""The values that flow through the plugin: frozen, and free of behaviour that could fail."""

from pytest_speedup.model.cell import Cell, cell_name
from pytest_speedup.model.estimate import Estimate
from pytest_speedup.model.machine import Cpus, Machine
from pytest_speedup.model.round import Round, Turn
from pytest_speedup.model.samples import PARALLEL, SERIAL, Bound, Ceiling, Samples, Summary

__all__ = [
    "PARALLEL",
    "SERIAL",
    "Bound",
    "Ceiling",
    "Cell",
    "Cpus",
    "Estimate",
    "Machine",
    "Round",
    "Samples",
    "Summary",
    "Turn",
    "cell_name",
]
