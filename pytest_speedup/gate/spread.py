"""How rounds vary: as blocks tell, and as is stated where they do not tell yet.

Blocks are the replicas. A handful of them says little about how they vary, so the variance of a
cell is moderated by that of others, each source as if it were some more blocks (Smyth, Statistical
Applications in Genetics and Molecular Biology 3(1), 2004): by a stated default, by the other cells
of its workload, which share much of what befell them, and by all other workloads that spend their
time on the same. Cells on different executors become comparable by the deviation that is stated
for each. A cell's own squares are not among these: they count once, in its own mean.

Of others the median counts and not the mean, as a few of them may vary far more than the rest.

All variances are those of a single round; a block of more rounds has a smaller one, and counts for
more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from pytest_speedup.gate.evidence import LogEstimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_speedup.statistics import Shift

STATED_WEIGHT = 4.0
"""Degrees of freedom that a stated deviation is worth."""

MAX_SIBLING_DEGREES = 1.0
"""Degrees of freedom of the other cells of a workload: what befell one mostly befell all."""

MAX_OTHER_DEGREES = 12.0
"""Degrees of freedom of other workloads: they are of a kind, and not the same."""

ENOUGH_DEGREES = 4.0
"""Degrees of freedom from which those that were measured again and again tell by themselves."""


@dataclass(frozen=True, slots=True)
class Scatter:
    """How rounds vary in units of what is stated for them.

    Attributes:
        variance: 1 where they vary as is stated.
        degrees: degrees of freedom that it rests on; 0 where nothing is known.
    """

    variance: float = 1.0
    degrees: float = 0.0


NOTHING_KNOWN = Scatter()


@dataclass(frozen=True, slots=True)
class Typical:
    """How rounds of a cell vary, as far as others tell.

    Attributes:
        deviation: standard deviation of the log change in one round.
        degrees: degrees of freedom that it rests on.
        seen: how many of these were seen in this run, and not stated.
    """

    deviation: float
    degrees: float
    seen: float = 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """How rounds of a cell vary, as far as others tell.

    Attributes:
        parallel: in the parallel time.
        serial: in the serial time.
    """

    parallel: Typical
    serial: Typical


def scatter_of(cells: Sequence[Sequence[Shift]], stated: float) -> Scatter:
    """Find how the cells of one workload on one executor scatter, or its serial code.

    They share what befalls their processes, so that all of them together have no more degrees of
    freedom than one. Of a single block nothing but its distance from no change is known: where
    nothing changed that is chance, where something did it is too wide, and never too narrow.

    Args:
        cells: the blocks of each.
        stated: the standard deviation of a round that is stated for them.
    """
    known = [blocks for blocks in cells if blocks]
    if not known:
        return NOTHING_KNOWN
    degrees = sum(max(1, len(blocks) - 1) for blocks in known)
    variance = sum(map(_squares_or_square, known)) / degrees
    return Scatter(variance / stated**2, max(max(1, len(blocks) - 1) for blocks in known))


def _squares_or_square(blocks: Sequence[Shift]) -> float:
    if len(blocks) > 1:
        return squares(blocks)
    return blocks[0].rounds * blocks[0].value ** 2


def pooled(scatters: Iterable[Scatter]) -> Scatter:
    """Find how others scatter, by the median of what each shows.

    Where all of a suite got slower, single blocks show that, and no scatter: those of more blocks
    tell by themselves, if there are enough.
    """
    known = [one for one in scatters if one.degrees]
    if not known:
        return NOTHING_KNOWN
    repeated = [one for one in known if one.degrees > 1]
    if sum(one.degrees for one in repeated) >= ENOUGH_DEGREES:
        known = repeated
    variance = median(one.variance / _median_of_chi_square(one.degrees) for one in known)
    return Scatter(variance, min(sum(one.degrees for one in known), MAX_OTHER_DEGREES))


def typical_of(stated: float, *sources: Scatter, weight: float = STATED_WEIGHT) -> Typical:
    """Find how rounds vary, by what is stated and what was seen.

    The stated deviation was measured on a machine that had nothing else to do. The more rounds
    vary than that, the less it counts: with its full weight, blocks that agree by chance would look
    sure.

    Args:
        stated: the standard deviation of a round in such cells.
        sources: how others scatter in its units.
        weight: degrees of freedom that it is worth where nothing contradicts it.
    """
    seen = sum(one.degrees for one in sources)
    squared = sum(one.degrees * one.variance for one in sources)
    if squared > seen:
        weight *= seen / squared
    variance = (weight + squared) / (weight + seen)
    return Typical(stated * math.sqrt(variance), weight + seen, seen)


def joined(scatters: Iterable[Scatter]) -> Scatter:
    """Find how the cells of a workload scatter on all executors: what befell one befell all."""
    known = [one for one in scatters if one.degrees]
    if not known:
        return NOTHING_KNOWN
    degrees = sum(one.degrees for one in known)
    variance = sum(one.degrees * one.variance for one in known) / degrees
    return Scatter(variance, max(one.degrees for one in known))


def siblings(scatters: Iterable[Scatter]) -> Scatter:
    """Find how the other cells of a workload scatter.

    Args:
        scatters: of those on the same executor, and of the others.
    """
    scatter = joined(scatters)
    return Scatter(scatter.variance, min(scatter.degrees, MAX_SIBLING_DEGREES))


def mean_of_blocks(blocks: Sequence[Shift], typical: Typical) -> LogEstimate:
    """Average over blocks, each weighted by its rounds.

    What others show counts the less, the more these blocks vary than that; and the mean is at no
    time taken for better known than the rounds within its blocks agree.

    Args:
        blocks: at least one.
        typical: how rounds vary, as far as others tell.
    """
    own_degrees, own = len(blocks) - 1, squares(blocks)
    weight = typical.degrees
    expected = own_degrees * typical.deviation**2
    if own_degrees and own > expected:
        weight *= expected / own
    degrees = max(1.0, weight + own_degrees)
    variance = (weight * typical.deviation**2 + own) / (weight + own_degrees)
    rounds = sum(one.rounds for one in blocks)
    within = math.hypot(*(one.rounds * one.error for one in blocks)) / rounds
    error = max(math.sqrt(variance / rounds), within)
    return LogEstimate(weighted_mean(blocks), error, degrees)


def deviation_of(blocks: Sequence[Shift], typical: Typical) -> float:
    """Find how rounds of a cell vary, by its own blocks and by what others show.

    Args:
        blocks: at least one.
        typical: how rounds vary, as far as others tell.

    Returns:
        The standard deviation of the log change in one round.
    """
    rounds = sum(one.rounds for one in blocks)
    return mean_of_blocks(blocks, typical).error * math.sqrt(rounds)


def weighted_mean(blocks: Sequence[Shift]) -> float:
    """Average over blocks, each weighted by its rounds."""
    return sum(one.rounds * one.value for one in blocks) / sum(one.rounds for one in blocks)


def squares(blocks: Sequence[Shift]) -> float:
    """Sum the squared distances of blocks from their mean, each weighted by its rounds."""
    mean = weighted_mean(blocks)
    return sum(one.rounds * (one.value - mean) ** 2 for one in blocks)


def _median_of_chi_square(degrees: float) -> float:
    """The median of a mean square, which is 1 on average (Wilson and Hilferty, 1931)."""
    return (1 - 2 / (9 * degrees)) ** 3
