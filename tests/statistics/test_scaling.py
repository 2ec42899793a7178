from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.model import Reading
from pytest_speedup.statistics import Point, fit_amdahl, fit_usl, karp_flatt

COUNTS = (2, 4, 8, 16, 32)


def make_point(workers: int, speedup: float, error: float = 0.01) -> Point:
    return Point(workers, Reading(math.log(speedup), error))


def usl(workers: int, contention: float, coherency: float) -> float:
    return workers / (1 + contention * (workers - 1) + coherency * workers * (workers - 1))


@given(st.floats(0, 0.9), st.floats(0, 0.1))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_exact_speedups_give_their_law_back(contention: float, coherency: float) -> None:
    """And the peak that follows from it."""
    fit = fit_usl([make_point(n, usl(n, contention, coherency)) for n in COUNTS])
    assert fit is not None
    assert fit.contention.value == pytest.approx(contention, abs=1e-9)
    assert fit.coherency.value == pytest.approx(coherency, abs=1e-9)
    if coherency > 1e-6:
        assert fit.peak == pytest.approx(math.sqrt((1 - contention) / coherency), rel=1e-4)


def test_amdahls_law_is_the_one_without_coherency() -> None:
    """Its peak lies nowhere."""
    points = [make_point(n, usl(n, 0.1, 0.0)) for n in COUNTS]
    amdahl, universal = fit_amdahl(points), fit_usl(points)
    assert amdahl is not None
    assert universal is not None
    assert amdahl.serial_fraction.value == pytest.approx(0.1)
    assert universal.coherency.value == pytest.approx(0.0, abs=1e-9)
    assert universal.peak > 1000


def test_karp_and_flatts_worked_example() -> None:
    """Eight workers that are six times as fast: (1/6 - 1/8) / (1 - 1/8)."""
    estimate = karp_flatt(make_point(8, 6.0))
    assert estimate.value == pytest.approx((1 / 6 - 1 / 8) / (1 - 1 / 8))
    assert estimate.low < estimate.value < estimate.high


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Where the speedups are known with an error."""
    random, within = Random(1), 0
    for _ in range(400):
        points = [
            make_point(n, usl(n, 0.05, 0.002) * math.exp(random.gauss(0, 0.03)), 0.03)
            for n in COUNTS
        ]
        fit = fit_usl(points)
        assert fit is not None
        within += fit.contention.low <= 0.05 <= fit.contention.high
    assert within / 400 >= 0.93


@pytest.mark.parametrize("counts", [(), (2,), (2, 4)])
def test_too_few_points_fit_no_law(counts: tuple[int, ...]) -> None:
    """Instead of nonsense there is nothing."""
    points = [make_point(n, usl(n, 0.1, 0.01)) for n in counts]
    assert fit_usl(points) is None
    assert (fit_amdahl(points) is None) is (len(counts) < 2)


def test_more_than_ideal_is_no_negative_fraction() -> None:
    """Caches can make four workers five times as fast; no law here has room for it."""
    points = [make_point(n, 1.2 * n) for n in COUNTS]
    amdahl, universal = fit_amdahl(points), fit_usl(points)
    assert amdahl is not None
    assert universal is not None
    assert amdahl.serial_fraction.value == 0
    assert (universal.contention.value, universal.coherency.value) == (0, 0)


def test_a_law_that_does_not_fit_is_less_sure() -> None:
    """Than its points are."""
    good = fit_amdahl([make_point(n, usl(n, 0.1, 0.0)) for n in COUNTS])
    bad = fit_amdahl([make_point(n, usl(n, 0.0, 0.02)) for n in COUNTS])
    assert good is not None
    assert bad is not None
    widths = [fit.serial_fraction.high - fit.serial_fraction.low for fit in (good, bad)]
    assert widths[1] > 10 * widths[0]
