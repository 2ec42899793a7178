"""The one-sample location estimate that belongs to Wilcoxon's signed-rank test.

Estimate: the median of the Walsh averages (Hodges and Lehmann, 1963). Interval: the Walsh
averages at the ranks that the test's exact null distribution gives (Tukey; Hollander, Wolfe and
Chicken, Nonparametric Statistical Methods, 3rd edition, 2014, sections 3.2 and 3.3). It needs
symmetry, not normality, and single wild rounds hardly move it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist, median
from typing import TYPE_CHECKING

from pytest_speedup.model import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

EXACT_UP_TO = 60
"""Samples up to which the exact distribution is used; beyond, the normal one fits to 1e-3."""


def signed_rank_estimate(values: Sequence[float], confidence: float) -> Estimate:
    """Estimate the centre of a symmetric distribution from a sample.

    Args:
        values: the sample, at least one value.
        confidence: two-sided confidence asked for, between 0 and 1.

    Returns:
        The estimate. Where the sample is too small for the confidence, the interval spans all
        Walsh averages and its ``confidence`` says what that reaches.

    Raises:
        ValueError: the sample is empty.
    """
    if not values:
        message = "an estimate needs at least one value"
        raise ValueError(message)
    averages = walsh_averages(values)
    skipped, reached = _trim(len(values), confidence)
    return Estimate(median(averages), averages[skipped], averages[-1 - skipped], reached)


def walsh_averages(values: Sequence[float]) -> list[float]:
    """Averages of all pairs of values, each value with itself included, in ascending order."""
    return sorted(
        (first + second) / 2 for index, first in enumerate(values) for second in values[index:]
    )


@lru_cache(maxsize=256)
def _trim(count: int, confidence: float) -> tuple[int, float]:
    """Walsh averages to leave out at each end, and the confidence that is left."""
    if count > EXACT_UP_TO:
        return _trim_normal(count, confidence), confidence
    tail = (1 - confidence) / 2
    below, skipped, reached = 0.0, 0, 0.0
    for rank, probability in enumerate(_null_distribution(count)):
        below += probability
        if below > tail and rank > 0:
            break
        skipped, reached = rank, 1 - 2 * below
    return skipped, max(reached, 0.0)


def _trim_normal(count: int, confidence: float) -> int:
    mean = count * (count + 1) / 4
    deviation = math.sqrt(count * (count + 1) * (2 * count + 1) / 24)
    return max(0, math.floor(mean + NormalDist().inv_cdf((1 - confidence) / 2) * deviation))


@lru_cache(maxsize=EXACT_UP_TO)
def _null_distribution(count: int) -> tuple[float, ...]:
    """P(T = t) for t = 0 .. n(n+1)/2, where T sums the ranks with positive sign."""
    probabilities = [1.0]
    for rank in range(1, count + 1):
        shifted = [0.0] * rank + probabilities
        kept = probabilities + [0.0] * rank
        probabilities = [(a + b) / 2 for a, b in zip(kept, shifted, strict=True)]
    return tuple(probabilities)
