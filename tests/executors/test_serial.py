from __future__ import annotations

import threading

from pytest_speedup.executors import SerialExecutor


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
