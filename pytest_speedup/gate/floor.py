"""Floors: speedups that a test demands, with no baseline."""

from __future__ import annotations

import math
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_speedup.gate.change import Change
from pytest_speedup.gate.judge import (
    UNSURE,
    Critical,
    critical_values,
    deciding_interval,
    detectable_loss,
)
from pytest_speedup.model import Outcome, Reading, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.gate.policy import Deviation, Policy


BY_FLOOR = "its floor is"
"""How the reason of a cell begins that is below its floor."""

OF_CEILING = " of the ceiling"
"""The unit of a floor that is a share."""


def judge_floor(
    cell: str,
    blocks: Sequence[Reading],
    floor: float,
    *,
    deviation: Deviation,
    error: float,
    policy: Policy,
    unit: str = "",
) -> Verdict:
    """Decide whether a cell is surely below its floor.

    Args:
        cell: the id of the cell.
        blocks: log speedup, or log efficiency for a floor in terms of the ceiling, by block.
        floor: what it must reach.
        deviation: how cells of its kind vary.
        error: chance of a false red that may be spent on this look.
        policy: the rules.
        unit: what the floor is in terms of, in words; empty for a speedup.

    Returns:
        REGRESSED if it is surely below; PASSED if it is not below; between, UNCONFIRMED where it
        seems to be below.
    """
    change = _distance(blocks, math.log(floor), deviation, policy)
    critical = critical_values(change, error, policy)
    outcome = _outcome(change, critical)
    return Verdict(
        cell,
        outcome,
        deciding_interval(change, critical.red, error),
        detectable_loss(change, 0.0, critical),
        outcome in (Outcome.INCONCLUSIVE, Outcome.UNCONFIRMED),
        _reason(outcome, f"{floor:g}{unit}"),
    )


def log_efficiency(speedup: Reading, ceiling: Reading | None) -> Reading:
    """Log of the speedup as a share of the ceiling; one worker's ceiling is 1."""
    if ceiling is None:
        return speedup
    return Reading(speedup.value - ceiling.value, math.hypot(speedup.error, ceiling.error))


def _distance(
    blocks: Sequence[Reading], floor: float, deviation: Deviation, policy: Policy
) -> Change:
    of_block = deviation.block**2 + fmean(one.error**2 for one in blocks)
    return Change(
        speedup=fmean(one.value for one in blocks) - floor,
        error=math.sqrt(deviation.run**2 + of_block / len(blocks)),
        last_error=math.sqrt(deviation.run**2 + of_block / max(policy.looks, len(blocks))),
        degrees=policy.deviation_weight,
        parallel=0.0,
        parallel_error=0.0,
    )


def _outcome(change: Change, critical: Critical) -> Outcome:
    if change.speedup + critical.red * change.error < 0:
        return Outcome.REGRESSED
    if change.speedup + critical.leaning * change.error < 0:
        return Outcome.UNCONFIRMED
    return Outcome.PASSED if change.speedup >= 0 else Outcome.INCONCLUSIVE


def _reason(outcome: Outcome, floor: str) -> str:
    if outcome is Outcome.PASSED:
        return ""
    words = f"{BY_FLOOR} {floor}"
    return f"{words}; {UNSURE}" if outcome is Outcome.UNCONFIRMED else words
