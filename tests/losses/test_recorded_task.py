from __future__ import annotations

import asyncio
import os
import sys
import threading
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.executors import with_coroutine
from pytest_speedup.executors.coroutines import AsyncioExecutor, EventQueue
from pytest_speedup.losses import recorded_task
from pytest_speedup.losses.recorded_task import (
    WAITS,
    Ran,
    RecordedCoroutine,
    RecordedTask,
    RunQueue,
    TimedQueue,
)
from tests.posix import posix_only

if TYPE_CHECKING:
    from collections.abc import Callable


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
    monkeypatch.setitem(recorded_task.METERS, "core wait", Ticking())


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
    between = 2  # looks at the clock: when the other one begins, and when it ends
    assert (taker.result, *waited) == ("item", between + 1.0, 0.0)
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
        task = asyncio.ensure_future(RecordedTask(never).coroutine())
        await asyncio.sleep(0)
        task.cancel()
        return Ran(*await task).result  # type: ignore[no-any-return]

    assert asyncio.run(cancel()) == "cancelled"


OPEN_FILES = Path("/proc/self/fd")


def write(path: Path, nanoseconds: int) -> None:
    path.write_text(f"5 {nanoseconds} 7\n")


def test_waiting_is_read_in_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the file of the thread that asks."""
    monkeypatch.setattr(recorded_task, "STATISTICS", str(tmp_path / "schedstat"))
    queue = RunQueue()
    write(tmp_path / "schedstat", 2_500_000_000)
    assert queue.waited() == 2.5
    write(tmp_path / "schedstat", 3_000_000_000)
    assert queue.waited() == 3.0


@pytest.mark.parametrize("text", [None, "", "1", "a b c"])
def test_a_system_that_does_not_tell_waits_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    """Nor one that tells something else."""
    file = tmp_path / "schedstat"
    if text is not None:
        file.write_text(text)
    monkeypatch.setattr(recorded_task, "STATISTICS", str(file))
    queue = RunQueue()
    assert [queue.waited(), queue.waited()] == [0.0, 0.0]


@pytest.mark.skipif(not OPEN_FILES.exists(), reason="nothing lists open files here")
def test_a_thread_leaves_no_file_open() -> None:
    """When it ends."""

    def ask() -> None:
        RunQueue().waited()
        recorded_task.core_wait()

    before = len(list(OPEN_FILES.iterdir()))
    for _ in range(20):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert len(list(OPEN_FILES.iterdir())) < before + 10


def test_a_thread_that_outlives_what_python_forgets_first_closes_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the end of a process modules lose their names, in an order that nobody can rely on."""
    write(tmp_path / "schedstat", 1)
    monkeypatch.setattr(recorded_task, "STATISTICS", str(tmp_path / "schedstat"))
    queue = RunQueue()
    closed: list[int] = []
    monkeypatch.setattr(RunQueue, "_close_file", closed.append)
    assert queue.waited() == 1e-9
    with monkeypatch.context() as patch:
        patch.setattr(recorded_task, "os", None)
        queue.__del__()
    assert len(closed) == 1
    os.close(closed[0])


@posix_only
def test_a_forked_child_opens_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it inherited is of its parent's thread."""
    file = tmp_path / "schedstat"
    write(file, 1_000_000_000)
    monkeypatch.setattr(recorded_task, "STATISTICS", str(file))
    queue = RunQueue()
    assert queue.waited() == 1.0
    file = tmp_path / "of the child"
    write(file, 2_000_000_000)
    if sys.platform != "win32":
        child = os.fork()
        if child == 0:
            recorded_task.STATISTICS = str(file)
            os._exit(0 if queue.waited() == 2.0 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_waits_of_all_threads_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the id of each; where a system does not tell, there is nothing."""
    monkeypatch.setattr(recorded_task, "TASKS", tmp_path)
    assert recorded_task.core_waits() == {}
    for thread, nanoseconds in (("17", 1_000_000_000), ("18", 500_000_000)):
        (tmp_path / thread).mkdir()
        write(tmp_path / thread / "schedstat", nanoseconds)
    assert recorded_task.core_waits() == {"17": 1.0, "18": 0.5}
    monkeypatch.setattr(recorded_task, "TASKS", tmp_path / "nowhere")
    assert recorded_task.core_waits() == {}


async def by_lock(lock: asyncio.Lock, _task: int) -> None:
    async with lock:
        await asyncio.sleep(0)


async def by_semaphore(limit: asyncio.Semaphore, _task: int) -> None:
    async with limit:
        await asyncio.sleep(0)


async def deeper(limit: asyncio.Semaphore, task: int) -> None:
    await by_semaphore(limit, task)


class Polite(asyncio.Semaphore):
    """Lets others run before it is taken, as anyio's do."""


async def acquire(limit: asyncio.Semaphore) -> None:
    await asyncio.sleep(0)
    await asyncio.Semaphore.acquire(limit)


Polite.acquire = FunctionType(  # type: ignore[method-assign]
    acquire.__code__, {**globals(), "__name__": "asyncio.locks"}, "acquire"
)


async def by_event(event: asyncio.Event, task: int) -> None:
    if task:
        event.set()
    await event.wait()


@pytest.mark.parametrize(
    ("function", "make", "waited"),
    [
        (by_lock, asyncio.Lock, True),
        (by_semaphore, partial(asyncio.Semaphore, 1), True),
        (by_semaphore, partial(asyncio.Semaphore, 2), False),
        (by_semaphore, partial(Polite, 2), False),
        (deeper, partial(asyncio.Semaphore, 1), True),
        (by_event, asyncio.Event, False),
    ],
    ids=["lock", "semaphore", "room enough", "polite", "deeper", "event"],
)
def test_waiting_for_a_limit_is_noted(
    function: Callable[..., Any], make: Callable[[], object], *, waited: bool
) -> None:
    """By the coroutine that waits, wherever in it that is, and for nothing else that it awaits."""

    async def both() -> list[Ran]:
        record = RecordedCoroutine(partial(function, make()))
        return [Ran(*one) for one in await asyncio.gather(record(0), record(1))]

    first, second = asyncio.run(both())
    assert first.waits_by_name["limit wait"] == 0.0
    assert (second.waits_by_name["limit wait"] > 0.0) == waited
    assert second.waits_by_name["limit wait"] < second.end - second.start
