from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.statistics import signed_rank_estimate
from tests.statistics.pairs import walsh_averages

VALUES = st.lists(st.floats(-10, 10), min_size=1, max_size=12)
UNHURRIED = settings(max_examples=50, deadline=None, derandomize=True)


def test_the_estimate_is_the_median_of_pairwise_averages() -> None:
    """Hodges and Lehmann's: one wild value moves it by little."""
    assert walsh_averages([0.0, 1.0, 4.0]) == [0.0, 0.5, 1.0, 2.0, 2.5, 4.0]
    assert signed_rank_estimate([0.0, 1.0, 4.0], 0.95).value == 1.5
    assert signed_rank_estimate([1.0, 1.1, 0.9, 1.05, 0.95, 1000.0], 0.95).value < 1.1


@pytest.mark.parametrize(
    ("count", "skipped", "reached"),
    [(5, 0, 0.9375), (6, 0, 0.96875), (10, 8, 0.95117), (20, 52, 0.95156)],
)
def test_the_interval_follows_the_exact_distribution(
    count: int, skipped: int, reached: float
) -> None:
    """Critical values as tabled: Hollander, Wolfe and Chicken 2014, table A.4."""
    values = [float(2**n) for n in range(count)]
    averages = walsh_averages(values)
    estimate = signed_rank_estimate(values, 0.95)
    assert (estimate.low, estimate.high) == (averages[skipped], averages[-1 - skipped])
    assert estimate.confidence == pytest.approx(reached, abs=1e-4)


def test_a_single_value_promises_nothing() -> None:
    """Its interval is itself, with the confidence that this has: none."""
    estimate = signed_rank_estimate([3.0], 0.95)
    assert (estimate.low, estimate.value, estimate.high, estimate.confidence) == (3, 3, 3, 0)


def test_large_samples_go_on_where_small_ones_end() -> None:
    """The normal approximation skips about as many averages as the exact distribution."""
    widths = []
    for count in (60, 61):
        estimate = signed_rank_estimate([float(n) / count for n in range(count)], 0.95)
        widths.append(estimate.high - estimate.low)
    assert widths[1] == pytest.approx(widths[0], rel=0.03)


def test_no_value_is_refused() -> None:
    """There is nothing to estimate."""
    with pytest.raises(ValueError, match="at least one value"):
        signed_rank_estimate([], 0.95)


@given(VALUES, st.floats(-5, 5))
@UNHURRIED
def test_shifting_the_sample_shifts_the_estimate(values: list[float], shift: float) -> None:
    """All of interval and estimate moves along."""
    before = signed_rank_estimate(values, 0.9)
    after = signed_rank_estimate([value + shift for value in values], 0.9)
    moved = (before.low + shift, before.value + shift, before.high + shift)
    assert (after.low, after.value, after.high) == pytest.approx(moved, abs=1e-9)


@given(VALUES)
@UNHURRIED
def test_turning_the_sample_around_turns_the_interval_around(values: list[float]) -> None:
    """A loss and a gain of the same size are judged alike."""
    one = signed_rank_estimate(values, 0.9)
    other = signed_rank_estimate([-value for value in values], 0.9)
    assert (-other.high, -other.value, -other.low) == pytest.approx((one.low, one.value, one.high))
