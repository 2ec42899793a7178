"""Readings and changes made from plain numbers."""

from __future__ import annotations

import math

from pytest_speedup.model import Bound, Reading, Readings, SavedCell
from pytest_speedup.verdict import Change, Policy
from tests.samples import MACHINE, make_cell

POLICY = Policy(
    margin=0.1,
    deviations={Bound.WAIT: 0.02, Bound.CPU: 0.1},
    deviation_weight=10.0,
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


def make_change(
    speedup: float, *, error: float = 0.01, parallel: float | None = None, share: float = 0.5
) -> Change:
    """A change of speedup; parallel time changes as much the other way, unless told."""
    log = math.log(speedup)
    side = -log if parallel is None else math.log(parallel)
    return Change(log, error, degrees=30.0, parallel=side, rounds_share=share)


def make_saved(readings: Readings, run: str = "0001_x.json") -> SavedCell:
    return SavedCell(
        run=run,
        cell=make_cell(),
        begins=False,
        bound=Bound.WAIT,
        machine=MACHINE,
        readings=readings,
    )
