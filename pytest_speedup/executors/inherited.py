"""What workers get when they start, and find again when a task mentions it.

Locks, shared memory and queues cannot be sent along with a task: a worker has them from its birth.
A task carries no more than the advice to look for them there.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from pytest_speedup.executors.protocol import Queue

R = TypeVar("R")

START_TIMEOUT = 120.0
"""Seconds that the workers of a pool may take to start, imports included."""


class Meeting(Protocol):
    """Where all workers wait for each other."""

    def wait(self, timeout: float | None = None) -> object:
        """Return once all are there.

        Raises:
            threading.BrokenBarrierError: they were not within ``timeout`` seconds.
        """


class Number(Protocol):
    """A number that all workers see."""

    value: int


class Shared(NamedTuple):
    """What the workers of one pool share.

    Attributes:
        meeting: where they wait for each other.
        lock: guards the number.
        number: the counter's.
        queue: between them and the caller.
    """

    meeting: Meeting
    lock: AbstractContextManager[Any]
    number: Number
    queue: Queue


_inherited: Shared | None = None
"""In a worker: what it got from its parent."""


class InheritedCounter:
    """A handle on the pool's counter. A task that carries it finds the worker's own end."""

    __slots__ = ("_number", "lock")

    def __init__(self, shared: Shared) -> None:
        """Point at what parent and workers share."""
        self.lock = shared.lock
        self._number = shared.number

    @property
    def value(self) -> int:
        """The number that all see."""
        return self._number.value

    @value.setter
    def value(self, number: int) -> None:
        self._number.value = number

    def __reduce__(self) -> tuple[Callable[[], InheritedCounter], tuple[()]]:
        """Send no more than the advice to look for what was inherited."""
        return _find_counter, ()


class InheritedQueue:
    """A handle on the pool's queue. A task that carries it finds the worker's own end."""

    __slots__ = ("_queue",)

    def __init__(self, shared: Shared) -> None:
        """Point at what parent and workers share."""
        self._queue = shared.queue

    def put(self, item: Any, /) -> None:  # noqa: ANN401 - a queue takes anything
        """Add an item."""
        self._queue.put(item)

    def get(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401 - as for put
        """Take the oldest item.

        Raises:
            queue.Empty: nothing came within ``timeout`` seconds.
        """
        return self._queue.get(timeout=timeout)

    def __reduce__(self) -> tuple[Callable[[], InheritedQueue], tuple[()]]:
        """Send no more than the advice to look for what was inherited."""
        return _find_queue, ()


def keep(shared: Shared, collect_garbage: bool) -> None:  # noqa: FBT001 - by position
    """Prepare a worker: it runs there once for each executor, before its first task."""
    global _inherited  # noqa: PLW0603 - the one place where a worker keeps its inheritance
    _inherited = shared
    (gc.enable if collect_garbage else gc.disable)()


def keep_in_child(
    shared: Shared,
    collect_garbage: bool,  # noqa: FBT001 - by position
    wait_for_parent: Callable[[], object],
) -> None:
    """Prepare a worker that is a child process, and is to end with its parent.

    Args:
        shared: what it inherits.
        collect_garbage: whether the cyclic garbage collector is on.
        wait_for_parent: returns when the parent has ended.
    """
    keep(shared, collect_garbage)
    # Ctrl-C reaches the whole process group: the parent answers it, and ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    leash = threading.Thread(
        target=_exit_after, args=[wait_for_parent], name="speedup-leash", daemon=True
    )
    leash.start()


def meet(function: Callable[[], R]) -> R:
    """Run a function once every other worker is about to."""
    _inheritance().meeting.wait(START_TIMEOUT)
    return function()


def _exit_after(wait_for_parent: Callable[[], object]) -> None:
    """End this worker when its parent is gone: a killed parent cannot close its pool."""
    wait_for_parent()
    os._exit(1)


def _inheritance() -> Shared:
    if _inherited is None:
        message = "an executor's counter or queue was sent to a worker outside its pool"
        raise SpeedupError(message)
    return _inherited


def _find_counter() -> InheritedCounter:
    return InheritedCounter(_inheritance())


def _find_queue() -> InheritedQueue:
    return InheritedQueue(_inheritance())
