"""A task that says how it ran and what it waited for: what workers import, each of them, quickly.

A meter says how many seconds its thread has waited so far. The system is asked for those without a
core: Linux counts them per thread (Documentation/scheduler/sched-stats.rst,
"/proc/<pid>/schedstat"); other systems do not tell: there no thread has a count, and a task's is 0.
"""

from __future__ import annotations

import os
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, ParamSpec, TypeVar, cast

from pytest_speedup.clock import now, thread_cpu

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
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
        limit: likewise for what lets so many coroutines pass at once.
        inside: whether it runs a recorded task now.
    """

    lock = 0.0
    queue = 0.0
    limit = 0.0
    inside = False


WAITS = Waits()
"""Each worker's own, threads and processes alike."""


def lock_wait() -> float:
    """Return the seconds that this thread has waited for executors' locks so far."""
    return WAITS.lock


def queue_wait() -> float:
    """Return the seconds that this thread has waited for executors' queues so far."""
    return WAITS.queue


def limit_wait() -> float:
    """Return the seconds that coroutines of this thread have waited for a limit so far."""
    return WAITS.limit


def core_wait() -> float:
    """Return the seconds that this thread has waited for a core so far."""
    return _run_queues.run_queue.waited()


METERS: dict[str, Callable[[], float]] = {
    "lock wait": lock_wait,
    "queue wait": queue_wait,
    "limit wait": limit_wait,
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


P = ParamSpec("P")
R = TypeVar("R")


def stand_ready() -> None:
    """Nothing: a worker that was sent this has imported what it takes to record."""


class Ran(NamedTuple):
    """What one task came to, as its worker saw it.

    Attributes:
        result: what it returned.
        start: when it began, in seconds on the measurement's clock.
        end: when it was done.
        cpu: CPU seconds of the worker meanwhile.
        waits: seconds that it waited meanwhile, in the order of the meters.
        worker: process, and thread or asyncio task, that ran it.
        loading: seconds that the worker took to find its function, imports included.
    """

    result: Any
    start: float
    end: float
    cpu: float
    waits: tuple[float, ...]
    worker: tuple[int, int]
    loading: float

    @property
    def waits_by_name(self) -> dict[str, float]:
        """Seconds that it waited, by what for."""
        return dict(zip(METERS, self.waits, strict=True))


class RecordedTask(Generic[P, R]):
    """A task function that says how it ran; it can be pickled if its function can.

    It returns the values of :class:`Ran` as a bare tuple, which is quick to send.
    """

    __slots__ = ("function", "loading")

    def __init__(self, function: Callable[P, R], loading: float = 0.0) -> None:
        """Wrap a function, which took so many seconds to find."""
        self.function = function
        self.loading = loading

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> tuple[Any, ...]:
        """Run the function."""
        WAITS.inside = True
        try:
            before, cpu, start = read_meters(), thread_cpu(), now()
            result = self.function(*args, **kwargs)
            end, cpu, after = now(), thread_cpu() - cpu, read_meters()
        finally:
            WAITS.inside = False
        worker = os.getpid(), threading.get_ident()
        return result, start, end, cpu, _difference(after, before), worker, self.loading

    @property
    def coroutine(self) -> RecordedCoroutine:
        """The coroutine function of the function, recorded as well.

        Raises:
            UnsuitableError: it has none.
        """
        from pytest_speedup.executors import coroutine_of  # noqa: PLC0415 - other workers lack it

        return RecordedCoroutine(coroutine_of(self.function))

    def __reduce__(self) -> tuple[Callable[..., RecordedTask[..., Any]], tuple[Any, ...]]:
        """Put a look at the clock before the function: a worker unpickles them in this order."""
        return _load, (LookAtClock(), self.function)


class LookAtClock:
    """Becomes the time at which it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[], float], tuple[()]]:
        """Call the clock."""
        return now, ()


def _load(start: float, function: Callable[P, R]) -> RecordedTask[P, R]:
    return RecordedTask(function, now() - start)


def _difference(after: tuple[float, ...], before: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(new - old for new, old in zip(after, before, strict=True))


class RecordedCoroutine:
    """A coroutine function that returns what a recorded task returns."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., Awaitable[Any]]) -> None:
        """Wrap a coroutine function."""
        self.function = function

    async def __call__(self, /, *args: object, **kwargs: object) -> tuple[Any, ...]:
        """Run it."""
        from asyncio import current_task  # noqa: PLC0415 - other workers do not need it

        start = now()
        steps = Steps(self.function(*args, **kwargs))
        result = await steps
        end = now()
        worker = os.getpid(), id(current_task())
        return result, start, end, steps.cpu, steps.waits, worker, 0.0


LIMITS = frozenset(
    {
        ("asyncio.locks", "acquire"),
        ("anyio._backends._asyncio", "acquire"),
        ("anyio._backends._asyncio", "acquire_on_behalf_of"),
        ("anyio._core._synchronization", "acquire"),
        ("anyio._core._synchronization", "acquire_on_behalf_of"),
        ("httpcore._async.connection_pool", "wait_for_connection"),
        ("aiohttp.connector", "_wait_for_available_connection"),
    }
)
"""Coroutines, by module and name, in which one waits until others let it pass: locks, semaphores,
and the connections of a client's pool, which has only so many for each host."""


def waits_for_limit(awaitable: object) -> bool:
    """Whether a coroutine that stands still does so in one of :data:`LIMITS`.

    Args:
        awaitable: what was begun and has yielded; a chain of coroutines, of which each tells what
            it awaits. What is no coroutine ends the chain.
    """
    inner: Any = awaitable
    while (frame := getattr(inner, "cr_frame", None)) is not None:
        if (frame.f_globals.get("__name__"), frame.f_code.co_name) in LIMITS:
            return True
        inner = inner.cr_await
    return False


class Steps:
    """Awaits something, and counts its own steps alone: others take theirs in between.

    Attributes:
        cpu: CPU seconds of the thread while it took a step.
        waits: seconds that the thread waited meanwhile, in the order of the meters.
    """

    __slots__ = ("_awaitable", "cpu", "waits")

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        """Wrap what is to be awaited."""
        self._awaitable = awaitable
        self.cpu = 0.0
        self.waits = (0.0,) * len(METERS)

    def __await__(self) -> Generator[Any, Any, Any]:
        """Pass on what it waits for, and what it waited for."""
        inner: Any = self._awaitable.__await__()
        step = partial(next, inner)
        while True:
            try:
                awaited = self._take(step)
            except StopIteration as end:
                return end.value
            # A bare yield lets others run, and waits for nothing.
            is_limited = awaited is not None and waits_for_limit(self._awaitable)
            limited_since = now() if is_limited else None
            try:
                value = yield awaited
            except BaseException as error:  # noqa: BLE001 - it is the coroutine's to handle
                step = partial(inner.throw, error)
            else:
                step = partial(inner.send, value)
            if limited_since is not None:
                self._waited_for_limit(now() - limited_since)

    def _waited_for_limit(self, seconds: float) -> None:
        """Add what the coroutine waited between two steps, which is no thread's."""
        index = list(METERS).index("limit wait")
        more = [seconds if place == index else 0.0 for place in range(len(METERS))]
        self.waits = tuple(map(sum, zip(self.waits, more, strict=True)))

    def _take(self, step: Callable[[], Any]) -> object:
        """Take a step, and add what this thread did and waited meanwhile."""
        WAITS.inside = True
        before, cpu = read_meters(), thread_cpu()
        try:
            return step()
        finally:
            self.cpu += thread_cpu() - cpu
            more = _difference(read_meters(), before)
            self.waits = tuple(map(sum, zip(self.waits, more, strict=True)))
            WAITS.inside = False
