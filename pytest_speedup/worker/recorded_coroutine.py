"""A coroutine that says how it ran, step by step: others take their steps in between."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_speedup.executors import coroutine_of
from pytest_speedup.worker.clock import now, thread_cpu
from pytest_speedup.worker.run_queue import core_wait
from pytest_speedup.worker.waits import WAITS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator


class RecordedCoroutine:
    """A coroutine function that returns what a recorded task returns."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., object]) -> None:
        """Wrap the twin of a function.

        Raises:
            UnsuitableError: it has none.
        """
        self.function = coroutine_of(function)

    async def __call__(self, /, *args: object, **kwargs: object) -> tuple[Any, ...]:
        """Run it."""
        start = now()
        steps = Steps(self.function(*args, **kwargs))
        result = await steps
        end = now()
        worker = os.getpid(), id(asyncio.current_task())
        return (
            result,
            start,
            end,
            steps.cpu,
            steps.core_wait,
            worker,
            steps.lock,
            steps.queue,
            0.0,
        )


class Steps:
    """Awaits something, and counts its own steps alone.

    Attributes:
        cpu: CPU seconds of the thread while it took a step.
        core_wait: seconds that the thread waited for a core meanwhile.
        lock: seconds that it waited for the executor's lock.
        queue: seconds that it waited for the executor's queue.
    """

    __slots__ = ("_awaitable", "core_wait", "cpu", "lock", "queue")

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        """Wrap what is to be awaited."""
        self._awaitable = awaitable
        self.cpu = self.core_wait = self.lock = self.queue = 0.0

    def __await__(self) -> Generator[Any, Any, Any]:
        """Pass on what it waits for, and what it waited for."""
        inner: Any = self._awaitable.__await__()
        step = partial(next, inner)
        while True:
            try:
                awaited = self._take(step)
            except StopIteration as end:
                return end.value
            try:
                value = yield awaited
            except BaseException as error:  # noqa: BLE001 - it is the coroutine's to handle
                step = partial(inner.throw, error)
            else:
                step = partial(inner.send, value)

    def _take(self, step: Callable[[], Any]) -> object:
        """Take a step, with this thread's notes of waiting being its own."""
        WAITS.lock, WAITS.queue, WAITS.inside = self.lock, self.queue, True
        waited, cpu = core_wait(), thread_cpu()
        try:
            return step()
        finally:
            self.cpu += thread_cpu() - cpu
            self.core_wait += core_wait() - waited
            self.lock, self.queue, WAITS.inside = WAITS.lock, WAITS.queue, False
