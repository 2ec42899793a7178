"""Why a speedup changed, or is far from ideal: the loss behind it, if the evidence carries it.

And the words for that: what the loss itself is said to be stands with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, variance
from typing import TYPE_CHECKING, NamedTuple

from pytest_speedup.losses.kinds import Loss
from pytest_speedup.losses.stack import mean_stack
from pytest_speedup.model import Estimate
from pytest_speedup.statistics import t_quantile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.losses.trace import Counts
    from pytest_speedup.model import Summary

CONFIDENCE = 0.95
"""Of the interval of a loss, which must lie on the side of the change for it to be named."""

MAIN = 0.5
"""Share of the change that a cause explains, or it is not the cause."""

SMALLEST = 0.02
"""Change of log speedup below which there is nothing to explain."""

OF_CEILING = 0.8
OF_IDEAL = 0.5
"""Shares of the ceiling and of the worker count below which a speedup is poor."""


NOTEWORTHY = 1.2
"""Ratio from which on a changed count is told."""


MIN_BESIDE = 2
"""Threads beside the workers from which on they are told of: one may be a library's own affair."""

MANY_THREADS = 2.0
"""Threads for each CPU beyond which they are told of."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A loss that changed.

    Attributes:
        loss: which one.
        change: what it took off the logarithm of the speedup, beyond what it took before.
        seconds: by how many seconds of the parallel run it grew.
    """

    loss: Loss
    change: Estimate
    seconds: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a change of speedup came from.

    Attributes:
        change: of the logarithm of the speedup; negative where it fell.
        causes: all losses, the one that explains most first.
        named: the first of them, if the evidence carries it.
        before: where the time went on the base, on average.
        after: where it went on head.
    """

    change: float
    causes: tuple[Cause, ...]
    named: Cause | None
    before: Stack
    after: Stack


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What keeps a speedup from being ideal.

    Attributes:
        stack: where the time goes, on average.
        named: the loss that takes most of it, if the evidence carries that.
    """

    stack: Stack
    named: Loss | None


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


def word_explanation(explanation: Explanation) -> str:
    """Say in one line what a change came from, such as ``+0.27 s dispatch (...), 2000 tasks``."""
    cause = explanation.named
    if cause is None:
        return "unexplained: no loss grew enough to be named"
    return ", ".join(_words(cause, explanation))


def _words(cause: Cause, explanation: Explanation) -> Iterator[str]:
    yield f"{_seconds(cause.seconds)} {cause.loss.value} ({cause.loss.kind.words})"
    counts = explanation.before.counts, explanation.after.counts
    yield from _counted(cause.loss, *counts)
    share = abs(cause.change.value / explanation.change)
    if share <= 1:
        yield f"{share:.0%} of the change"


def _counted(loss: Loss, before: Counts, after: Counts) -> Iterator[str]:
    counted = loss.kind.counted
    if counted is None:
        return
    old, new = counted.read(before), counted.read(after)
    if max(old, new) > NOTEWORTHY * min(old, new):
        yield f"{counted.words.format(f'{new:.0f}')} instead of {old:.0f}"


def _seconds(seconds: float) -> str:
    return f"{seconds:+.2f} s" if abs(seconds) >= 1 else f"{seconds * 1e3:+.3g} ms"


def word_shortfall(shortfall: Shortfall) -> str:
    """Say in a few words what keeps a speedup from being ideal."""
    stack = shortfall.stack
    lost = stack.seconds - stack.ideal
    most = sorted(stack.losses, key=lambda loss: -stack.losses[loss])[:2]
    named = most if shortfall.named is None else [shortfall.named]
    shares = (f"{stack.losses[loss] / lost:.0%} {loss.value}" for loss in named)
    return f"lost to {' and '.join(shares)}"


def word_oversubscribed(workers: int, beside: float, cpus: float) -> str:
    """Say that many more threads compute than there are CPUs; empty where that is not so.

    Args:
        workers: how many workers there are.
        beside: threads beside them, such as those of a BLAS in each of them.
        cpus: CPUs' worth of work that can go on at once.
    """
    if beside < max(MIN_BESIDE, workers) or workers + beside <= MANY_THREADS * cpus:
        return ""
    return (
        f"oversubscription: {workers} workers and {beside:.0f} threads beside them on {cpus:g} "
        "CPUs: limit those, as OMP_NUM_THREADS and threadpoolctl do"
    )


def word_poor(summary: Summary) -> str:
    """Say what a poor cell reached and lacks; empty for one that is not poor, or unexplained."""
    shortfall = explain_shortfall(summary.samples.stacks)
    if shortfall is None or not _is_poor(summary):
        return ""
    workers = summary.samples.cell.workers
    return f"{summary.speedup.value:.2f}x of {workers}, {word_shortfall(shortfall)}"


def _is_poor(one: Summary) -> bool:
    """More workers than CPUs cannot reach their count, only their ceiling."""
    share = one.speedup.value / one.samples.cell.workers
    return one.efficiency < OF_CEILING or (share < OF_IDEAL and not one.samples.oversubscribed)
