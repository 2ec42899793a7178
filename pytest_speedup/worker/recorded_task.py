"""A task that says how it ran."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, ParamSpec, TypeVar

from pytest_speedup.worker.clock import now, thread_cpu
from pytest_speedup.worker.run_queue import core_wait
from pytest_speedup.worker.waits import WAITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.worker.recorded_coroutine import RecordedCoroutine

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
        core_wait: seconds that the worker waited for a core meanwhile.
        worker: process, and thread or asyncio task, that ran it.
        lock_wait: seconds that it waited for the executor's lock.
        queue_wait: seconds that it waited for the executor's queue.
        loading: seconds that the worker took to find its function, imports included.
    """

    result: Any
    start: float
    end: float
    cpu: float
    core_wait: float
    worker: tuple[int, int]
    lock_wait: float
    queue_wait: float
    loading: float


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
        WAITS.begin()
        try:
            waited, cpu, start = core_wait(), thread_cpu(), now()
            result = self.function(*args, **kwargs)
            end, cpu, waited = now(), thread_cpu() - cpu, core_wait() - waited
        finally:
            WAITS.inside = False
        worker = os.getpid(), threading.get_ident()
        return (result, start, end, cpu, waited, worker, WAITS.lock, WAITS.queue, self.loading)

    @property
    def coroutine(self) -> RecordedCoroutine:
        """The twin of the function, recorded as well."""
        from pytest_speedup.worker.recorded_coroutine import RecordedCoroutine  # noqa: PLC0415

        return RecordedCoroutine(self.function)

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
