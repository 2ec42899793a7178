from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import with_coroutine
from pytest_speedup.measurement import timed, watch_reference
from workloads import consumers, counter, downloads, primes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_speedup.executors import Executor


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
    assert not watch_reference(work, timed).runs_its_own


def test_a_workload_that_only_asks_for_workers_runs_work_of_its_own() -> None:
    """It may have a pool of its own: it is measured, and that is said."""
    reference = watch_reference(lambda executor: [executor.workers], timed)
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
        watch_reference(work, timed)
    assert "\n" not in str(error.value)
