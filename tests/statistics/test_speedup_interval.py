from __future__ import annotations

import math

import pytest

from pytest_speedup.model import (
    KERNEL_PARALLEL,
    KERNEL_SERIAL,
    PARALLEL,
    SERIAL,
    Bound,
    Ceiling,
    Cell,
    Round,
    Samples,
    Turn,
)
from pytest_speedup.statistics import estimate_ceiling, estimate_speedup, summarize

POWERS = [2.0**n for n in range(6)]
CELL = Cell("test_work[thread-2]", "test_work", "thread", 2, "default")


def work(speedup: float) -> Round:
    return Round((Turn(SERIAL, speedup), Turn(PARALLEL, 1.0)))


def kernel(speedup: float) -> Round:
    return Round((Turn(KERNEL_PARALLEL, 1.0), Turn(KERNEL_SERIAL, speedup)))


def test_the_interval_of_six_rounds_spans_them() -> None:
    """At 95 %, six rounds leave nothing out, and say that they reach 31/32."""
    estimate = estimate_speedup([work(power) for power in POWERS])
    assert (estimate.low, estimate.high) == pytest.approx((1.0, 32.0))
    assert estimate.value == pytest.approx(math.sqrt(32.0))
    assert estimate.confidence == 0.96875


def test_less_confidence_gives_a_narrower_interval_of_the_speedup() -> None:
    """At 90 %, six rounds skip two pairwise means on either side: 2^0 and 2^0.5."""
    estimate = estimate_speedup([work(power) for power in POWERS], 0.9)
    assert (estimate.low, estimate.high) == pytest.approx((2.0, 16.0))
    assert estimate.confidence == 0.90625


def test_less_confidence_gives_a_narrower_interval_of_the_ceiling() -> None:
    """The kernel's rounds are estimated as the workload's are."""
    ceiling = Ceiling(Bound.CPU, tuple(kernel(power) for power in POWERS))
    estimate = estimate_ceiling(ceiling, 0.9)
    assert (estimate.low, estimate.high) == pytest.approx((2.0, 16.0))
    assert estimate.confidence == 0.90625


def test_a_summary_takes_in_every_round() -> None:
    """Rounds that differ give an interval that holds them all, of speedup and ceiling alike."""
    samples = Samples(
        CELL,
        tuple(work(power) for power in POWERS),
        Ceiling(Bound.CPU, tuple(kernel(4 * power) for power in POWERS)),
        cold_start=0.1,
        bound=Bound.CPU,
        oversubscribed=False,
    )
    summary = summarize(samples)
    assert summary.ceiling is not None
    assert (summary.speedup.low, summary.speedup.high) == pytest.approx((1.0, 32.0))
    assert (summary.ceiling.low, summary.ceiling.high) == pytest.approx((4.0, 128.0))
