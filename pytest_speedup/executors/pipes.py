"""What interpreters of one process share: pipes, since they have the same file descriptors.

A pipe blocks until there is something to read, which ``concurrent.interpreters.Queue`` does not:
it looks every 10 ms, far too seldom to be measured with.
"""

from __future__ import annotations

import os
import queue
import select
import sys
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from pytest_speedup.executors.semaphore_meeting import Semaphore


class PipeSemaphore:
    """A semaphore whose value is the number of bytes in a pipe."""

    __slots__ = ("_ends",)

    def __init__(self, reader: int, writer: int) -> None:
        """Use the two ends of a pipe that :meth:`create` made."""
        self._ends = reader, writer

    @classmethod
    def create(cls, value: int) -> Self:
        """Make a pipe that holds so many bytes."""
        reader, writer = os.pipe()
        if sys.platform != "win32":  # which has another kind, see socket_semaphore
            os.set_blocking(reader, False)
        os.write(writer, bytes(value))
        return cls(reader, writer)

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:  # noqa: FBT001, FBT002 - as threading's
        """Take one; tell whether there was one within ``timeout`` seconds.

        Where another worker takes it first, the wait begins anew.
        """
        while True:
            try:
                os.read(self._ends[0], 1)
            except BlockingIOError:  # noqa: PERF203 - seldom more than once
                if not block or not select.select([self._ends[0]], [], [], timeout)[0]:
                    return False
            else:
                return True

    def release(self) -> None:
        """Give one back."""
        os.write(self._ends[1], b"+")

    def close(self) -> None:
        """Close the pipe; for whoever created it."""
        for end in self._ends:
            os.close(end)

    def __enter__(self) -> bool:
        """Take one."""
        return self.acquire()

    def __exit__(self, *_exc_info: object) -> None:
        """Give it back."""
        self.release()

    def __reduce__(self) -> tuple[Callable[[int, int], PipeSemaphore], tuple[int, int]]:
        """Send the file descriptors."""
        return PipeSemaphore, self._ends


class Items(Protocol):
    """A queue that never blocks, such as ``concurrent.interpreters.Queue``."""

    def put_nowait(self, item: Any, /) -> None:  # noqa: ANN401 - a queue takes anything
        """Add an item."""

    def get_nowait(self) -> Any:  # noqa: ANN401 - as for put_nowait
        """Take the oldest item."""


class CountedQueue:
    """A queue with a semaphore of its items, which is waited for.

    The pipe holds 65,536 bytes: whoever puts an item beyond waits until one is taken.
    """

    __slots__ = ("_filled", "_items")

    def __init__(self, items: Items, filled: Semaphore) -> None:
        """Use a queue, and a semaphore of as many as there are in it."""
        self._items = items
        self._filled = filled

    def put(self, item: Any, /) -> None:  # noqa: ANN401 - a queue takes anything
        """Add an item."""
        self._items.put_nowait(item)
        self._filled.release()

    def get(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401 - as for put
        """Take the oldest item.

        Raises:
            queue.Empty: nothing came within ``timeout`` seconds.
        """
        if not self._filled.acquire(timeout=timeout):
            raise queue.Empty
        return self._items.get_nowait()

    def __reduce__(self) -> tuple[Callable[..., CountedQueue], tuple[Items, Semaphore]]:
        """Send both."""
        return CountedQueue, (self._items, self._filled)
