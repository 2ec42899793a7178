"""Runs of comparisons as a log holds them, made up."""

from __future__ import annotations

from benchmarks.lab.sidebyside import LoggedCell, LoggedRun
from pytest_speedup.model import Bound, Outcome

TIMES = (0.101, 0.1, 0.102, 0.099, 0.1, 0.103, 0.098, 0.1)


def make_cell(outcome: Outcome, ratio: float = 1.0, bound: Bound = Bound.CPU) -> LoggedCell:
    """Head takes ``ratio`` times what the base takes."""
    return LoggedCell(bound, outcome, TIMES, tuple(ratio * time for time in TIMES))


def make_run(variant: str, *cells: LoggedCell, seconds: float = 100.0) -> LoggedRun:
    return LoggedRun(variant, seconds, {f"cell {n}": cell for n, cell in enumerate(cells)})
