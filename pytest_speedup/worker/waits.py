"""The executor's counter and queue, with what a task waited for them noted."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

from pytest_speedup.worker.clock import now

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pytest_speedup.executors import AwaitableQueue, Counter, Queue


class Waits(threading.local):
    """What the task that this thread runs has waited for so far, in seconds.

    Attributes:
        lock: for the executor's lock.
        queue: for the executor's queue.
        inside: whether this thread runs a recorded task now.
    """

    lock = 0.0
    queue = 0.0
    inside = False

    def begin(self) -> None:
        """Begin a task, which has waited for nothing yet."""
        self.lock = self.queue = 0.0
        self.inside = True


WAITS = Waits()
"""Each worker's own, threads and processes alike."""


class TimedLock:
    """A lock that notes how long it was waited for; one that is free costs hardly more."""

    __slots__ = ("_lock",)

    def __init__(self, lock: Any) -> None:  # noqa: ANN401 - of threading or multiprocessing
        """Wrap a lock."""
        self._lock = lock

    def __enter__(self) -> None:
        """Take it."""
        if self._lock.acquire(False):  # noqa: FBT003 - the name of the argument differs
            return
        start = now()
        self._lock.acquire()
        WAITS.lock += now() - start

    def __exit__(self, *_exc_info: object) -> None:
        """Give it back."""
        self._lock.release()


class TimedCounter:
    """A counter whose lock is a :class:`TimedLock`."""

    __slots__ = ("_counter",)

    def __init__(self, counter: Counter) -> None:
        """Wrap an executor's counter; it goes to workers as that one does."""
        self._counter = counter

    @property
    def lock(self) -> AbstractContextManager[Any]:
        """The counter's own, timed."""
        return TimedLock(self._counter.lock)

    @property
    def value(self) -> int:
        """The number."""
        return self._counter.value

    @value.setter
    def value(self, number: int) -> None:
        self._counter.value = number


class TimedQueue:
    """A queue that notes how long was waited for an item."""

    __slots__ = ("_queue",)

    def __init__(self, queue: Queue) -> None:
        """Wrap an executor's queue; it goes to workers as that one does."""
        self._queue = queue

    def put(self, item: Any, /) -> None:  # noqa: ANN401 - a queue takes anything
        """Add an item."""
        self._queue.put(item)

    def get(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401 - as for put
        """Take the oldest item.

        Raises:
            queue.Empty: nothing came within ``timeout`` seconds.
        """
        start = now()
        try:
            return self._queue.get(timeout=timeout)
        finally:
            WAITS.queue += now() - start

    async def aget(self) -> Any:  # noqa: ANN401 - as for put
        """Take the oldest item, once there is one; on an event loop."""
        start = now()
        try:
            return await cast("AwaitableQueue", self._queue).aget()
        finally:
            WAITS.queue += now() - start
