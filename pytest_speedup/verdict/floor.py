"""Floors: speedups that a test demands, with no baseline."""

from __future__ import annotations

import math

from pytest_speedup.model import Outcome, Reading, Readings, Verdict
from pytest_speedup.verdict.change import Change
from pytest_speedup.verdict.judge import deciding_interval, detectable_loss


def judge_floor(
    cell: str, reading: Reading, floor: float, *, degrees: float, error: float
) -> Verdict:
    """Decide whether a cell is surely below its floor.

    Args:
        cell: the id of the cell.
        reading: log speedup, or log efficiency for a floor in terms of the ceiling.
        floor: what it must reach.
        degrees: degrees of freedom of the reading's error: its rounds less one.
        error: chance of a false red that may be spent on this look.

    Returns:
        REGRESSED if it is surely below; PASSED if it is not below; INCONCLUSIVE between.
    """
    change = Change(reading.value - math.log(floor), reading.error, max(1.0, degrees), 0.0, 1.0)
    interval, critical = deciding_interval(change, error)
    if interval.high < 1:
        outcome = Outcome.REGRESSED
    else:
        outcome = Outcome.PASSED if interval.value >= 1 else Outcome.INCONCLUSIVE
    reason = f"its floor is {floor:g}" if outcome is not Outcome.PASSED else ""
    return Verdict(
        cell, outcome, interval, detectable_loss(change, 0.0, critical), change.rounds_share, reason
    )


def log_efficiency(readings: Readings, ceiling: Reading | None) -> Reading:
    """Log of the speedup as a share of the ceiling; one worker's ceiling is 1."""
    if ceiling is None:
        return readings.speedup
    return Reading(
        readings.speedup.value - ceiling.value, math.hypot(readings.speedup.error, ceiling.error)
    )
