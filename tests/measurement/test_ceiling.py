from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import pytest

from pytest_speedup.executors import SerialExecutor
from pytest_speedup.measurement import MIN_ROUNDS, kernel_arms, measure_ceiling
from pytest_speedup.measurement.machine import CPU_STEPS, WAIT_SECONDS, compute, kernel_share
from pytest_speedup.model import KERNEL_PARALLEL, KERNEL_SERIAL, Bound
from pytest_speedup.statistics import estimate_ceiling

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor

R = TypeVar("R")
WORKERS = 4


class FakePool(SerialExecutor):
    """Starts its workers 0.1 s apart on the fake clock, each at a time of its own."""

    workers = WORKERS

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def each(self, function: Callable[[], R]) -> list[R]:
        begin = self.clock.time
        results = []
        ends = []
        for rank in range(self.workers):
            self.clock.time = begin + 0.1 * rank
            results.append(function())
            ends.append(self.clock.time)
        self.clock.time = max(ends) + 5.0  # handing back the results is not the kernel's
        return results


class ForeignPool(FakePool):
    """Its workers have clocks of their own."""

    shares_clock = False


class Clock:
    """Each share of the kernel takes a second on it."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time

    def work(self, _share: float) -> None:
        self.time += 1.0


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Executor:
    clock = Clock()
    monkeypatch.setattr("pytest_speedup.measurement.machine.now", clock)
    kernels = dict.fromkeys(Bound, clock.work)
    monkeypatch.setattr("pytest_speedup.measurement.machine._KERNELS", kernels)
    return cast("Executor", FakePool(clock))


def test_serial_runs_all_shares_one_after_another(pool: Executor) -> None:
    """As much work as the workers have together."""
    assert kernel_arms(pool, Bound.CPU)[KERNEL_SERIAL]() == pytest.approx(4.0)


def test_parallel_counts_from_the_first_begin_to_the_last_end(pool: Executor) -> None:
    """Handing out and taking back is the workload's affair, not the machine's."""
    assert kernel_arms(pool, Bound.CPU)[KERNEL_PARALLEL]() == pytest.approx(1.3)


def test_the_longest_share_counts_where_clocks_differ(pool: FakePool) -> None:
    """A beginning by one clock and an end by another say nothing."""
    foreign = cast("Executor", ForeignPool(pool.clock))
    assert kernel_arms(foreign, Bound.CPU)[KERNEL_PARALLEL]() == pytest.approx(1.0)


def test_the_ceiling_is_measured_in_paired_rounds(pool: Executor) -> None:
    """Enough of them for an interval."""
    ceiling = measure_ceiling(pool, Bound.WAIT)
    assert len(ceiling.rounds) == MIN_ROUNDS
    assert ceiling.bound is Bound.WAIT
    assert estimate_ceiling(ceiling).value == pytest.approx(4.0 / 1.3)


def test_computing_is_shared_out_and_waiting_is_not() -> None:
    """The kernel takes as long for many workers as for few."""
    assert kernel_share(Bound.CPU, 4) * 4 == CPU_STEPS
    assert kernel_share(Bound.WAIT, 4) == WAIT_SECONDS


def test_the_kernel_computes() -> None:
    """It cannot be skipped: each step needs the one before."""
    assert [compute(steps) for steps in (0, 1, 2, 6)] == [1, 5, 25, pow(5, 6, 8191)]
