"""The values that flow through the plugin: frozen, and free of behaviour that could fail."""

from pytest_speedup.model.base_env import BaseEnv, DeclaredEnv, GivenEnv, InstallEnv, SameEnv
from pytest_speedup.model.cell import Cell, cell_name, short_name
from pytest_speedup.model.estimate import Estimate
from pytest_speedup.model.floors import NO_FLOORS, Floors
from pytest_speedup.model.history import History, Move
from pytest_speedup.model.machine import Cpus, Machine
from pytest_speedup.model.outcome import GRAVEST_FIRST, Fails, Outcome, State
from pytest_speedup.model.proved import ProvedRun, ProvedSide
from pytest_speedup.model.reading import Reading, Readings, SavedCell
from pytest_speedup.model.report import MARK, CellReport, Measurement, RunReport
from pytest_speedup.model.round import Round, Turn
from pytest_speedup.model.samples import (
    KERNEL_PARALLEL,
    KERNEL_SERIAL,
    PARALLEL,
    SERIAL,
    Bound,
    Ceiling,
    Samples,
    Summary,
)
from pytest_speedup.model.shown import shown
from pytest_speedup.model.sides import (
    BASE,
    CONTROL_TURN,
    HEAD,
    KERNEL_TURN,
    TWIN,
    arm_of,
    control_turn,
    kernel_turn,
    split_turn,
)
from pytest_speedup.model.standing import Kind, Standing
from pytest_speedup.model.step import Step
from pytest_speedup.model.verdict import CounterChange, Verdict

__all__ = [
    "BASE",
    "CONTROL_TURN",
    "GRAVEST_FIRST",
    "HEAD",
    "KERNEL_PARALLEL",
    "KERNEL_SERIAL",
    "KERNEL_TURN",
    "MARK",
    "NO_FLOORS",
    "PARALLEL",
    "SERIAL",
    "TWIN",
    "BaseEnv",
    "Bound",
    "Ceiling",
    "Cell",
    "CellReport",
    "CounterChange",
    "Cpus",
    "DeclaredEnv",
    "Estimate",
    "Fails",
    "Floors",
    "GivenEnv",
    "History",
    "InstallEnv",
    "Kind",
    "Machine",
    "Measurement",
    "Move",
    "Outcome",
    "ProvedRun",
    "ProvedSide",
    "Reading",
    "Readings",
    "Round",
    "RunReport",
    "SameEnv",
    "Samples",
    "SavedCell",
    "Standing",
    "State",
    "Step",
    "Summary",
    "Turn",
    "Verdict",
    "arm_of",
    "cell_name",
    "control_turn",
    "kernel_turn",
    "short_name",
    "shown",
    "split_turn",
]
