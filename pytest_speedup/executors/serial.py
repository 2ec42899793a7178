"""The serial executor: the caller does the work, one task after another."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, TypeVar

from pytest_speedup.executors.protocol import LockedCounter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from typing_extensions import Self

    from pytest_speedup.executors.protocol import Counter, Queue

T = TypeVar("T")
R = TypeVar("R")


class SerialExecutor:
    """Runs tasks in the caller's thread: the reference that speedup is measured against."""

    name = "serial"
    workers = 1
    pickles = False
    shares_clock = True

    def start(self) -> None:
        """Nothing to start: the caller is the worker."""

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Run each task when its result is asked for."""
        return map(function, tasks)

    def each(self, function: Callable[[], R]) -> list[R]:
        """Run the function here."""
        return [function()]

    def counter(self) -> Counter:
        """Return a counter at zero; its lock is real, though nobody competes for it."""
        return LockedCounter()

    def queue(self) -> Queue:
        """Return an empty queue."""
        return queue.Queue()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing to end."""
