"""Why a speedup changed: the loss that grew, if the evidence carries it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from pytest_speedup.model import Estimate, Loss
from pytest_speedup.statistics import t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import Stack

CONFIDENCE = 0.99
"""Of all intervals of a cell together (Bonferroni)."""

FEWEST = 3
"""Pairs of stacks below which nothing is claimed."""

MAIN = 0.5
"""Share of the change that a cause explains, or it is not the cause."""

SMALLEST = 0.02
"""Change of log speedup below which there is nothing to explain."""


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
    """

    change: float
    causes: tuple[Cause, ...]
    named: Cause | None


def explain_change(before: Sequence[Stack], after: Sequence[Stack]) -> Explanation:
    """Compare stacks pair by pair, each pair from runs close to each other.

    A cause is named where its interval lies on the side of the change and it explains half of
    that or more.

    Args:
        before: of the base, by block.
        after: of head, likewise.
    """
    pairs = list(zip(before, after, strict=True))
    total = fmean(_log_change(*pair) for pair in pairs) if pairs else 0.0
    causes = sorted(
        (_cause(loss, pairs) for loss in Loss),
        key=lambda cause: cause.change.value * -math.copysign(1.0, total),
        reverse=True,
    )
    return Explanation(total, tuple(causes), _named(causes[0], total, len(pairs)))


def _log_change(old: Stack, new: Stack) -> float:
    return math.log(old.inverse_efficiency / new.inverse_efficiency)


def _cause(loss: Loss, pairs: Sequence[tuple[Stack, Stack]]) -> Cause:
    changes = [new.log_changes(old)[loss] for old, new in pairs] or [0.0]
    seconds = [new.losses.get(loss, 0.0) - old.losses.get(loss, 0.0) for old, new in pairs] or [0.0]
    mean, degrees = fmean(changes), len(changes) - 1
    if degrees < 1:
        return Cause(loss, Estimate(mean, -math.inf, math.inf, CONFIDENCE), fmean(seconds))
    quantile = t_quantile(1 - (1 - CONFIDENCE) / 2 / len(Loss), degrees)
    wide = quantile * stdev(changes) / math.sqrt(len(changes))
    return Cause(loss, Estimate(mean, mean - wide, mean + wide, CONFIDENCE), fmean(seconds))


def _named(first: Cause, total: float, pairs: int) -> Cause | None:
    if pairs < FEWEST or abs(total) < SMALLEST:
        return None
    sure = first.change.low > 0 if total < 0 else first.change.high < 0
    return first if sure and abs(first.change.value) >= MAIN * abs(total) else None
