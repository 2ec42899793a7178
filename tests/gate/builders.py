"""Readings and changes made from plain numbers."""

from __future__ import annotations

import math

from pytest_speedup.gate import Change, Deviation, LogEstimate, SavedPolicy
from pytest_speedup.model import Bound, Reading, Readings, SavedCell
from tests.samples import MACHINE, make_cell

DEVIATION = Deviation(run=0.012, block=0.016)
"""Both together are 0.02."""

POLICY = SavedPolicy(
    margin=0.1,
    deviations={(bound, name): DEVIATION for bound in Bound for name in ("thread", "process")},
    deviation_weight=10.0,
    looks=3,
)


def make_readings(
    speedup: float = 2.0,
    *,
    error: float = 0.0,
    ceiling: float | None = None,
    ceiling_error: float = 0.0,
    parallel: float = 1.0,
) -> Readings:
    return Readings(
        Reading(math.log(speedup), error),
        None if ceiling is None else Reading(math.log(ceiling), ceiling_error),
        Reading(math.log(parallel), error),
    )


def make_change(speedup: float, *, error: float = 0.01, parallel: float | None = None) -> Change:
    """A change of speedup; parallel time changes as much the other way, unless told."""
    log = math.log(speedup)
    side = -log if parallel is None else math.log(parallel)
    return Change(LogEstimate(log, error, 30.0), LogEstimate(side, error, 30.0), error / 2)


def make_saved(readings: Readings, run: str = "0001_x.json") -> SavedCell:
    return SavedCell(
        run=run,
        cell=make_cell(),
        begins=False,
        bound=Bound.WAIT,
        machine=MACHINE,
        readings=readings,
    )
