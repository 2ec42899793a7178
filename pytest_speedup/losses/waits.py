"""What a task waits for, noted by the thread that runs it: the executor's lock, its queue, a core.

A meter says how many seconds its thread has waited so far. The system is asked for those without a
core: Linux counts them per thread (Documentation/scheduler/sched-stats.rst,
"/proc/<pid>/schedstat"); other systems do not tell: there no thread has a count, and a task's is 0.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pytest_speedup.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from pytest_speedup.executors import AwaitableQueue, Counter, Queue

TASKS = Path("/proc/self/task")
"""One folder for each thread of this process."""

STATISTICS = "/proc/thread-self/schedstat"
"""CPU time, time on a run queue, both in nanoseconds, and the number of turns."""

MAX_STATISTICS_BYTES = 128
"""More than it can have."""


class RunQueue:
    """The file of one thread, kept open: opening it takes longer than reading."""

    _close_file = staticmethod(os.close)  # at its end Python may have forgotten os before this

    def __init__(self) -> None:
        """Open nothing yet."""
        self._owner = 0
        self._file = -1

    def waited(self) -> float:
        """Return the seconds that the thread has waited so far, which must be the one that asks."""
        if self._owner != os.getpid():  # a forked child has inherited its parent's file
            self._reopen()
        seconds = 0.0
        if sys.platform != "win32" and self._file >= 0:
            seconds = _read(os.pread(self._file, MAX_STATISTICS_BYTES, 0))
        return seconds

    def _reopen(self) -> None:
        self._close()
        self._owner = os.getpid()
        try:
            self._file = os.open(STATISTICS, os.O_RDONLY)
            self.waited()
        except (OSError, AttributeError, ValueError, IndexError):
            self._close()

    def _close(self) -> None:
        if self._file >= 0:
            self._close_file(self._file)
        self._file = -1

    def __del__(self) -> None:
        """Close the file with its thread."""
        self._close()


def _read(statistics: bytes) -> float:
    return int(statistics.split()[1]) * 1e-9


class RunQueues(threading.local):
    """The file of each thread, which is closed when it ends."""

    def __init__(self) -> None:
        """Begin a thread."""
        self.run_queue = RunQueue()


_run_queues = RunQueues()


class Waits(threading.local):
    """What each thread has of its own, and takes with it when it ends.

    Attributes:
        lock: seconds that it has waited for the executor's lock so far.
        queue: likewise for the executor's queue.
        inside: whether it runs a recorded task now.
    """

    lock = 0.0
    queue = 0.0
    inside = False


WAITS = Waits()
"""Each worker's own, threads and processes alike."""


def lock_wait() -> float:
    """Return the seconds that this thread has waited for executors' locks so far."""
    return WAITS.lock


def queue_wait() -> float:
    """Return the seconds that this thread has waited for executors' queues so far."""
    return WAITS.queue


def core_wait() -> float:
    """Return the seconds that this thread has waited for a core so far."""
    return _run_queues.run_queue.waited()


METERS: dict[str, Callable[[], float]] = {
    "lock wait": lock_wait,
    "queue wait": queue_wait,
    "core wait": core_wait,
}
"""What tasks note, by the name of the loss: seconds of this thread so far."""

COUNTED_BY_SYSTEM = ("core wait",)
"""What may be late by a tick, and include a wait of before the task."""


def read_meters() -> tuple[float, ...]:
    """Read each meter of this thread, in their order."""
    return tuple(meter() for meter in METERS.values())


def core_waits() -> dict[str, float]:
    """Return the seconds that each thread of this process has waited for a core, by its id.

    Empty where the system does not tell.
    """
    waits = {}
    try:
        for thread in TASKS.iterdir():
            waits[thread.name] = _read((thread / "schedstat").read_bytes())
    except (OSError, ValueError, IndexError):  # a thread that ended meanwhile, or another system
        pass
    return waits


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
