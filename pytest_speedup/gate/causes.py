"""Why a speedup changed, or is far from ideal: the loss behind it, if the evidence carries it."""

from __future__ import annotations

import math
from statistics import fmean, variance
from typing import TYPE_CHECKING, NamedTuple

from pytest_speedup.model import Cause, Counts, Estimate, Explanation, Loss, Shortfall, Stack
from pytest_speedup.statistics import t_quantile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONFIDENCE = 0.95
"""Of the interval of a loss, which must lie on the side of the change for it to be named."""

MAIN = 0.5
"""Share of the change that a cause explains, or it is not the cause."""

SMALLEST = 0.02
"""Change of log speedup below which there is nothing to explain."""


class Mean(NamedTuple):
    """A mean of measurements.

    Attributes:
        value: the mean.
        error: its standard error.
        degrees: its degrees of freedom.
    """

    value: float
    error: float
    degrees: int


def explain_pairs(pairs: Sequence[tuple[Stack, Stack]], change: float) -> Explanation | None:
    """Compare stacks pair by pair, each pair from runs close to each other.

    Args:
        pairs: before and after.
        change: of the log speedup, as it was measured in runs that were not recorded.

    Returns:
        None where there are too few to tell.
    """
    if len(pairs) < 2:  # noqa: PLR2004 - one says nothing of how much they vary
        return None
    changes = [new.log_changes(old) for old, new in pairs]
    shares = {loss: _mean([one[loss] for one in changes]) for loss in Loss}
    before, after = (mean_stack([pair[side] for pair in pairs]) for side in (0, 1))
    return _explain(shares, before, after, change)


def explain_groups(
    before: Sequence[Stack], after: Sequence[Stack], change: float
) -> Explanation | None:
    """Compare the stacks of one run with those of another.

    Args:
        before: those of the one.
        after: those of the other.
        change: of the log speedup, as it was measured in runs that were not recorded.

    Returns:
        None where there are too few to tell.
    """
    if min(len(before), len(after)) < 2:  # noqa: PLR2004 - as for pairs
        return None
    old = mean_stack(before)
    groups = [[one.log_changes(old) for one in group] for group in (before, after)]
    shares = {
        loss: _difference(*(_mean([one[loss] for one in group]) for group in groups))
        for loss in Loss
    }
    return _explain(shares, old, mean_stack(after), change)


def explain_shortfall(stacks: Sequence[Stack]) -> Shortfall | None:
    """Find what keeps a speedup from being ideal.

    Returns:
        None where there are too few stacks to tell, or nothing is missing.
    """
    if len(stacks) < 2:  # noqa: PLR2004 - as for pairs
        return None
    mean = mean_stack(stacks)
    total = mean.seconds - mean.ideal
    if math.log(mean.inverse_efficiency) < SMALLEST:
        return None
    first = max(mean.losses, key=lambda loss: mean.losses[loss])
    share = _mean([one.losses.get(first, 0.0) for one in stacks])
    sure = _interval(share).low > 0 and share.value >= MAIN * total
    return Shortfall(mean, first if sure else None)


def mean_stack(stacks: Sequence[Stack]) -> Stack:
    """Average stacks of the same cell, loss by loss."""
    known = [loss for loss in Loss if any(loss in one.losses for one in stacks)]
    losses = {loss: fmean(one.losses.get(loss, 0.0) for one in stacks) for loss in known}
    counts = Counts(
        *(fmean(getattr(one.counts, name) for one in stacks) for name in Counts.__slots__)
    )
    return Stack(stacks[0].workers, fmean(one.ideal for one in stacks), losses, counts)


def _explain(
    shares: Mapping[Loss, Mean], before: Stack, after: Stack, change: float
) -> Explanation:
    """Rank losses by what they took off the speedup, and name the first if it is sure."""
    total = -sum(share.value for share in shares.values())
    causes = sorted(
        (_cause(loss, share, before, after) for loss, share in shares.items()),
        key=lambda cause: cause.change.value * -math.copysign(1.0, change),
        reverse=True,
    )
    named = causes[0] if _is_named(causes[0], total, change) else None
    return Explanation(total, tuple(causes), named, before, after)


def _cause(loss: Loss, share: Mean, before: Stack, after: Stack) -> Cause:
    seconds = after.losses.get(loss, 0.0) - before.losses.get(loss, 0.0)
    return Cause(loss, _interval(share), seconds)


def _is_named(first: Cause, total: float, change: float) -> bool:
    """It must be sure, and enough of the change both as it was recorded and as it was measured."""
    if min(abs(total), abs(change)) < SMALLEST:
        return False
    sure = first.change.low > 0 if change < 0 else first.change.high < 0
    return sure and abs(first.change.value) >= MAIN * max(abs(total), abs(change))


def _mean(values: Sequence[float]) -> Mean:
    return Mean(fmean(values), math.sqrt(variance(values) / len(values)), len(values) - 1)


def _difference(before: Mean, after: Mean) -> Mean:
    error = math.hypot(before.error, after.error)
    return Mean(after.value - before.value, error, before.degrees + after.degrees)


def _interval(mean: Mean) -> Estimate:
    wide = t_quantile((1 + CONFIDENCE) / 2, mean.degrees) * mean.error
    return Estimate(mean.value, mean.value - wide, mean.value + wide, CONFIDENCE)
