from __future__ import annotations

import math

import pytest

from pytest_speedup.model import Bound, Ceiling
from pytest_speedup.statistics import (
    estimate_ceiling,
    estimate_speedup,
    log_speedup,
    summarize,
)
from tests.samples import make_kernel_round, make_round, make_samples


def test_speedup_is_serial_over_parallel() -> None:
    """Rounds that agree leave no doubt."""
    estimate = estimate_speedup([make_round(0.8, 0.2)] * 6)
    assert (estimate.low, estimate.value, estimate.high) == pytest.approx((4.0, 4.0, 4.0))


def test_what_slows_a_whole_round_cancels() -> None:
    """The speedup is the same in a slow minute and in a fast one."""
    rounds = [make_round(0.8 * slow, 0.2 * slow) for slow in (1, 1.3, 2, 5, 1, 1)]
    estimate = estimate_speedup(rounds)
    assert (estimate.low, estimate.high) == pytest.approx((4.0, 4.0))


def test_several_parallel_turns_count_by_their_geometric_mean() -> None:
    """Turns of 0.1 s and 0.4 s are one of 0.2 s."""
    assert log_speedup(make_round(0.8, 0.1, 0.4)) == pytest.approx(math.log(4.0))


def test_the_ceiling_is_the_kernels_speedup() -> None:
    """It is estimated as the workload's is."""
    ceiling = Ceiling(Bound.CPU, (make_kernel_round(0.006, 0.004),) * 6)
    assert estimate_ceiling(ceiling).value == pytest.approx(1.5)


def test_efficiency_is_the_share_of_the_ceiling() -> None:
    """Half of what a pure kernel gets; without a ceiling, of one."""
    assert summarize(make_samples(2.0)).efficiency == pytest.approx(0.5)


def test_no_rounds_are_refused() -> None:
    """There is no speedup of nothing."""
    with pytest.raises(ValueError, match="at least one value"):
        estimate_speedup([])
