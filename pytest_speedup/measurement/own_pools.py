"""Pools that a workload makes for itself: what each takes to start and end, and what it runs."""

from __future__ import annotations

import multiprocessing.pool
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_speedup.measurement.sent import Sent
from pytest_speedup.worker.clock import now
from pytest_speedup.worker.recorded_task import Ran, RecordedTask
from pytest_speedup.worker.waits import WAITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


WATCHED: tuple[Any, ...] = (ThreadPoolExecutor, ProcessPoolExecutor)


@dataclass(slots=True)
class OwnPools:
    """Pools that were created while this was watching.

    Attributes:
        created: when each was.
        first: when its first worker was ready, once it was handed a task.
        closed: how long each took to end, once it had nothing to do any more.
        sent: what each was handed.
        others: how many there were of a kind that does not tell.
    """

    created: dict[object, float] = field(default_factory=dict)
    first: dict[object, Future[float]] = field(default_factory=dict)
    closed: dict[object, float] = field(default_factory=dict)
    sent: dict[object, Sent] = field(default_factory=dict)
    others: int = 0

    def seconds(self) -> tuple[float, ...]:
        """List how long each pool took to start and to end; 0 where nobody knows."""
        known = (self._start(pool) + self.closed.get(pool, 0.0) for pool in self.created)
        return (*known, *[0.0] * self.others)

    def close(self, pool: object, begin: float, end: float) -> None:
        """Note that a pool was closed, which waits for its tasks first."""
        ran = self.sent[pool].ran.values() if pool in self.sent else ()
        last = max((one.end for one in ran), default=begin)
        self.closed[pool] = end - max(begin, last)

    def _start(self, pool: object) -> float:
        """Seconds until a worker was ready."""
        future = self.first.get(pool)
        if future is None or not future.done() or future.cancelled() or future.exception():
            return 0.0
        return future.result() - self.created[pool]


class Unwrapped(Future[Any]):
    """The future of a recorded task, for who waits for the result alone."""

    def __init__(self, inner: Future[tuple[Any, ...]], sent: Sent, index: int) -> None:
        """Follow the future of the recorded task, and note what it came to."""
        super().__init__()
        self._inner = inner
        self._sent = sent
        self._index = index
        inner.add_done_callback(self._finish)

    def cancel(self) -> bool:
        """Cancel the task if it has not begun."""
        return self._inner.cancel()

    def running(self) -> bool:
        """Whether it has begun and is not done."""
        return self._inner.running()

    def _finish(self, inner: Future[tuple[Any, ...]]) -> None:
        if inner.cancelled():
            super().cancel()
        if not self.set_running_or_notify_cancel():
            return
        error = inner.exception()
        if error is not None:
            self.set_exception(error)
            return
        ran = Ran(*inner.result())
        self._sent.ran[self._index] = ran
        self.set_result(ran.result)


@contextmanager
def watching_pools() -> Iterator[OwnPools]:
    """Watch the pools that this process creates meanwhile.

    The standard library has no hook for it, so that methods of its classes are replaced for this
    while. A pool's first task is preceded by one that does nothing but look at the clock.
    """
    pools = OwnPools()
    originals = [(kind, kind.__init__, kind.submit, kind.shutdown) for kind in WATCHED]
    other: Any = multiprocessing.pool.Pool
    create_other = other.__init__

    def created_other(self: object, *args: object, **kwargs: object) -> None:
        pools.others += 1
        create_other(self, *args, **kwargs)

    for kind, create, submit, shutdown in originals:
        kind.__init__ = _noting_creation(pools, create)
        kind.submit = _recording_tasks(pools, submit)
        kind.shutdown = _noting_end(pools, shutdown)
    other.__init__ = created_other
    try:
        yield pools
    finally:
        other.__init__ = create_other
        for kind, create, submit, shutdown in originals:
            kind.__init__, kind.submit, kind.shutdown = create, submit, shutdown


def _noting_creation(pools: OwnPools, create: Callable[..., None]) -> Callable[..., None]:
    def created(self: object, *args: object, **kwargs: object) -> None:
        pools.created[self] = now()
        create(self, *args, **kwargs)

    return created


def _noting_end(pools: OwnPools, shutdown: Callable[..., None]) -> Callable[..., None]:
    def ended(self: object, *args: object, **kwargs: object) -> None:
        begin = now()
        shutdown(self, *args, **kwargs)
        if self in pools.created and self not in pools.closed:
            pools.close(self, begin, now())

    return ended


def _recording_tasks(pools: OwnPools, submit: Callable[..., Any]) -> Callable[..., Any]:
    def submitted(self: object, function: Any, /, *args: object, **kwargs: object) -> object:  # noqa: ANN401 - any function
        if self not in pools.created:
            return submit(self, function, *args, **kwargs)
        if self not in pools.first:
            pools.first[self] = submit(self, now)
        if WAITS.inside:  # a part of a task, which is recorded as a whole
            return submit(self, function, *args, **kwargs)
        pickles = isinstance(self, ProcessPoolExecutor)
        sent = pools.sent.setdefault(self, Sent(pickles))
        index = sent.note((function, args, kwargs))
        return Unwrapped(submit(self, RecordedTask(function), *args, **kwargs), sent, index)

    return submitted
