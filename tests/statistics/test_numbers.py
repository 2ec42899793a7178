from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.statistics import signed_rank_estimate, t_quantile
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


EXACT = [
    (2, 0.95, 0, 0.5),
    (3, 0.5, 1, 0.5),
    (5, 0.95, 0, 0.9375),
    (6, 0.95, 0, 0.96875),
    (6, 0.9, 2, 0.90625),
    (8, 0.99, 0, 0.9921875),
    (10, 0.9, 10, 0.916015625),
    (15, 0.99, 15, 0.9916381836),
    (30, 0.95, 137, 0.9502898790),
    (50, 0.95, 434, 0.9505535932),
    (60, 0.95, 648, 0.9507184940),
]
"""Size, confidence asked for, averages skipped at each end, and confidence reached.

From the exact distribution in SciPy 1.17.1 (scipy.stats._wilcoxon.WilcoxonDistribution): the
largest k with P(T <= k) <= (1 - confidence) / 2. Sizes of 5 and below: by hand, 1 - 2 P(T <= k).
"""


def skipped(count: int, confidence: float) -> tuple[int, int, float]:
    """Walsh averages below and above the interval, and the confidence reached."""
    values = [float(n * n) + n / 1024 for n in range(count)]
    averages = walsh_averages(values)
    estimate = signed_rank_estimate(values, confidence)
    below = sum(one < estimate.low for one in averages)
    above = sum(one > estimate.high for one in averages)
    return below, above, estimate.confidence


@pytest.mark.parametrize(("count", "confidence", "expected", "reached"), EXACT)
def test_up_to_sixty_values_the_distribution_is_exact(
    count: int, confidence: float, expected: int, reached: float
) -> None:
    """As many averages are left out on either side as the confidence allows, and no more."""
    below, above, confident = skipped(count, confidence)
    assert (below, above) == (expected, expected)
    assert confident == pytest.approx(reached, abs=1e-10)


def test_a_confidence_that_is_met_exactly_is_used_in_full() -> None:
    """Six values leave out none at 31/32: the tail of 1/64 is just allowed, and one more not."""
    assert skipped(6, 0.96875) == (0, 0, 0.96875)
    assert skipped(6, 0.9375) == (1, 1, 0.9375)


@pytest.mark.parametrize(
    ("count", "confidence", "expected"),
    [(61, 0.95, 672), (61, 0.99, 586), (80, 0.9, 1277), (100, 0.95, 1954)],
)
def test_beyond_sixty_values_the_normal_distribution_is_used(
    count: int, confidence: float, expected: int
) -> None:
    """Rounded down to whole averages, and the confidence is the one that was asked for.

    floor(n (n + 1) / 4 + z sqrt(n (n + 1) (2 n + 1) / 24)), z: scipy.stats.norm.ppf, SciPy 1.17.1.
    """
    assert skipped(count, confidence) == (expected, expected, confidence)


def test_beyond_sixty_values_a_confidence_near_one_takes_all_averages() -> None:
    """The normal distribution would skip less than none of them."""
    assert skipped(61, 1 - 1e-13) == (0, 0, 1 - 1e-13)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_samples_too_small_for_the_confidence_say_what_they_reach(count: int) -> None:
    """The whole span of n values misses the centre once in 2^(n - 1) times."""
    values = [float(n) for n in range(count)]
    estimate = signed_rank_estimate(values, 0.999)
    assert (estimate.low, estimate.high) == (values[0], values[-1])
    assert estimate.confidence == pytest.approx(1 - 2 ** (1 - count))


def test_the_order_of_the_values_does_not_matter() -> None:
    """A sample is a set: rounds that are shuffled say the same."""
    values = [0.3, -1.0, 2.5, 0.1, 0.9, -0.4, 1.7]
    assert signed_rank_estimate(values, 0.9) == signed_rank_estimate(values[::-1], 0.9)


@pytest.mark.parametrize(
    ("probability", "degrees", "expected"),
    [
        (0.975, 1, 12.7062047),
        (0.975, 2, 4.30265273),
        (0.975, 3, 3.18244631),
        (0.95, 5, 2.01504837),
        (0.999, 12, 3.92963326),
        (0.9995, 7.5, 5.20772566),
        (0.9, 30, 1.31041503),
        (0.99, 1000, 2.33008267),
    ],
)
def test_quantiles_agree_with_tables(probability: float, degrees: float, expected: float) -> None:
    """Values of scipy.stats.t.ppf, SciPy 1.17."""
    assert t_quantile(probability, degrees) == pytest.approx(expected, rel=2e-5)
    assert t_quantile(1 - probability, degrees) == pytest.approx(-expected, rel=2e-5)


def test_the_median_is_zero() -> None:
    """The distribution is symmetric."""
    assert t_quantile(0.5, 4) == 0.0


@pytest.mark.parametrize(("probability", "degrees"), [(0.0, 5), (1.0, 5), (0.9, 0.5)])
def test_impossible_arguments_are_refused(probability: float, degrees: float) -> None:
    """They would give a number that means nothing."""
    with pytest.raises(ValueError, match="no t quantile"):
        t_quantile(probability, degrees)


REFERENCE = [
    (0.75, 3, 0.764892328),
    (0.9, 3, 1.63774435),
    (0.9999, 3, 22.2037423),
    (0.6, 4, 0.270722295),
    (0.9, 4, 1.53320627),
    (0.75, 4.4, 0.734281672),
    (0.99, 5, 3.36493000),
    (0.75, 6, 0.717558196),
    (0.9, 6, 1.43975575),
    (0.6, 8, 0.261921097),
    (0.95, 8, 1.85954804),
    (0.999, 8, 4.50079093),
    (0.8, 10, 0.879057829),
    (0.9999, 10, 5.69382010),
    (0.99999, 12, 6.76516924),
    (0.75, 30, 0.682755693),
    (0.995, 60, 2.66028303),
]
"""Probability, degrees of freedom and scipy.stats.t.ppf, SciPy 1.17.1."""


@pytest.mark.parametrize(("probability", "degrees", "expected"), REFERENCE)
def test_quantiles_are_good_to_six_digits(
    probability: float, degrees: float, expected: float
) -> None:
    """From three degrees of freedom on, in the middle and far out in the tail."""
    assert t_quantile(probability, degrees) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("probability", [0.75, 0.9, 0.95, 0.99, 0.999])
def test_more_degrees_of_freedom_bring_the_quantile_closer(probability: float) -> None:
    """No step where the algorithm changes from one series to the other."""
    quantiles = [t_quantile(probability, 2 + tenth / 10) for tenth in range(1, 300)]
    assert quantiles == sorted(quantiles, reverse=True)
