from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pytest_speedup.executors import with_coroutine
from pytest_speedup.executors.event_loop import AsyncioExecutor, EventQueue
from pytest_speedup.losses import recorded_task, waits
from pytest_speedup.losses.recorded_task import Ran, RecordedCoroutine, RecordedTask
from pytest_speedup.losses.waits import WAITS, TimedQueue


class Ticking:
    """A clock that says one more each time it is asked."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        self.time += 1.0
        return self.time


@pytest.fixture(autouse=True)
def clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("now", "thread_cpu"):
        monkeypatch.setattr(recorded_task, name, Ticking())
    monkeypatch.setitem(waits.METERS, "core wait", Ticking())
    monkeypatch.setattr(waits, "now", Ticking())


async def pause_async(times: int) -> int:
    for _ in range(times):
        await asyncio.sleep(0)
    return times


@with_coroutine(pause_async)
def pause(times: int) -> int:
    return times


def run(task: RecordedTask[Any, Any], tasks: list[Any], workers: int = 1) -> list[Ran]:
    with AsyncioExecutor(workers) as executor:
        return [Ran(*values) for values in executor.map(task, tasks)]


@pytest.mark.parametrize("times", [0, 1, 4])
def test_its_own_steps_are_counted(times: int) -> None:
    """One more than it pauses; what others do in between is theirs."""
    ran = run(RecordedTask(pause), [times])[0]
    assert (ran.result, ran.cpu, ran.waits_by_name["core wait"]) == (times, times + 1, times + 1)
    assert ran.end - ran.start == 1.0


def test_others_steps_are_not_counted() -> None:
    """Two side by side have their own each."""
    first, second = run(RecordedTask(pause), [2, 5], workers=2)
    assert (first.cpu, second.cpu) == (3, 6)
    assert first.worker != second.worker


def test_its_own_waits_are_noted() -> None:
    """By the task that waited, though another one ran meanwhile on the same thread."""
    channel = TimedQueue(EventQueue())

    async def use_async(task: int) -> object:
        if task == 0:
            return await channel.aget()
        await asyncio.sleep(0)
        channel.put("item")
        return None

    @with_coroutine(use_async)
    def use(task: int) -> int:
        return task

    taker, putter = run(RecordedTask(use), [0, 1], workers=2)
    waited = [one.waits_by_name["queue wait"] for one in (taker, putter)]
    assert (taker.result, *waited) == ("item", 1.0, 0.0)
    assert not WAITS.inside


def test_an_error_reaches_the_coroutine_that_waits() -> None:
    """As if nothing stood between; it may handle it."""

    async def patient() -> str:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            return "cancelled"
        return "slept"

    @with_coroutine(patient)
    def never() -> None:
        return None

    async def cancel() -> str:
        task = asyncio.ensure_future(RecordedCoroutine(never)())
        await asyncio.sleep(0)
        task.cancel()
        return Ran(*await task).result  # type: ignore[no-any-return]

    assert asyncio.run(cancel()) == "cancelled"
