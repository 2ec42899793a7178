"""The interpreter executor: ``concurrent.futures.InterpreterPoolExecutor``, of Python 3.14.

Each worker is a thread with an interpreter of its own, and so with a GIL of its own.
"""

from __future__ import annotations

import pickle
import sys
from concurrent import interpreters
from concurrent.futures import InterpreterPoolExecutor
from typing import TYPE_CHECKING

from pytest_speedup.executors.pipes import CountedQueue, PipeSemaphore, SocketSemaphore
from pytest_speedup.executors.shared import FileNumber, SemaphoreBarrier, Shared, SharedPool

if TYPE_CHECKING:
    from types import TracebackType

SEMAPHORE = SocketSemaphore if sys.platform == "win32" else PipeSemaphore
"""Pipes are quicker, and cannot be waited for on Windows."""

PREPARATION = """
import pickle, sys
sys.path[:] = {path!r}
from pytest_speedup.executors.shared import keep
keep(*pickle.loads({arguments!r}))
"""
"""What a worker runs first: it has yet to be told where to find this package."""


class InterpreterExecutor(SharedPool):
    """Runs tasks on threads of this process that have an interpreter each."""

    name = "interpreter"

    def __init__(self, workers: int, *, collect_garbage: bool = True) -> None:
        """Make a pool of ``workers`` interpreters; they start with :meth:`start`."""
        self._numbers = (FileNumber.create(), FileNumber.create())
        arrived, counted = self._numbers
        door, gate, lock, filled = self._semaphores = [SEMAPHORE.create(n) for n in (1, 0, 1, 0)]
        self._barrier = SemaphoreBarrier(workers, arrived, door, gate)
        shared = Shared(
            self._barrier, lock, counted, CountedQueue(interpreters.create_queue(), filled)
        )
        pool = InterpreterPoolExecutor(
            workers,
            thread_name_prefix="speedup",
            initializer=exec,
            initargs=(_preparation(shared, collect_garbage),),
        )
        super().__init__(workers, pool, shared)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Drop what has not begun and wait for what has: a thread cannot be killed."""
        if not self._pids:  # nobody is to wait for those who never come
            self._barrier.open()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for semaphore in self._semaphores:
            semaphore.close()
        for number in self._numbers:
            number.remove()


def _preparation(shared: Shared, collect_garbage: bool) -> str:  # noqa: FBT001 - by position
    """Write what prepares a worker, as text: nothing else can be sent to it at first."""
    arguments = pickle.dumps((shared, collect_garbage))
    return PREPARATION.format(path=sys.path, arguments=arguments)
