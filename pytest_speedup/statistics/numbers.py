"""Location and quantiles of series of numbers."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist, median
from typing import TYPE_CHECKING

from pytest_speedup.model import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


FEW = 16
"""Averages for each value that are sorted at once, sooner than some of them were left out."""


def walsh_average(ordered: Sequence[float], rank: int) -> float:
    """Find the average of a rank among those of all pairs, each value with itself included.

    It takes memory for as many numbers as there are values, n, and computes O(n log n) averages.

    Args:
        ordered: the values, in ascending order.
        rank: from 0 for the smallest to n (n + 1) / 2 - 1 for the largest.

    Raises:
        IndexError: there is no such rank.
    """
    count = len(ordered)
    if not 0 <= rank < count * (count + 1) // 2:
        message = f"no Walsh average of {count} values has rank {rank}"
        raise IndexError(message)
    begins, ends = list(range(count)), [count] * count
    while sum(ends) - sum(begins) > FEW * count:
        pivot = _pivot(ordered, begins, ends)
        below = _columns(ordered, pivot.__gt__)
        if rank < _size(below):
            ends = below
            continue
        up_to = _columns(ordered, pivot.__ge__)
        if rank < _size(up_to):
            return pivot
        begins = up_to
    left = [
        (first + second) / 2
        for first, begin, end in zip(ordered, begins, ends, strict=True)
        for second in ordered[begin:end]
    ]
    return sorted(left)[rank - _size(begins)]


def _pivot(ordered: Sequence[float], begins: Sequence[int], ends: Sequence[int]) -> float:
    """Find the median of the rows' middles, each weighed by how much its row has left."""
    middles = sorted(
        ((first + ordered[(begin + end) // 2]) / 2, end - begin)
        for first, begin, end in zip(ordered, begins, ends, strict=True)
        if begin < end
    )
    half = sum(weight for _, weight in middles) / 2
    for middle, weight in middles:
        half -= weight
        if half <= 0:
            return middle
    return middles[-1][0]


def _columns(ordered: Sequence[float], is_before: Callable[[float], bool]) -> list[int]:
    """Find the column of each row from which on averages are not before the pivot any more."""
    columns, column = [], len(ordered)
    for row, first in enumerate(ordered):
        while column > row and not is_before((first + ordered[column - 1]) / 2):
            column -= 1
        columns.append(max(row, column))
    return columns


def _size(columns: Sequence[int]) -> int:
    """Count the averages before a column of each row; row i begins with column i."""
    return sum(columns) - len(columns) * (len(columns) - 1) // 2


@lru_cache(maxsize=1024)
def t_quantile(probability: float, degrees: float) -> float:
    """Find the value that a t-distributed number stays below with the given probability.

    Method: G. W. Hill, Algorithm 396: Student's t-quantiles, Communications of the ACM 13(10),
    1970; exact at 1 and 2 degrees of freedom, and to five digits from 3 on.

    Args:
        probability: between 0 and 1.
        degrees: degrees of freedom, at least 1.

    Raises:
        ValueError: an argument is out of its range.
    """
    if not 0 < probability < 1 or degrees < 1:
        message = f"no t quantile at {probability!r} with {degrees!r} degrees of freedom"
        raise ValueError(message)
    if probability == 0.5:  # noqa: PLR2004 - the median
        return 0.0
    two_tailed = 2 * min(probability, 1 - probability)
    return math.copysign(_upper(two_tailed, degrees), probability - 0.5)


def _upper(p: float, n: float) -> float:
    """Quantile whose two-tailed probability is ``p``; names as in the algorithm."""
    if n == 1:
        return 1 / math.tan(p * math.pi / 2)
    if n == 2:  # noqa: PLR2004 - exact too
        return math.sqrt(2 / (p * (2 - p)) - 2)
    a = 1 / (n - 0.5)
    b = 48 / a**2
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * n
    y = (d * p) ** (2 / n)
    if y > 0.05 + a:
        x = NormalDist().inv_cdf(p / 2)
        y = x**2
        if n < 5:  # noqa: PLR2004 - the algorithm's bound
            c += 0.3 * (n - 4.5) * (x + 0.6)
        c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = math.expm1(a * y**2)
    else:
        y = (
            (1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1
        ) * (n + 1) / (n + 2) + 1 / y
    return math.sqrt(n * y)


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
    ordered = sorted(values)
    averages = len(ordered) * (len(ordered) + 1) // 2
    skipped, reached = _trim(len(ordered), confidence)
    ranks = {(averages - 1) // 2, averages // 2}
    centre = median(walsh_average(ordered, rank) for rank in ranks)
    low, high = (walsh_average(ordered, rank) for rank in (skipped, averages - 1 - skipped))
    return Estimate(centre, low, high, reached)


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
