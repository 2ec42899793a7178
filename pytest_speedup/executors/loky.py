"""The loky executor: ``loky.ProcessPoolExecutor``, which runs joblib's tasks too.

Source: https://loky.readthedocs.io/en/stable/API.html. A workload keeps one pool for all of its
rounds, as ``loky.get_reusable_executor`` keeps one for a whole program; that one function is not
called, since a program has only one such pool, and cells with other worker counts are open beside.
"""

from __future__ import annotations

import os
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TYPE_CHECKING

import loky
from loky.backend import get_context

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors.shared import (
    FileNumber,
    SemaphoreBarrier,
    Shared,
    SharedPool,
    keep_in_child,
)
from pytest_speedup.platforms import refuse_too_many, wait_for_end_of

if TYPE_CHECKING:
    from types import TracebackType


IDLE_SECONDS = 24 * 3600
"""How long a worker waits for a task before it ends: longer than any workload's serial turn."""


class LokyExecutor(SharedPool):
    """Runs tasks on processes that loky starts; functions of any origin can be sent there."""

    name = "loky"

    def __init__(self, workers: int, *, collect_garbage: bool = True) -> None:
        """Make a pool of ``workers`` processes; they start with :meth:`start`.

        Raises:
            SpeedupError: so many processes cannot be waited for.
        """
        refuse_too_many(self.name, workers)
        context = get_context("loky")
        self._numbers = (FileNumber.create(), FileNumber.create())
        arrived, counted = self._numbers
        barrier = SemaphoreBarrier(workers, arrived, context.Semaphore(1), context.Semaphore(0))
        self._queue = context.Queue()
        shared = Shared(barrier, context.Lock(), counted, self._queue)
        pool = loky.ProcessPoolExecutor(
            workers,
            context=context,
            timeout=IDLE_SECONDS,
            initializer=keep_in_child,
            initargs=(shared, collect_garbage, partial(wait_for_end_of, os.getpid())),
        )
        super().__init__(workers, pool, shared)

    def start(self) -> None:
        """Start every process, and return when each has answered.

        Raises:
            SpeedupError: a worker died or did not answer.
        """
        try:
            super().start()
        except BrokenProcessPool as error:
            message = "loky executor: a worker died while it started; its own message stands above"
            raise SpeedupError(message) from error

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End every process: politely, or at once when the executor is left by an exception."""
        self._pool.shutdown(wait=True, kill_workers=exc_type is not None)
        self._queue.close()
        self._queue.cancel_join_thread()
        for number in self._numbers:
            number.remove()
