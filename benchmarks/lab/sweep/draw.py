"""Draws ways: every value of every axis at least once, then as many pairs as can be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING

from benchmarks.lab.sweep.axes import AXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.lab.sweep.value import Value

CANDIDATES = 40
"""Ways that are drawn for one to be chosen."""

PREFERENCE = 0.9
"""Share of draws that are among values which no way has yet, while there are any."""

PATIENCE = 2_000
"""Draws in a row that may fail before the axes are said to leave nothing."""

Pair = frozenset[str]


@dataclass(frozen=True, slots=True)
class Way:
    """A way to call pytest and to mark a test.

    Attributes:
        values: one of each axis, in the order of the axes.
    """

    values: tuple[Value, ...]

    @property
    def name(self) -> str:
        """The names of its values."""
        return " | ".join(value.name for value in self.values)

    @property
    def pairs(self) -> set[Pair]:
        """The names of each two of its values."""
        names = (value.name for value in self.values)
        return {frozenset(pair) for pair in combinations(names, 2)}


def draw(
    count: int,
    seed: int,
    only: Iterable[tuple[str, str]] = (),
    axes: Mapping[str, Sequence[Value]] = AXES,
) -> list[Way]:
    """Draw different ways.

    Args:
        count: how many; of fewer than the longest axis has, some values are not among them.
        seed: the same ways come of the same seed.
        only: values that each way is to have, as axis and name.
        axes: the values of each axis.

    Raises:
        ValueError: a value is unknown, or there are not as many ways.
    """
    left = _narrowed(axes, list(only))
    random = Random(seed)
    drawn: dict[str, Way] = {}
    seen: Counter[str] = Counter()
    pairs: set[Pair] = set()
    while len(drawn) < count:
        candidates = [_candidate(left, random, drawn, seen) for _ in range(CANDIDATES)]
        best = max(candidates, key=lambda way: _worth(way, seen, pairs))
        drawn[best.name] = best
        seen.update(value.name for value in best.values)
        pairs |= best.pairs
    return list(drawn.values())


def is_possible(values: Sequence[Value]) -> bool:
    """Tell whether values go together.

    Two that each have an exit code of pytest's own to add would hide one another, and a test
    beside that is not selected would try nothing.
    """
    names = {value.name for value in values}
    if not names.isdisjoint(name for value in values for name in value.excludes):
        return False
    if any(value.alone for value in values) and any(value.is_beside for value in values):
        return False
    return sum(value.adds > 0 for value in values) <= 1


def _candidate(
    axes: Mapping[str, Sequence[Value]],
    random: Random,
    drawn: Mapping[str, Way],
    seen: Counter[str],
) -> Way:
    for _ in range(PATIENCE):
        way = Way(tuple(_chosen(values, random, seen) for values in axes.values()))
        if is_possible(way.values) and way.name not in drawn:
            return way
    message = (
        f"there are no more than {len(drawn)} such ways; ask for fewer, or with less of --only"
    )
    raise ValueError(message)


def _chosen(values: Sequence[Value], random: Random, seen: Counter[str]) -> Value:
    """Draw a value that no way has yet, mostly: some exclude others."""
    fresh = [value for value in values if not seen[value.name]]
    return random.choice(fresh if fresh and random.random() < PREFERENCE else values)


def _worth(way: Way, seen: Counter[str], pairs: set[Pair]) -> tuple[int, int]:
    fresh = sum(not seen[value.name] for value in way.values)
    return fresh, len(way.pairs - pairs)


def _narrowed(
    axes: Mapping[str, Sequence[Value]], only: Sequence[tuple[str, str]]
) -> dict[str, Sequence[Value]]:
    wanted = dict(only)
    for axis in wanted:
        if axis not in axes:
            message = f"there is no axis {axis!r}; there are {', '.join(axes)}"
            raise ValueError(message)
    return {axis: _kept(axis, values, wanted.get(axis)) for axis, values in axes.items()}


def _kept(axis: str, values: Sequence[Value], name: str | None) -> Sequence[Value]:
    kept = [value for value in values if name in (None, value.name)]
    if not kept:
        known = ", ".join(value.name for value in values)
        message = f"axis {axis} has no value {name!r}; it has: {known}"
        raise ValueError(message)
    return kept
