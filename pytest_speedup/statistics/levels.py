"""Levels of a series: where its mean changed, found exactly.

The segments of constant mean are those that minimize their squared residuals and a penalty for
each: optimal partitioning (R. Killick, P. Fearnhead and I. A. Eckley, Optimal detection of
changepoints with a linear computational cost, JASA 107(500), 2012). It is solved with functional
pruning, which keeps a beginning of the last segment only as long as there is a mean for which it is
the best: a handful of them, also where nothing ever changed (R. Maidstone, T. Hocking, G. Rigaill
and P. Fearnhead, On optimal multiple changepoint algorithms for large data, Statistics and
Computing 27(2), 2017).

One or two wild values are no level. Each value is first drawn to the median of the five around it,
up to a distance that noise explains (the bound of P. Fearnhead and G. Rigaill, Changepoint
detection in the presence of outliers, JASA 114(525), 2019): a level of three stays as it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import fmean, median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN_LEVEL_LENGTH = 3
"""Measurements of a level; fewer may be an accident."""

PENALTY = 5.0
"""Times the logarithm of the length: more than usual, for noise that is not independent."""

FINEST = 0.005
"""Noise in log speedup below which no machine is."""

OF_NORMAL = 0.6745 * math.sqrt(2)
"""Median difference of two normal values, in standard deviations."""

WILD = 3.0
"""Standard deviations from the median around a value up to which it counts as it is."""


FINE_PENALTY = 2.0
"""Likewise, where levels are only to be followed closely: the usual one (Y.-C. Yao, Estimating the
number of change-points via Schwarz' criterion, Statistics and Probability Letters 6(3), 1988)."""

MAX_CORRELATION = 0.9
"""Correlation of one value with the next that is allowed for, at most."""


@dataclass(frozen=True, slots=True)
class Level:
    """A stretch of a series with one mean.

    Attributes:
        begin: index of its first value.
        end: index after its last.
        mean: of its values, wild ones drawn in.
    """

    begin: int
    end: int
    mean: float

    @property
    def length(self) -> int:
        """How many values it has."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of a series.

    Attributes:
        all: one after the other, at least one.
        noise: the standard deviation of a value around its level.
        lasting: the correlation of that with the next value's; 0 where it is negative.
    """

    all: tuple[Level, ...]
    noise: float
    lasting: float


def find_levels(values: Sequence[float], penalty: float = PENALTY) -> Levels:
    """Find the levels of a series, in order of time.

    Args:
        values: natural logarithms of what was measured, at least one.
        penalty: of each further level, times the logarithm of the length.
    """
    count = len(values)
    if count < 2 * MIN_LEVEL_LENGTH:
        return Levels((Level(0, count, fmean(values)),), FINEST, 0.0)
    steps = median(abs(later - earlier) for earlier, later in pairwise(values)) / OF_NORMAL
    noise = max(FINEST, steps)
    settled = draw_in(values, WILD * noise)
    begins = partition([one / noise for one in settled], penalty * math.log(count))
    found = tuple(
        Level(begin, end, fmean(settled[begin:end])) for begin, end in pairwise([*begins, count])
    )
    away = [settled[at] - one.mean for one in found for at in range(one.begin, one.end)]
    squares = sum(one * one for one in away)
    lasting = sum(one * other for one, other in pairwise(away)) / squares if squares else 0.0
    around = math.sqrt(squares / max(1, count - len(found)))
    return Levels(found, max(noise, around), min(max(lasting, 0.0), MAX_CORRELATION))


def draw_in(values: Sequence[float], distance: float) -> list[float]:
    """Bring each value to within a distance of the median of the five around it.

    Args:
        values: at least three.
        distance: that is left to each.
    """
    padded = [values[1], values[0], *values, values[-1], values[-2]]
    middles = (sorted(padded[at : at + 5])[2] for at in range(len(values)))
    return [
        min(max(value, middle - distance), middle + distance)
        for value, middle in zip(values, middles, strict=True)
    ]


def partition(values: Sequence[float], penalty: float) -> list[int]:
    """Split a series where squared residuals and a penalty for each further segment are least.

    Args:
        values: at least as many as a segment must have.
        penalty: in squared units of the values.

    Returns:
        Where segments begin; the first is 0.
    """
    search = Search(values, penalty)
    for end in range(MIN_LEVEL_LENGTH, len(values) + 1):
        begin = end - MIN_LEVEL_LENGTH
        if begin == 0 or begin >= MIN_LEVEL_LENGTH:
            search.admit(begin)
        search.settle(end)
    begins = [search.last[len(values)]]
    while begins[-1]:
        begins.append(search.last[begins[-1]])
    return begins[::-1]


class Search:
    """The best partition of each beginning of a series, from the shortest on."""

    def __init__(self, values: Sequence[float], penalty: float) -> None:
        """Begin with the whole series still to come.

        Args:
            values: the series, at least one.
            penalty: of each further segment.
        """
        self.sums = [0.0, *accumulate(values)]
        self.squares = [0.0, *accumulate(one * one for one in values)]
        self.penalty = penalty
        self.best = [-penalty] + [math.inf] * len(values)
        self.last = [0] * (len(values) + 1)
        self.whole = (min(values) - 1, max(values) + 1)
        self.pieces: list[tuple[float, float, int]] = []  # of means: from, to, best beginning

    def admit(self, new: int) -> None:
        """Let the last segment begin at another place, for the means for which that is better.

        What two beginnings differ by is the same wherever the segment ends: what lies between them
        is in the one segment with the other, or has its own partition.
        """
        kept: list[tuple[float, float, int]] = []
        free = self.whole[0]
        for low, high, old in self.pieces:
            between = new - old
            centre = (self.sums[new] - self.sums[old]) / between
            width = (self.best[new] - self.best[old] - self.residuals(old, new)) / between
            reach = math.sqrt(width) if width > 0 else 0.0
            first, end = max(low, centre - reach), min(high, centre + reach)
            if first >= end:
                continue
            if first > free:
                kept.append((free, first, new))
            kept.append((first, end, old))
            free = end
        if free < self.whole[1]:
            kept.append((free, self.whole[1], new))
        self.pieces = kept

    def settle(self, end: int) -> None:
        """Find the best beginning of a last segment that ends here."""
        self.best[end], self.last[end] = min(
            (self.best[begin] + self.penalty + self.residuals(begin, end), begin)
            for begin in {begin for _, _, begin in self.pieces}
        )

    def residuals(self, begin: int, end: int) -> float:
        """Sum the squared distances of values from their mean."""
        total = self.sums[end] - self.sums[begin]
        return self.squares[end] - self.squares[begin] - total * total / (end - begin)
