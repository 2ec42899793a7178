"""Workloads that are coroutine functions."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.errors import SpeedupError, UnsuitableError
from pytest_speedup.executors import SerialExecutor, ThreadExecutor, plain
from pytest_speedup.executors.coroutines import AsyncioExecutor
from tests.executors import tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_speedup.executors import AwaitableExecutor, Executor


@pytest.fixture(params=[SerialExecutor, partial(AsyncioExecutor, 3)], ids=["serial", "asyncio"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with request.param() as one:
        yield one


class Flight:
    """Tasks that note how many of them are on their way."""

    def __init__(self) -> None:
        self.now = self.peak = 0
        self.ended: list[int] = []

    async def go(self, task: int) -> int:
        self.now += 1
        self.peak = max(self.peak, self.now)
        for _ in range(3 + task % 2):
            await asyncio.sleep(0)
        self.now -= 1
        self.ended.append(task)
        return 10 * task


def run(workload: Callable[..., Any], executor: Executor, *args: object) -> Any:  # noqa: ANN401 - its own
    return plain(workload)(executor, *args)


async def go_all(executor: AwaitableExecutor, flight: Flight, count: int) -> list[int]:
    return await executor.map(flight.go, range(count))


class Called:
    async def __call__(self, executor: AwaitableExecutor, flight: Flight, count: int) -> list[int]:
        return await executor.map(flight.go, range(count))


def test_other_workloads_stay_as_they_are() -> None:
    """They are called as ever."""
    assert plain(run) is run


@pytest.mark.parametrize("workload", [go_all, partial(go_all), Called()])
def test_whatever_makes_coroutines_runs_on_a_loop(
    workload: Callable[..., Any], executor: Executor
) -> None:
    """A function, a partial of one, and an object that is called."""
    assert run(workload, executor, Flight(), 3) == [0, 10, 20]


@pytest.mark.parametrize("count", [0, 1, 7])
def test_as_many_tasks_run_at_once_as_there_are_workers(executor: Executor, count: int) -> None:
    """Of serial code one; the results come in order all the same."""
    flight = Flight()
    assert run(go_all, executor, flight, count) == [10 * task for task in range(count)]
    assert flight.peak == min(count, executor.workers)


def test_workers_are_those_of_all_maps_together(executor: Executor) -> None:
    """Two lists of tasks do not have twice as many."""
    flight = Flight()

    async def workload(executor: AwaitableExecutor) -> list[list[int]]:
        maps = [executor.map(flight.go, range(4)) for _ in range(2)]
        return await asyncio.gather(*maps)

    assert run(workload, executor) == [[0, 10, 20, 30]] * 2
    assert flight.peak == executor.workers


def test_each_turn_has_a_loop_of_its_own(executor: Executor) -> None:
    """Which is closed at its end."""

    async def workload(_executor: AwaitableExecutor) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    loops = [run(workload, executor) for _ in range(3)]
    assert len(set(loops)) == 3
    assert all(loop.is_closed() for loop in loops)


def test_results_are_taken_one_by_one(executor: Executor) -> None:
    """Serial code begins a task when the result of the one before was taken."""
    flight = Flight()

    async def workload(executor: AwaitableExecutor) -> list[tuple[int, int]]:
        return [(one, len(flight.ended)) async for one in executor.map(flight.go, range(4))]

    taken = run(workload, executor)
    assert [one for one, _ in taken] == [0, 10, 20, 30]
    if executor.name == "serial":
        assert [ended for _, ended in taken] == [1, 2, 3, 4]


def test_a_function_stands_for_its_coroutine_function(executor: Executor) -> None:
    """As on the asyncio executor, partials included."""

    async def workload(executor: AwaitableExecutor) -> list[int]:
        named: Any = tasks.double
        return [*await executor.map(named, [1, 2]), *await executor.map(partial(named), [3])]

    assert run(workload, executor) == [2, 4, 6]


def test_an_error_is_raised_once_nothing_runs_any_more(executor: Executor) -> None:
    """What has not begun never will."""
    flight = Flight()

    async def fail_at_one(task: int) -> int:
        await flight.go(task)
        if task == 1:
            message = "one"
            raise ValueError(message)
        return task

    async def workload(executor: AwaitableExecutor) -> tuple[int, Tally[int]]:
        with pytest.raises(ValueError, match="one"):
            await executor.map(fail_at_one, range(50))
        return flight.now, Tally(flight.ended)

    running, ended = run(workload, executor)
    assert running == 0
    assert ended[0] == ended[1] == 1
    assert len(ended) <= 1 + 2 * executor.workers


async def nested(executor: AwaitableExecutor) -> list[list[int]]:
    async def outer(task: int) -> list[int]:
        return await executor.map(Flight().go, range(task))

    return await executor.map(outer, range(3))


async def untaken(executor: AwaitableExecutor) -> None:
    async for _ in executor.map(Flight().go, range(3)):
        break


async def ignored(executor: AwaitableExecutor) -> None:
    executor.map(Flight().go, range(3))


async def left(_executor: AwaitableExecutor) -> object:
    return asyncio.ensure_future(Flight().go(600))


async def not_awaitable(executor: AwaitableExecutor) -> list[int]:
    blocking: Any = int
    return await executor.map(blocking, ["1"])


@pytest.mark.parametrize(
    ("workload", "said"),
    [
        (nested, r"a task of executor\.map\(\.\.\.\) called executor\.map"),
        (untaken, "before it had taken all results"),
        (ignored, "before it had taken all results"),
        (left, r"while 1 of its asyncio tasks still ran \(Flight\.go\)"),
        (not_awaitable, "takes coroutine functions, and int returned int.*write it as async def"),
    ],
)
def test_what_would_not_be_timed_is_refused(
    executor: Executor, workload: Callable[..., Any], said: str
) -> None:
    """In each turn, in a line."""
    with pytest.raises(SpeedupError, match=said) as refusal:
        run(workload, executor)
    assert "\n" not in str(refusal.value)


def test_tasks_that_were_cancelled_are_not_left(executor: Executor) -> None:
    """They end by themselves."""

    async def workload(_executor: AwaitableExecutor) -> str:
        asyncio.ensure_future(asyncio.sleep(600)).cancel()
        return "done"

    assert run(workload, executor) == "done"


def test_queue_and_counter_are_there(executor: Executor) -> None:
    """The queue can be awaited."""

    async def put(executor_queue: Any, counter: Any, item: int) -> None:  # noqa: ANN401 - protocols
        with counter.lock:
            counter.value += item
        executor_queue.put(item)

    async def workload(executor: AwaitableExecutor) -> tuple[int, list[int]]:
        channel, counter = executor.queue(), executor.counter()
        await executor.map(partial(put, channel, counter), [1, 2, 3])
        return counter.value, [await channel.aget() for _ in range(3)]

    assert run(workload, executor) == (6, [1, 2, 3])


def test_other_executors_have_no_event_loop() -> None:
    """Their cells are skipped, with what to measure instead."""
    with ThreadExecutor(2) as executor, pytest.raises(UnsuitableError) as refusal:
        run(go_all, executor, Flight(), 1)
    assert str(refusal.value).startswith("thread executor: the workload is a coroutine function")
    assert 'executors=["asyncio"]' in str(refusal.value)


def test_a_loop_that_runs_already_is_told(executor: Executor) -> None:
    """As in a test that is a coroutine itself."""

    async def test() -> None:
        run(go_all, executor, Flight(), 1)

    with pytest.raises(SpeedupError, match="runs on an event loop already"):
        asyncio.run(test())


def test_an_executor_is_not_made_inside_a_running_loop() -> None:
    """Its own could not run there."""

    async def test() -> None:
        AsyncioExecutor(2)

    with pytest.raises(SpeedupError, match="write the test as a plain def"):
        asyncio.run(test())
