"""Tasks for executors: in a module of their own, where worker processes find them."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_speedup.executors import Counter, Queue


def double(number: int) -> int:
    return 2 * number


def fail_at_three(number: int) -> int:
    if number == 3:
        message = "three"
        raise ValueError(message)
    return number


def who() -> tuple[int, int]:
    return os.getpid(), threading.get_ident()


def add(counter: Counter, times: int) -> None:
    for _ in range(times):
        with counter.lock:
            counter.value += 1


def pass_on(queue: Queue, item: object) -> None:
    queue.put(item)


def take(queue: Queue, _task: object) -> object:
    return queue.get(timeout=60)


def touch_and_wait(path: str, *, seconds: float) -> None:
    """Say that the task began, by a file, and stay busy."""
    with open(path, "w"):  # noqa: PTH123 - cheap to import
        time.sleep(seconds)


def garbage_is_collected() -> bool:
    import gc  # noqa: PLC0415 - in the worker

    return gc.isenabled()


def total(numbers: Iterable[int]) -> int:
    return sum(numbers)
