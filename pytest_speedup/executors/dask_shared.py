"""What the workers of a Dask cluster share: a variable, a lock and a queue of its scheduler."""

from __future__ import annotations

import asyncio
import pickle
import queue
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import distributed
from distributed import Lock, Variable

if TYPE_CHECKING:
    from collections.abc import Callable


class DaskCounter:
    """A handle on a cluster's counter. A task that carries it has the worker use its own."""

    __slots__ = ("_name", "_number", "lock")

    def __init__(self, name: str, lock: Lock, number: Variable) -> None:
        """Point at a lock and a variable of the scheduler, both of that name."""
        self._name = name
        self.lock = lock
        self._number = number

    @property
    def value(self) -> int:
        """The number that all see."""
        number: int = self._number.get()
        return number

    @value.setter
    def value(self, number: int) -> None:
        self._number.set(number)

    def __reduce__(self) -> tuple[Callable[[str], DaskCounter], tuple[str]]:
        """Send the name."""
        return _counter_here, (self._name,)


class DaskQueue:
    """A handle on a cluster's queue. A task that carries it has the worker use its own."""

    __slots__ = ("_queue",)

    def __init__(self, channel: distributed.Queue) -> None:
        """Point at a queue of the scheduler."""
        self._queue = channel

    def put(self, item: Any, /) -> None:  # noqa: ANN401 - a queue takes anything
        """Add an item: as bytes, since Dask's own queue makes lists of tuples."""
        self._queue.put(pickle.dumps(item))

    def get(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401 - as for put
        """Take the oldest item.

        Raises:
            queue.Empty: nothing came within ``timeout`` seconds.
        """
        try:
            item = self._queue.get(timeout=timeout)
        except asyncio.TimeoutError:
            raise queue.Empty from None
        return pickle.loads(item)  # noqa: S301 - it comes from our own workers

    def __reduce__(self) -> tuple[Callable[[str], DaskQueue], tuple[str]]:
        """Send the name."""
        return _queue_here, (self._queue.name,)


@lru_cache(maxsize=16)
def _counter_here(name: str) -> DaskCounter:
    """In a worker: the one handle on a counter, since each announces itself to the scheduler."""
    return DaskCounter(name, Lock(name), Variable(name))


@lru_cache(maxsize=16)
def _queue_here(name: str) -> DaskQueue:
    """In a worker: the one handle on a queue, since the scheduler counts them."""
    return DaskQueue(distributed.Queue(name))
