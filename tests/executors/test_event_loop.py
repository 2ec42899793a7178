"""What is special about the asyncio executor."""

from __future__ import annotations

import asyncio
import queue
from functools import partial

import pytest

from pytest_speedup.executors import with_coroutine
from pytest_speedup.executors.coroutines import AsyncioExecutor, EventQueue
from tests.executors import tasks


async def note_async(log: list[str], task: int) -> int:
    log.append(f"{task} begins")
    for _ in range(task):
        await asyncio.sleep(0)
    log.append(f"{task} ends")
    if task == 1:
        message = "one"
        raise ValueError(message)
    return task


@with_coroutine(note_async)
def note(_log: list[str], task: int) -> int:
    return task


async def cancelled_async(log: list[str], _task: int) -> None:
    try:
        await asyncio.sleep(600)
    except asyncio.CancelledError:
        log.append("cancelled")
        raise


@with_coroutine(cancelled_async)
def wait_for_ever(_log: list[str], _task: int) -> None:
    return None


def test_as_many_tasks_run_at_once_as_there_are_workers() -> None:
    """The next begins when one of them ends."""
    log: list[str] = []
    with AsyncioExecutor(2) as executor:
        assert list(executor.map(partial(note, log), [3, 5, 0])) == [3, 5, 0]
    assert log == ["3 begins", "5 begins", "3 ends", "0 begins", "0 ends", "5 ends"]


def test_an_error_waits_for_what_runs_and_drops_what_has_not_begun() -> None:
    """No task of a failed call runs on in the next one."""
    log: list[str] = []
    with AsyncioExecutor(2) as executor:
        with pytest.raises(ValueError, match="one"):
            list(executor.map(partial(note, log), [1, 6, 4, 7, 8]))
        begun, ended = ({line[0] for line in log if line.endswith(s)} for s in ("begins", "ends"))
        assert begun == ended == {"1", "6", "4"}
        assert list(executor.map(tasks.double, [1])) == [2]


def test_leaving_cancels_what_runs() -> None:
    """A task that was interrupted ends with its loop."""
    log: list[str] = []
    with AsyncioExecutor(2) as executor:
        executor.map(partial(wait_for_ever, log), [0])
        results = executor.map(partial(note, []), [2, 0, 3])
        assert next(results) == 2
        executor._loop.create_task(cancelled_async(log, 0))  # noqa: SLF001
        executor.start()
    assert log == ["cancelled"]


def test_a_caller_that_waits_for_an_empty_queue_waits_in_vain() -> None:
    """The loop stands still meanwhile, so that it is told at once."""
    channel = EventQueue()
    with pytest.raises(queue.Empty):
        channel.get(timeout=600)
