"""Pools that a workload makes for itself: how many, and how long each takes to start."""

from __future__ import annotations

import multiprocessing.pool
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_speedup.measurement.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

WATCHED: tuple[Any, ...] = (ThreadPoolExecutor, ProcessPoolExecutor)


@dataclass(slots=True)
class PoolStarts:
    """Pools that were created while this was watching.

    Attributes:
        created: when each was.
        first: when its first worker was ready, once it was handed a task.
        others: how many there were of a kind that does not tell.
    """

    created: dict[object, float] = field(default_factory=dict)
    first: dict[object, Future[float]] = field(default_factory=dict)
    others: int = 0

    def seconds(self) -> tuple[float, ...]:
        """List how long each pool took until a worker was ready; 0 where nobody knows."""
        starts = [
            future.result() - self.created[pool]
            for pool, future in self.first.items()
            if future.done() and not future.cancelled() and future.exception() is None
        ]
        idle = len(self.created) - len(starts)
        return (*starts, *[0.0] * (idle + self.others))


@contextmanager
def watching_pools() -> Iterator[PoolStarts]:
    """Watch the pools that this process creates meanwhile.

    The standard library has no hook for it, so that methods of its classes are replaced for this
    while. A pool's first task is preceded by one that does nothing but look at the clock.
    """
    starts = PoolStarts()
    originals = [(kind, kind.__init__, kind.submit) for kind in WATCHED]
    other: Any = multiprocessing.pool.Pool
    create_other = other.__init__

    def created_other(self: object, *args: object, **kwargs: object) -> None:
        starts.others += 1
        create_other(self, *args, **kwargs)

    for kind, create, submit in originals:
        kind.__init__ = _noting_creation(starts, create)
        kind.submit = _noting_first(starts, submit)
    other.__init__ = created_other
    try:
        yield starts
    finally:
        other.__init__ = create_other
        for kind, create, submit in originals:
            kind.__init__, kind.submit = create, submit


def _noting_creation(starts: PoolStarts, create: Callable[..., None]) -> Callable[..., None]:
    def created(self: object, *args: object, **kwargs: object) -> None:
        starts.created[self] = now()
        create(self, *args, **kwargs)

    return created


def _noting_first(starts: PoolStarts, submit: Callable[..., Any]) -> Callable[..., Any]:
    def submitted(self: object, /, *args: object, **kwargs: object) -> object:
        if self in starts.created and self not in starts.first:
            starts.first[self] = submit(self, now)
        return submit(self, *args, **kwargs)

    return submitted
