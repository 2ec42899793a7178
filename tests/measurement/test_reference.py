"""The serial run: what is expected by it, watched and warmed up for it."""

from __future__ import annotations

import math
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import with_coroutine
from pytest_speedup.measurement import (
    Timed,
    Workload,
    bound_of,
    computes_at_once,
    run_once,
    run_reference,
    timed,
    warm_up,
    watch_reference,
)
from pytest_speedup.measurement.reference import RAMP_SECONDS
from pytest_speedup.model import Bound
from workloads import consumers, counter, downloads, primes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_speedup.executors import AwaitableExecutor, Executor


class Machine:
    """Runs of 40 ms on a clock whose CPU time goes up in steps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, share: float, step: float) -> None:
        self.time = self.cpu = 0.4 * step
        self.share = share
        self.step = step
        self.runs = 0
        monkeypatch.setattr("pytest_speedup.clock.now", lambda: self.time)
        monkeypatch.setattr("pytest_speedup.clock.process_cpu", self.charged)

    def charged(self) -> float:
        return math.floor(self.cpu / self.step) * self.step if self.step else self.cpu

    def work(self) -> int:
        self.runs += 1
        self.time += 0.04
        self.cpu += 0.04 * self.share
        return self.runs


@pytest.mark.parametrize(("share", "expected"), [(0.3, Bound.CPU), (0.1, Bound.WAIT)])
def test_windows_runs_until_its_clock_can_tell(
    monkeypatch: pytest.MonkeyPatch, share: float, expected: Bound
) -> None:
    """A single run that computes for 12 ms would be charged with nothing there."""
    machine = Machine(monkeypatch, share, 1 / 64)
    monkeypatch.setattr(sys, "platform", "win32")
    reference = run_reference(partial(timed, machine.work))
    assert bound_of(reference) is expected
    assert (reference.result, machine.runs) == (1, 4)
    assert reference.seconds == pytest.approx(0.04)


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_elsewhere_one_run_tells(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    """CPU time is counted finely."""
    machine = Machine(monkeypatch, 0.3, 0.0)
    monkeypatch.setattr(sys, "platform", system)
    reference = run_reference(partial(timed, machine.work))
    assert bound_of(reference) is Bound.CPU
    assert (reference.result, machine.runs) == (1, 1)
    assert reference.cpu_seconds == pytest.approx(0.012)


@pytest.mark.parametrize(("bound", "runs"), [(Bound.WAIT, 1), (Bound.CPU, 4)])
def test_computing_warms_up_until_its_cores_are_at_speed(
    monkeypatch: pytest.MonkeyPatch, bound: Bound, runs: int
) -> None:
    """Waiting warms up once; here each run takes a good quarter of the ramp."""
    time = 50.0

    def run() -> int:
        nonlocal time
        time += RAMP_SECONDS * 0.26
        return 7

    monkeypatch.setattr("pytest_speedup.measurement.reference.now", lambda: time)
    assert [one.result for one in warm_up(partial(timed, run), bound)] == [7] * runs


async def twice_async(number: int) -> int:
    return 2 * number


@with_coroutine(twice_async)
def twice(number: int) -> int:
    return 2 * number


def first_two(executor: Executor) -> list[int]:
    return [result for result, _ in zip(executor.map(twice, range(9)), range(2), strict=False)]


def zipped(executor: Executor) -> list[tuple[int, int]]:
    tasks = range(3)
    return list(zip(tasks, executor.map(twice, tasks), strict=False))


async def awaited(executor: Executor) -> list[int]:
    return list(executor.map(twice, range(3)))


def generator(executor: Executor) -> Iterator[int]:
    yield from executor.map(twice, range(3))


def first_wave_alone(executor: Executor) -> list[int]:
    executor.map(twice, range(3))
    return list(executor.map(twice, range(3)))


WORKLOADS: list[Callable[[Executor], object]] = [
    lambda executor: list(executor.map(twice, range(3))),
    lambda executor: executor.each(lambda: 1),
    lambda executor: list(executor.map(twice, [])) + list(executor.map(twice, [1])),
    zipped,
    partial(downloads.run, load=downloads.SIZES["quick"]),
    partial(consumers.run, load=consumers.SIZES["quick"]),
    partial(counter.run, load=counter.SIZES["quick"]),
    partial(primes.run, chunks=primes.SIZES["quick"]),
]


@pytest.mark.parametrize("work", WORKLOADS)
def test_workloads_that_hand_over_tasks_are_taken(work: Callable[[Executor], object]) -> None:
    """However they take the results, as long as they take them all."""
    assert not watch_reference(Workload(work), run_once).runs_its_own


def test_a_workload_that_only_asks_for_workers_runs_work_of_its_own() -> None:
    """It may have a pool of its own: it is measured, and that is said."""
    reference = watch_reference(Workload(lambda executor: [executor.workers]), run_once)
    assert reference.runs_its_own
    assert reference.run.result == [1]


REFUSED: list[tuple[Callable[[Executor], Any], str]] = [
    (lambda executor: executor.map(twice, range(3)), r"iterator \(generator\).*list"),
    (lambda executor: (each for each in executor.map(twice, range(3))), r"list\(...\)"),
    (lambda executor: len([executor.map(twice, range(3))]), r"before its tasks had ended.*list"),
    (lambda executor: [executor.workers, executor.map(twice, [1])], "before its tasks had ended"),
    (first_two, "before its tasks had ended"),
    (first_wave_alone, "before its tasks had ended"),
    (generator, r"iterator \(generator\)"),
    (awaited, "a coroutine, which nobody awaits"),
    (lambda executor: list(executor.map(twice, [])), "an empty list of tasks"),
    (lambda _: [twice(one) for one in range(3)], r"handed no task to its executor.*list"),
    (lambda executor: executor.name, "handed no task to its executor"),
    (lambda executor: executor.counter().value, "handed no task to its executor"),
    (lambda executor: executor.queue().put(1), "handed no task to its executor"),
]


@pytest.mark.parametrize(("work", "complaint"), REFUSED)
def test_workloads_that_leave_their_executor_alone_are_refused(
    work: Callable[[Executor], object], complaint: str
) -> None:
    """What they cost is not in what is timed, or nothing of it could become faster."""
    with pytest.raises(SpeedupError, match=complaint) as error:
        watch_reference(Workload(work), run_once)
    assert "\n" not in str(error.value)


async def takes_all(executor: AwaitableExecutor) -> list[int]:
    return await executor.map(twice_async, range(3))


async def has_its_own(executor: AwaitableExecutor) -> int:
    return executor.workers


async def has_nothing(executor: AwaitableExecutor) -> list[int]:
    return await executor.map(twice_async, [])


async def leaves_it_alone(_executor: AwaitableExecutor) -> int:
    return await twice_async(1)


@pytest.mark.parametrize(("workload", "its_own"), [(takes_all, False), (has_its_own, True)])
def test_coroutines_are_watched(workload: Callable[..., Any], *, its_own: bool) -> None:
    """Those that an executor ran, and the number of workers that one asked for."""
    watched = watch_reference(Workload.of(workload, (), {}), run_once)
    assert watched.runs_its_own == its_own


@pytest.mark.parametrize(
    ("workload", "complaint"),
    [(has_nothing, "an empty list of tasks"), (leaves_it_alone, "handed no task to its executor")],
)
def test_coroutines_that_leave_their_executor_alone_are_refused(
    workload: Callable[..., Any], complaint: str
) -> None:
    """As other workloads are."""
    with pytest.raises(SpeedupError, match=complaint):
        watch_reference(Workload.of(workload, (), {}), run_once)


@pytest.mark.parametrize(("cpu", "at_once"), [(1.9, True), (1.2, False), (0.1, False)])
def test_threads_that_compute_at_once_take_more_cpu_than_time(cpu: float, at_once: bool) -> None:  # noqa: FBT001
    """One at a time, they cannot."""
    assert computes_at_once(Timed(None, 1.0, cpu)) is at_once
