"""From a change to an outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_speedup.model import Estimate, Outcome, Verdict
from pytest_speedup.statistics import t_quantile

if TYPE_CHECKING:
    from pytest_speedup.gate.change import Change
    from pytest_speedup.gate.policy import Policy

POWER = 0.9
"""How often a detectable loss is seen."""


UNSURE = "a loss shows and is not sure: give it more time, or a machine with less noise"
"""Why a cell is unconfirmed."""


@dataclass(frozen=True, slots=True)
class Critical:
    """Standard errors that a cell must lie from a limit.

    Attributes:
        red: to be surely beyond the margin.
        fall: for parallel time to have surely risen.
        passing: to be surely within the margin.
        leaning: to seem to have lost something.
    """

    red: float
    fall: float
    passing: float
    leaning: float


def judge(cell: str, change: Change, *, margin: float, error: float, policy: Policy) -> Verdict:
    """Decide on one cell.

    A regression is a speedup that fell by more than the margin while parallel time rose: that
    rose by more than the margin, too, or most of the loss is on the parallel side. A faster serial
    path lowers the speedup as well, and is told from it by parallel time that surely did not rise
    by more than the margin.

    Args:
        cell: the id of the cell.
        change: how far it lies from its baseline.
        margin: loss of speedup that is accepted, as a fraction.
        error: chance of a false red that may be spent on this look.
        policy: the rules.

    Returns:
        What it comes to if nothing more is measured: a loss that shows is UNCONFIRMED until it
        is sure.
    """
    limit = math.log1p(-margin)
    critical = critical_values(change, error, policy)
    outcome = _outcome(change, limit, critical)
    decided = (
        (critical.passing, policy.pass_error / policy.looks)
        if outcome is Outcome.PASSED
        else (critical.red, error)
    )
    is_open = outcome in (Outcome.INCONCLUSIVE, Outcome.UNCONFIRMED)
    return Verdict(
        cell,
        outcome,
        deciding_interval(change, *decided),
        detectable_loss(change, limit, critical),
        is_open and _can_be_decided(change, limit, critical),
        UNSURE if outcome is Outcome.UNCONFIRMED else "",
        margin=margin,
    )


def critical_values(change: Change, error: float, policy: Policy) -> Critical:
    """Find how many standard errors each outcome takes."""
    chances = (
        error,
        policy.fall_error / policy.looks,
        policy.pass_error / policy.looks,
        policy.lean_error,
    )
    return Critical(*(t_quantile(1 - chance, change.degrees) for chance in chances))


def deciding_interval(change: Change, critical: float, chance: float) -> Estimate:
    """Make the interval that decides, as a ratio of speedups.

    Args:
        change: of the cell.
        critical: standard errors to either side.
        chance: that it errs on either side.
    """
    value, low, high = (
        math.exp(change.speedup + side * critical * change.error) for side in (0, -1, 1)
    )
    return Estimate(value, low, high, 1 - 2 * chance)


def detectable_loss(change: Change, limit: float, critical: Critical) -> float:
    """Find the smallest loss, as a fraction, that would be seen with probability POWER.

    Both must be seen: a speedup that fell beyond the limit, and parallel time that rose.
    """
    missed = t_quantile(POWER, change.degrees)
    speedup = -limit + (critical.red + missed) * change.error
    parallel = (critical.fall + missed) * change.parallel_error
    return -math.expm1(-max(speedup, parallel))


def _outcome(change: Change, limit: float, critical: Critical) -> Outcome:
    low, high = (change.speedup + side * critical.red * change.error for side in (-1, 1))
    no_rise = change.parallel + critical.passing * change.parallel_error < -limit
    if high < limit:
        if _surely_on_parallel_side(change, limit, critical):
            return Outcome.REGRESSED
        if no_rise:
            return Outcome.SERIAL_IMPROVED
    elif low > -limit and no_rise and change.parallel < 0:
        return Outcome.IMPROVED
    elif change.speedup - critical.passing * change.error > limit:
        return Outcome.PASSED
    return Outcome.UNCONFIRMED if _leans_red(change, limit, critical) else Outcome.INCONCLUSIVE


def _surely_on_parallel_side(change: Change, limit: float, critical: Critical) -> bool:
    """Whether parallel time surely rose: beyond the margin, or as most of the loss."""
    if change.parallel - critical.red * change.parallel_error > -limit:
        return True
    rose = change.parallel - critical.fall * change.parallel_error > 0
    return rose and change.parallel > -change.speedup / 2


def _leans_red(change: Change, limit: float, critical: Critical) -> bool:
    """Whether it seems to have lost more than the margin, and surely lost something."""
    parallel_side = change.parallel > min(-limit, -change.speedup / 2)
    lost = change.speedup + critical.leaning * change.error < 0
    return change.speedup < limit and lost and parallel_side


def _can_be_decided(change: Change, limit: float, critical: Critical) -> bool:
    """Whether all blocks that the policy allows would decide it, if they show the same change."""
    to_limit = change.speedup - limit
    return (
        to_limit > critical.passing * change.last_error
        or -to_limit > critical.red * change.last_error
    )
