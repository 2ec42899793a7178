"""Pools that a workload makes for itself: how long each takes to start, and what they run."""

from __future__ import annotations

import multiprocessing.pool
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_speedup.measurement.clock import now
from pytest_speedup.measurement.recorded_task import RecordedTask
from pytest_speedup.measurement.sent import Sent
from pytest_speedup.measurement.waits import WAITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_speedup.measurement.recorded_task import Ran

WATCHED: tuple[Any, ...] = (ThreadPoolExecutor, ProcessPoolExecutor)


@dataclass(slots=True)
class OwnPools:
    """Pools that were created while this was watching.

    Attributes:
        created: when each was.
        first: when its first worker was ready, once it was handed a task.
        sent: what each was handed.
        others: how many there were of a kind that does not tell.
    """

    created: dict[object, float] = field(default_factory=dict)
    first: dict[object, Future[float]] = field(default_factory=dict)
    sent: dict[object, Sent] = field(default_factory=dict)
    others: int = 0

    def starts(self) -> tuple[float, ...]:
        """List how long each pool took until a worker was ready; 0 where nobody knows."""
        starts = [
            future.result() - self.created[pool]
            for pool, future in self.first.items()
            if future.done() and not future.cancelled() and future.exception() is None
        ]
        idle = len(self.created) - len(starts)
        return (*starts, *[0.0] * (idle + self.others))


class Unwrapped(Future[Any]):
    """The future of a recorded task, for who waits for the result alone."""

    def __init__(self, inner: Future[Ran], sent: Sent, index: int) -> None:
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

    def _finish(self, inner: Future[Ran]) -> None:
        if inner.cancelled():
            super().cancel()
        if not self.set_running_or_notify_cancel():
            return
        error = inner.exception()
        if error is not None:
            self.set_exception(error)
            return
        ran = inner.result()
        self._sent.ran[self._index] = ran
        self.set_result(ran.result)


@contextmanager
def watching_pools() -> Iterator[OwnPools]:
    """Watch the pools that this process creates meanwhile.

    The standard library has no hook for it, so that methods of its classes are replaced for this
    while. A pool's first task is preceded by one that does nothing but look at the clock.
    """
    pools = OwnPools()
    originals = [(kind, kind.__init__, kind.submit) for kind in WATCHED]
    other: Any = multiprocessing.pool.Pool
    create_other = other.__init__

    def created_other(self: object, *args: object, **kwargs: object) -> None:
        pools.others += 1
        create_other(self, *args, **kwargs)

    for kind, create, submit in originals:
        kind.__init__ = _noting_creation(pools, create)
        kind.submit = _recording_tasks(pools, submit)
    other.__init__ = created_other
    try:
        yield pools
    finally:
        other.__init__ = create_other
        for kind, create, submit in originals:
            kind.__init__, kind.submit = create, submit


def _noting_creation(pools: OwnPools, create: Callable[..., None]) -> Callable[..., None]:
    def created(self: object, *args: object, **kwargs: object) -> None:
        pools.created[self] = now()
        create(self, *args, **kwargs)

    return created


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
