from __future__ import annotations

import pytest

from pytest_speedup.statistics import signed_rank_estimate
from tests.statistics.pairs import walsh_averages

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
