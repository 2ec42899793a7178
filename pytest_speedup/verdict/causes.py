"""Why a speedup changed: the loss that grew, if the evidence carries it."""

from __future__ import annotations

import math
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from pytest_speedup.model import Cause, Estimate, Explanation, Loss, Stack
from pytest_speedup.statistics import t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIDENCE = 0.99
"""Of all intervals of a cell together (Bonferroni)."""

FEWEST = 3
"""Pairs of stacks below which nothing is claimed."""

MAIN = 0.5
"""Share of the change that a cause explains, or it is not the cause."""

SMALLEST = 0.02
"""Change of log speedup below which there is nothing to explain."""


def explain_change(pairs: Sequence[tuple[Stack, Stack]]) -> Explanation | None:
    """Compare stacks pair by pair, each pair from runs close to each other.

    A cause is named where its interval lies on the side of the change and it explains half of
    that or more.

    Args:
        pairs: of base and head, by block.

    Returns:
        None where there are none.
    """
    if not pairs:
        return None
    total = fmean(_log_change(*pair) for pair in pairs)
    causes = sorted(
        (_cause(loss, pairs) for loss in Loss),
        key=lambda cause: cause.change.value * -math.copysign(1.0, total),
        reverse=True,
    )
    before, after = (_mean_stack([pair[side] for pair in pairs]) for side in (0, 1))
    named = _named(causes[0], total, len(pairs))
    return Explanation(total, tuple(causes), named, before, after)


def _log_change(old: Stack, new: Stack) -> float:
    return math.log(old.inverse_efficiency / new.inverse_efficiency)


def _cause(loss: Loss, pairs: Sequence[tuple[Stack, Stack]]) -> Cause:
    changes = [new.log_changes(old)[loss] for old, new in pairs]
    seconds = [new.losses.get(loss, 0.0) - old.losses.get(loss, 0.0) for old, new in pairs]
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


def _mean_stack(stacks: Sequence[Stack]) -> Stack:
    losses = {loss: fmean(one.losses.get(loss, 0.0) for one in stacks) for loss in Loss}
    return Stack(stacks[0].workers, fmean(one.ideal for one in stacks), losses)
