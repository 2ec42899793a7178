"""Serial code, and threads."""

from __future__ import annotations

import threading

import pytest

from pytest_speedup.executors import SerialExecutor, ThreadExecutor
from tests.executors.waiting import PATIENCE


def test_a_task_runs_when_its_result_is_asked_for() -> None:
    """One after another, in the caller's thread, and not ahead of time."""
    ran: list[tuple[int, int]] = []

    def task(number: int) -> int:
        ran.append((number, threading.get_ident()))
        return -number

    results = SerialExecutor().map(task, [1, 2, 3])
    assert ran == []
    assert next(results) == -1
    assert ran == [(1, threading.get_ident())]


def test_its_lock_is_real() -> None:
    """The serial side of a pair pays for it as the parallel side does."""
    lock = SerialExecutor().counter().lock
    assert isinstance(lock, type(threading.Lock()))


def named_threads() -> set[threading.Thread]:
    return {one for one in threading.enumerate() if one.name.startswith("speedup")}


def test_every_thread_stands_ready_after_the_start() -> None:
    """Named after the plugin, and gone when the executor is left."""
    before = named_threads()
    with ThreadExecutor(3) as executor:
        assert named_threads() == before
        executor.start()
        assert len(named_threads() - before) == 3
    assert named_threads() == before


def test_leaving_drops_what_has_not_begun() -> None:
    """The running task is waited for; the one behind it never runs."""
    begun = threading.Event()
    ran: list[str] = []

    def submit_for_ever(executor: ThreadExecutor) -> None:
        while True:
            executor.map(len, [""])
            threading.Event().wait(0.001)

    def first(executor: ThreadExecutor) -> None:
        begun.set()
        # The pool drops what waits in the moment from which it refuses more.
        with pytest.raises(RuntimeError, match="after shutdown"):
            submit_for_ever(executor)
        ran.append("first")

    with ThreadExecutor(1) as executor:
        executor.map(first, [executor])
        assert begun.wait(PATIENCE)
        executor.map(ran.append, ["second"])
    assert ran == ["first"]


def test_leaving_releases_threads_that_wait_for_others() -> None:
    """Interrupted while it starts, the executor would wait for them, and they for it."""
    with pytest.raises(KeyboardInterrupt), ThreadExecutor(2) as executor:
        raise KeyboardInterrupt
    assert executor._barrier.broken  # noqa: SLF001 - without it this test could only hang
