"""Where levels of a series begin."""

from __future__ import annotations

import math
from random import Random
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.statistics import MIN_LEVEL_LENGTH, Levels, find_levels
from pytest_speedup.statistics.levels import FINEST, Search, draw_in, partition


def series(random: Random, noise: float, *levels: tuple[int, float]) -> list[float]:
    """Log speedups around levels, each with its length."""
    return [
        math.log(level) + random.gauss(0, noise) for length, level in levels for _ in range(length)
    ]


def begins(levels: Levels) -> list[int]:
    """Where levels begin, other than the first."""
    return [one.begin for one in levels.all[1:]]


@pytest.mark.parametrize("noise", [0.005, 0.02, 0.08])
def test_steps_are_found_where_they_are(noise: float) -> None:
    """Of five times the noise, up and down."""
    step = math.exp(5 * noise)
    for seed in range(20):
        logs = series(Random(seed), noise, (20, 2.0), (25, 2.0 / step), (15, 2.0))
        first, second = begins(find_levels(logs))
        assert abs(first - 20) <= 1
        assert abs(second - 45) <= 1


def test_noise_is_no_change() -> None:
    """In at most a few of many histories, of any length."""
    claims = sum(
        len(begins(find_levels(series(Random(seed), 0.05, (length, 2.0)))))
        for seed in range(100)
        for length in (8, 30, 120)
    )
    assert claims <= 6


def test_a_history_that_never_varies_has_one_level() -> None:
    """There is no noise to divide by."""
    assert begins(find_levels([0.5] * 40)) == []
    assert begins(find_levels([0.5] * 20 + [0.4] * 20)) == [20]
    assert find_levels([0.5] * 40).noise == FINEST


def test_a_short_history_says_nothing() -> None:
    """Two levels take six runs."""
    (level,) = find_levels([0.0, 0.0, 0.0, 5.0, 5.0]).all
    assert (level.begin, level.end, level.mean) == (0, 5, 2.0)


def test_one_or_two_wild_runs_are_no_level() -> None:
    """Three are, however they came about."""
    quiet = series(Random(3), 0.01, (40, 2.0))
    for wild in (1, 2, 3):
        logs = [*quiet[:20], *[9.0] * wild, *quiet[20:]]
        found = begins(find_levels(logs))
        assert found == ([] if wild < MIN_LEVEL_LENGTH else [20, 23])


def test_wild_runs_hardly_move_the_mean_of_their_level() -> None:
    """They are drawn to what stands around them."""
    (level,) = find_levels([*[0.5] * 20, 90.0, *[0.5] * 20]).all
    assert level.mean == pytest.approx(0.5, abs=0.01)
    assert draw_in([0.0, 0.0, 7.0, 0.0, 0.0], 1.0) == [0.0, 0.0, 1.0, 0.0, 0.0]


def test_noise_that_lasts_is_told() -> None:
    """Of runs that have a part of the last one in them, and of runs that have none."""
    random = Random(1)
    fresh, lasting = [random.gauss(0, 0.05) for _ in range(2000)], [0.0]
    for one in fresh:
        lasting.append(0.5 * lasting[-1] + one)
    assert find_levels(fresh).lasting == pytest.approx(0.0, abs=0.06)
    assert find_levels(lasting).lasting == pytest.approx(0.5, abs=0.1)
    assert find_levels([0.1 * (-1) ** at for at in range(40)]).lasting == 0.0


def cost(values: list[float], firsts: list[int], penalty: float) -> float:
    """Squared residuals of a partition, and its penalties."""
    ends = [*firsts[1:], len(values)]
    parts = [values[first:end] for first, end in zip(firsts, ends, strict=True)]
    residuals = sum((one - fmean(part)) ** 2 for part in parts for one in part)
    return residuals + penalty * (len(parts) - 1)


def least_cost(values: list[float], penalty: float) -> float:
    """The least cost of all partitions, each beginning of the last segment tried."""
    best = [-penalty]
    for end in range(1, len(values) + 1):
        tried = [
            best[begin] + penalty + cost(values[begin:end], [0], 0.0)
            for begin in range(end - MIN_LEVEL_LENGTH + 1)
        ]
        best.append(min(tried, default=math.inf))
    return best[-1]


VALUES = st.lists(st.integers(-9, 9).map(float), min_size=3, max_size=24)


@given(VALUES, st.sampled_from([0.0, 1.0, 5.0, 40.0]))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_partition_costs_less(values: list[float], penalty: float) -> None:
    """And no level is too short."""
    firsts = partition(values, penalty)
    lengths = [b - a for a, b in zip(firsts, [*firsts[1:], len(values)], strict=True)]
    assert min(lengths) >= MIN_LEVEL_LENGTH
    assert cost(values, firsts, penalty) == pytest.approx(least_cost(values, penalty), abs=1e-6)


def test_a_thousand_values_keep_few_beginnings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pruning, half a million would be looked at."""
    looked = 0
    residuals = Search.residuals

    def counted(search: Search, begin: int, end: int) -> float:
        nonlocal looked
        looked += 1
        return residuals(search, begin, end)

    monkeypatch.setattr(Search, "residuals", counted)
    find_levels(series(Random(1), 0.05, (1000, 2.0)))
    assert looked < 40_000
