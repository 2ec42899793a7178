"""Tasks for executors: in a module of their own, where worker processes find them."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pytest_speedup.executors import with_coroutine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_speedup.executors import AwaitableQueue, Counter, Queue

F = TypeVar("F", bound="Callable[..., Any]")


def anywhere(function: F) -> F:
    """Have a function that never waits run on an event loop, too."""

    async def again(*args: object) -> object:
        return function(*args)

    return with_coroutine(again)(function)


@anywhere
def double(number: int) -> int:
    return 2 * number


@anywhere
def fail_at_three(number: int) -> int:
    if number == 3:
        message = "three"
        raise ValueError(message)
    return number


async def which() -> tuple[int, int]:
    import asyncio  # noqa: PLC0415 - on an event loop

    return os.getpid(), id(asyncio.current_task())


@with_coroutine(which)
def who() -> tuple[int, int]:
    return os.getpid(), threading.get_ident()


@anywhere
def add(counter: Counter, times: int) -> None:
    for _ in range(times):
        with counter.lock:
            counter.value += 1


@anywhere
def pass_on(queue: Queue, item: object) -> None:
    queue.put(item)


async def take_async(queue: Queue, _task: object) -> object:
    return await cast("AwaitableQueue", queue).aget()


@with_coroutine(take_async)
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


def give_lambda(number: int) -> Callable[[], int]:
    return lambda: number


def fail_to_pickle(_task: object) -> None:
    message = "cannot pickle my lunch"
    raise TypeError(message)
