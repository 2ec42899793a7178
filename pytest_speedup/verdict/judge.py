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
    interval, critical = deciding_interval(change, error)
    outcome = _outcome(change, interval, margin, policy)
    return Verdict(
        cell,
        outcome,
        interval,
        detectable_loss(change, math.log1p(-margin), critical),
        change.rounds_share,
    )


def deciding_interval(change: Change, error: float) -> tuple[Estimate, float]:
    """Make the interval that decides, as a ratio of speedups, and its critical value."""
    critical = t_quantile(1 - error, change.degrees)
    value, low, high = (
        math.exp(change.speedup + side * critical * change.error) for side in (0, -1, 1)
    )
    return Estimate(value, low, high, 1 - 2 * error), critical


def _outcome(change: Change, interval: Estimate, margin: float, policy: Policy) -> Outcome:
    if interval.high < 1 - margin:
        parallel_side = change.parallel > -change.speedup / 2
        return Outcome.REGRESSED if parallel_side else Outcome.SERIAL_IMPROVED
    if interval.low > 1 / (1 - margin):
        return Outcome.IMPROVED
    surely, _ = deciding_interval(change, policy.pass_error)
    return Outcome.PASSED if surely.low > 1 - margin else Outcome.INCONCLUSIVE


def detectable_loss(change: Change, limit: float, critical: float) -> float:
    """Find the smallest loss, as a fraction, that would be seen with probability POWER."""
    missed = t_quantile(POWER, change.degrees)
    return -math.expm1(limit - (critical + missed) * change.error)
