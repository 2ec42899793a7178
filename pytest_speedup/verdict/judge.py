"""From a change to an outcome."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pytest_speedup.model import Estimate, Outcome, Verdict
from pytest_speedup.statistics import t_quantile

if TYPE_CHECKING:
    from pytest_speedup.verdict.change import Change
    from pytest_speedup.verdict.policy import Policy

POWER = 0.9
"""How often a detectable loss is seen."""


def judge(cell: str, change: Change, *, margin: float, error: float, policy: Policy) -> Verdict:
    """Decide on one cell.

    A regression is a speedup that fell by more than the margin while parallel time rose: most
    of the loss must be on the parallel side. A faster serial path lowers the speedup too.

    Args:
        cell: the id of the cell.
        change: how far it lies from its baseline.
        margin: loss of speedup that is accepted, as a fraction.
        error: chance of a false red that may be spent on this look.
        policy: the rules.
    """
    limit = math.log1p(-margin)
    red, passing = critical_values(change, error, policy)
    interval = deciding_interval(change, error, red)
    outcome = _outcome(change, limit, red, passing)
    return Verdict(
        cell,
        outcome,
        interval,
        detectable_loss(change, limit, red),
        outcome is Outcome.INCONCLUSIVE and _can_be_decided(change, limit, red, passing),
    )


def critical_values(change: Change, error: float, policy: Policy) -> tuple[float, float]:
    """Standard errors that a red, and a passed, cell must lie from the margin."""
    red = t_quantile(1 - error, change.degrees)
    passing = t_quantile(1 - policy.pass_error / policy.looks, change.degrees)
    return red, passing


def deciding_interval(change: Change, error: float, critical: float) -> Estimate:
    """Make the interval that decides, as a ratio of speedups."""
    value, low, high = (
        math.exp(change.speedup + side * critical * change.error) for side in (0, -1, 1)
    )
    return Estimate(value, low, high, 1 - 2 * error)


def detectable_loss(change: Change, limit: float, critical: float) -> float:
    """Find the smallest loss, as a fraction, that would be seen with probability POWER."""
    missed = t_quantile(POWER, change.degrees)
    return -math.expm1(limit - (critical + missed) * change.error)


def _outcome(change: Change, limit: float, red: float, passing: float) -> Outcome:
    if change.speedup + red * change.error < limit:
        parallel_side = change.parallel > -change.speedup / 2
        return Outcome.REGRESSED if parallel_side else Outcome.SERIAL_IMPROVED
    if change.speedup - red * change.error > -limit:
        return Outcome.IMPROVED
    surely = change.speedup - passing * change.error
    return Outcome.PASSED if surely > limit else Outcome.INCONCLUSIVE


def _can_be_decided(change: Change, limit: float, red: float, passing: float) -> bool:
    """Whether all blocks that the policy allows would decide it, if they show the same change."""
    to_limit = change.speedup - limit
    return to_limit > passing * change.last_error or -to_limit > red * change.last_error
