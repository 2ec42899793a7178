from __future__ import annotations

import pytest

from pytest_speedup.model import Bound, Cell, Estimate, Samples, Summary

CELL = Cell("test_work[thread-2]", "test_work", "thread", 2, "default")
SAMPLES = Samples(CELL, (), None, 0.1, Bound.CPU, oversubscribed=False)
SPEEDUP = Estimate(value=1.5, low=1.2, high=1.8, confidence=0.95)
CEILING = Estimate(value=2.0, low=1.6, high=2.5, confidence=0.95)


def test_efficiency_compares_point_estimates() -> None:
    """A speedup of 1.5 under a ceiling of 2 is three quarters, however wide the intervals."""
    assert Summary(SAMPLES, SPEEDUP, CEILING).efficiency == pytest.approx(0.75)


def test_the_efficiency_of_one_worker_is_its_speedup() -> None:
    """Without a ceiling, one is the most that can be had."""
    assert Summary(SAMPLES, SPEEDUP, None).efficiency == pytest.approx(1.5)
