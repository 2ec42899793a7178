"""The mean over blocks, and how far it can be trusted.

Blocks are the replicas. A handful of them says little about how they vary, so their variance is
moderated: by that of all cells which run the same workload on the same executor, and that in
turn by a stated default, each as if it were some more blocks (Smyth, Statistical Applications in
Genetics and Molecular Biology 3(1), 2004). All variances are those of a single round; a block of
more rounds has a smaller one, and counts for more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.statistics import Shift

DEFAULT_WEIGHT = 4.0
"""Degrees of freedom that a stated default is worth."""

MOST_WEIGHT = 16.0
"""Degrees of freedom that cells of the same kind are worth at the most: they are no twins."""


@dataclass(frozen=True, slots=True)
class Typical:
    """How rounds vary in cells of one kind.

    Attributes:
        deviation: standard deviation of the log change in one round.
        degrees: degrees of freedom that it rests on.
    """

    deviation: float
    degrees: float


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over blocks.

    Attributes:
        value: in natural logarithms, with its standard error.
        degrees: degrees of freedom of the error.
    """

    value: float
    error: float
    degrees: float


def typical_of(cells: Sequence[Sequence[Shift]], default: float) -> Typical:
    """Estimate how rounds vary in cells of one kind.

    The default was measured on a machine that had nothing else to do. The more rounds vary than
    that, the less it counts: with its full weight, blocks that agree by chance would look sure.

    Args:
        cells: the blocks of each cell.
        default: the standard deviation of a round in such cells, as stated.
    """
    degrees = sum(len(blocks) - 1 for blocks in cells if blocks)
    squares = sum(_squares(blocks) for blocks in cells if blocks)
    seen = squares / degrees if degrees else 0.0
    weight = DEFAULT_WEIGHT * min(1.0, default**2 / seen) if seen else DEFAULT_WEIGHT
    variance = (weight * default**2 + squares) / (weight + degrees)
    return Typical(math.sqrt(variance), min(weight + degrees, MOST_WEIGHT))


def mean_of_blocks(blocks: Sequence[Shift], typical: Typical) -> Mean:
    """Average over blocks, each weighted by its rounds.

    Args:
        blocks: at least one.
        typical: how rounds of cells of its kind vary.
    """
    degrees = typical.degrees + len(blocks) - 1
    variance = (typical.degrees * typical.deviation**2 + _squares(blocks)) / degrees
    rounds = sum(one.rounds for one in blocks)
    return Mean(weighted_mean(blocks), math.sqrt(variance / rounds), degrees)


def weighted_mean(blocks: Sequence[Shift]) -> float:
    """Average over blocks, each weighted by its rounds."""
    return sum(one.rounds * one.value for one in blocks) / sum(one.rounds for one in blocks)


def _squares(blocks: Sequence[Shift]) -> float:
    mean = weighted_mean(blocks)
    return sum(one.rounds * (one.value - mean) ** 2 for one in blocks)
