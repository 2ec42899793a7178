"""What executors have in common whose workers inherit what they share."""

from __future__ import annotations

import os
import threading
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors.gathering import gather
from pytest_speedup.executors.inherited import START_TIMEOUT, InheritedCounter, InheritedQueue, meet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from typing_extensions import Self

    from pytest_speedup.executors.inherited import Shared
    from pytest_speedup.executors.protocol import Counter, Queue

T = TypeVar("T")
R = TypeVar("R")


class WorkerDiedError(SpeedupError, BrokenProcessPool):
    """A worker died; who looks for the error of the standard library's pool finds this one."""


class SharedPool:
    """A pool of ``concurrent.futures`` whose workers have a :class:`Shared` since they started."""

    name: str
    pickles = True
    shares_clock = True

    def __init__(self, workers: int, pool: Any, shared: Shared) -> None:  # noqa: ANN401
        """Use a pool of ``workers`` workers, which start with :meth:`start`.

        Args:
            workers: how many.
            pool: of ``concurrent.futures``, or one that is like it.
            shared: what they share.
        """
        self.workers = workers
        self._pool = pool
        self._shared = shared
        self._pids: frozenset[int] = frozenset()

    def start(self) -> None:
        """Start every worker, and return when each has answered.

        Raises:
            SpeedupError: one did not answer.
        """
        try:
            self._pids = frozenset(self.each(os.getpid))
        except threading.BrokenBarrierError as error:
            raise not_all_answered(self.name, self.workers) from error

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Hand every task to the pool at once; see :meth:`Executor.map`.

        Raises:
            WorkerDiedError: a worker died, now or before.
        """
        with told_death(self.name):
            futures = [self._pool.submit(function, task) for task in tasks]
        return self._results(futures)

    def _results(self, futures: Sequence[Future[R]]) -> Iterator[R]:
        with told_death(self.name):
            yield from gather(futures)

    def each(self, function: Callable[[], R]) -> list[R]:
        """Run the function once on every worker: none gets a second task before all have one."""
        return list(self.map(meet, [function] * self.workers))

    def counter(self) -> Counter:
        """Set the shared counter to zero."""
        counter = InheritedCounter(self._shared)
        counter.value = 0
        return counter

    def queue(self) -> Queue:
        """Return the shared queue."""
        return InheritedQueue(self._shared)

    def __enter__(self) -> Self:
        """Begin."""
        return self


@contextmanager
def told_death(executor: str) -> Iterator[None]:
    """Say in a line that a worker died.

    Raises:
        WorkerDiedError: one did.
    """
    try:
        yield
    except BrokenProcessPool as error:
        message = (
            f"{executor} executor: a worker died while it had tasks; it was killed, ran out of "
            "memory, or crashed: the system's log may say which"
        )
        raise WorkerDiedError(message) from error


def not_all_answered(executor: str, workers: int) -> SpeedupError:
    """Say that workers did not come to the first meeting."""
    return SpeedupError(
        f"{executor} executor: not all {workers} workers answered within "
        f"{START_TIMEOUT:.0f} s; use fewer workers, or a lighter module to import"
    )
