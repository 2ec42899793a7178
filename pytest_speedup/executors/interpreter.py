"""The interpreter executor: ``concurrent.futures.InterpreterPoolExecutor``, of Python 3.14.

Each worker is a thread with an interpreter of its own, and so with a GIL of its own.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
from concurrent import interpreters
from concurrent.futures import InterpreterPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from pytest_speedup.executors.file_number import FileNumber
from pytest_speedup.executors.gathering import gather
from pytest_speedup.executors.inherited import (
    InheritedQueue,
    Shared,
    meet,
    not_all_answered,
    zeroed_counter,
)
from pytest_speedup.executors.pipes import CountedQueue, PipeSemaphore
from pytest_speedup.executors.semaphore_meeting import SemaphoreMeeting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from typing_extensions import Self

    from pytest_speedup.executors.protocol import Counter, Queue

T = TypeVar("T")
R = TypeVar("R")

PREPARATION = """
import pickle, sys
sys.path[:] = {path!r}
from pytest_speedup.executors.inherited import keep
keep(*pickle.loads({arguments!r}))
"""
"""What a worker runs first: it has yet to be told where to find this package."""


class InterpreterExecutor:
    """Runs tasks on threads of this process that have an interpreter each."""

    name = "interpreter"
    pickles = True
    shares_clock = True

    def __init__(self, workers: int, *, collect_garbage: bool = True) -> None:
        """Make a pool of ``workers`` interpreters; they start with :meth:`start`."""
        self.workers = workers
        self._numbers = (FileNumber.create(), FileNumber.create())
        arrived, counted = self._numbers
        door, gate, lock, filled = self._semaphores = [
            PipeSemaphore.create(n) for n in (1, 0, 1, 0)
        ]
        self._meeting = SemaphoreMeeting(workers, arrived, door, gate)
        self._shared = Shared(
            self._meeting, lock, counted, CountedQueue(interpreters.create_queue(), filled)
        )
        self._started = False
        self._pool = InterpreterPoolExecutor(
            workers,
            thread_name_prefix="speedup",
            initializer=exec,
            initargs=(_preparation(self._shared, collect_garbage),),
        )

    def start(self) -> None:
        """Start every interpreter, and return when each has answered.

        Raises:
            SpeedupError: one did not answer.
        """
        try:
            self.each(os.getpid)
        except threading.BrokenBarrierError as error:
            raise not_all_answered(self.name, self.workers) from error
        self._started = True

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Hand every task to the pool at once; see :meth:`Executor.map`."""
        return gather([self._pool.submit(function, task) for task in tasks])

    def each(self, function: Callable[[], R]) -> list[R]:
        """Run the function once on every one: none gets a second task before all have one."""
        return list(self.map(meet, [function] * self.workers))

    def counter(self) -> Counter:
        """Set the shared counter to zero; its lock is a pipe, since interpreters share no other."""
        return zeroed_counter(self._shared)

    def queue(self) -> Queue:
        """Return the shared queue."""
        return InheritedQueue(self._shared)

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
        if not self._started:  # nobody is to wait for those who never come
            self._meeting.open()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for semaphore in self._semaphores:
            semaphore.close()
        for number in self._numbers:
            number.remove()


def _preparation(shared: Shared, collect_garbage: bool) -> str:  # noqa: FBT001 - by position
    """Write what prepares a worker, as text: nothing else can be sent to it at first."""
    arguments = pickle.dumps((shared, collect_garbage))
    return PREPARATION.format(path=sys.path, arguments=arguments)
