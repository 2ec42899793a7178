from __future__ import annotations

import math
import tracemalloc
from random import Random
from statistics import median
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.statistics import signed_rank_estimate
from pytest_speedup.statistics.numbers import FEW, walsh_average
from tests.statistics.pairs import walsh_averages

if TYPE_CHECKING:
    from collections.abc import Callable

ENOUGH = 2 * FEW + 8
"""Values whose averages are too many to be sorted at once."""

SHAPES: dict[str, Callable[[Random], float]] = {
    "normal": lambda random: random.gauss(0.0, 0.1),
    "ties": lambda random: float(random.randrange(3)),
    "equal": lambda _: 0.1,
    "two clusters": lambda random: random.choice((-1e6, 1e6)) + random.random(),
    "wild": lambda random: math.exp(20 * random.gauss(0.0, 1.0)),
    "rounded away": lambda random: random.choice((0.1, 1.0, 1e16)),
}


def sample(shape: str, count: int) -> list[float]:
    random = Random(count)
    return [SHAPES[shape](random) for _ in range(count)]


@given(
    st.lists(
        st.one_of(
            st.sampled_from([0.1, 0.2, 0.3]), st.floats(allow_nan=False, allow_infinity=False)
        ),
        min_size=1,
        max_size=2 * ENOUGH,
    ),
    st.data(),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_it_is_the_average_of_that_rank_among_all(values: list[float], data: st.DataObject) -> None:
    """To the last bit, ties and sums that overflow included."""
    averages = walsh_averages(values)
    rank = data.draw(st.integers(0, len(averages) - 1))
    assert walsh_average(sorted(values), rank) == averages[rank]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [1, 2, ENOUGH, ENOUGH + 1])
def test_every_rank_is_found(shape: str, count: int) -> None:
    """Where the averages are sorted at once, and where most are left out before."""
    values = sample(shape, count)
    averages = walsh_averages(values)
    assert [walsh_average(sorted(values), rank) for rank in range(len(averages))] == averages


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [*range(1, 12), 60, 61, 150])
def test_the_estimate_is_that_of_all_averages(shape: str, count: int) -> None:
    """Its centre is their median, be they even or odd in number, and its ends are two of them."""
    values = sample(shape, count)
    averages = walsh_averages(values)
    estimate = signed_rank_estimate(values, 0.9)
    assert estimate.value == median(averages)
    assert {estimate.low, estimate.high} <= {*averages}


@pytest.mark.parametrize("rank", [-1, 6])
def test_a_rank_that_is_not_there_is_refused(rank: int) -> None:
    """Three values have six averages."""
    with pytest.raises(IndexError, match=f"no Walsh average of 3 values has rank {rank}"):
        walsh_average([1.0, 2.0, 3.0], rank)


class Counted(float):
    """A number that counts how often one is added to another."""

    made = 0

    def __add__(self, other: float) -> float:
        Counted.made += 1
        return super().__add__(other)


@pytest.mark.parametrize("shape", SHAPES)
def test_few_averages_are_computed(shape: str) -> None:
    """Of a thousand values have half a million, and of twice as many four times."""
    made = []
    for count in (1_000, 2_000):
        Counted.made = 0
        values = sorted(map(Counted, sample(shape, count)))
        walsh_average(values, count * (count + 1) // 4)
        made.append(Counted.made / (count * math.log2(count)))
    assert max(made) < 40
    assert made[1] < 1.5 * made[0]


def test_memory_is_that_of_a_few_lists() -> None:
    """All averages of a thousand values would take sixteen megabytes."""
    values = sample("normal", 1_000)
    tracemalloc.start()
    try:
        signed_rank_estimate(values, 0.95)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2e6
