"""Executors of this process: the caller, who is the reference of speedup, and a pool of threads."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_speedup.executors.protocol import LockedCounter, gather

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from typing_extensions import Self

    from pytest_speedup.executors.protocol import Counter, Queue

T = TypeVar("T")
R = TypeVar("R")


class SerialExecutor:
    """Runs tasks in the caller's thread: the reference that speedup is measured against."""

    name = "serial"
    pickles = False
    shares_clock = True

    def __init__(self, workers: int = 1) -> None:
        """Stand for so many workers, whose tasks it runs one after another, as in weak scaling."""
        self.workers = workers

    def start(self) -> None:
        """Nothing to start: the caller is the worker."""

    def submit(
        self,
        function: Callable[..., R],
        /,
        *args: Any,  # noqa: ANN401 - the function's
        **kwargs: Any,  # noqa: ANN401 - the function's
    ) -> Future[R]:
        """Run the task now, and return a future that is done."""
        future: Future[R] = Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - for whoever asks for the result
            future.set_exception(error)
        return future

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Run each task when its result is asked for."""
        return map(function, tasks)

    def each(self, function: Callable[[], R]) -> list[R]:
        """Run the function here, for each worker."""
        return [function() for _ in range(self.workers)]

    def counter(self) -> Counter:
        """Return a counter at zero; its lock is real, though nobody competes for it."""
        return LockedCounter()

    def queue(self) -> Queue:
        """Return an empty queue."""
        return queue.Queue()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing to end."""


class ThreadExecutor:
    """Runs tasks on threads of this process."""

    name = "thread"
    pickles = False
    shares_clock = True

    def __init__(self, workers: int) -> None:
        """Make a pool of ``workers`` threads; they start with :meth:`start`."""
        self.workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="speedup")
        self._barrier = threading.Barrier(workers)

    def start(self) -> None:
        """Start every thread, and return when each has answered."""
        self.each(threading.get_ident)

    def submit(
        self,
        function: Callable[..., R],
        /,
        *args: Any,  # noqa: ANN401 - the function's
        **kwargs: Any,  # noqa: ANN401 - the function's
    ) -> Future[R]:
        """Hand a task to the pool."""
        return self._pool.submit(function, *args, **kwargs)

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Hand every task to the pool at once; see :meth:`Executor.map`."""
        return gather([self._pool.submit(function, task) for task in tasks])

    def each(self, function: Callable[[], R]) -> list[R]:
        """Run the function once on every thread: none gets a second task before all have one."""
        return list(self.map(partial(_run_together, self._barrier), [function] * self.workers))

    def counter(self) -> Counter:
        """Return a counter at zero, guarded by a ``threading.Lock``."""
        return LockedCounter()

    def queue(self) -> Queue:
        """Return an empty queue."""
        return queue.Queue()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Drop what has not begun and wait for what has: a thread cannot be killed."""
        self._barrier.abort()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _run_together(barrier: threading.Barrier, function: Callable[[], R]) -> R:
    barrier.wait()
    return function()
