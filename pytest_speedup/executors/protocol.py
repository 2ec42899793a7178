"""What a workload may ask of an executor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from types import TracebackType

    from typing_extensions import Self

T = TypeVar("T")
R = TypeVar("R")


class Counter(Protocol):
    """A number that every worker can change, and the lock that guards it."""

    value: int

    @property
    def lock(self) -> AbstractContextManager[Any]:
        """Held around each read-modify-write of ``value``."""


class Queue(Protocol):
    """A first-in, first-out queue between the caller and the workers."""

    def put(self, item: Any, /) -> None:  # noqa: ANN401 - a queue takes anything
        """Add an item; never blocks for long, the queue has no bound."""

    def get(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401 - as for put
        """Take the oldest item.

        Raises:
            queue.Empty: nothing came within ``timeout`` seconds.
        """


class AwaitableQueue(Queue, Protocol):
    """A queue that coroutines wait for."""

    async def aget(self) -> Any:  # noqa: ANN401 - as for get
        """Take the oldest item, once there is one."""


class Executor(Protocol):
    """A number of workers that run tasks.

    An executor is a context manager: leaving it ends every worker, at once when it is left
    by an exception.
    """

    @property
    def name(self) -> str:
        """The name by which users choose it."""

    @property
    def workers(self) -> int:
        """How many tasks it can run at once."""

    @property
    def pickles(self) -> bool:
        """Whether workers share no objects with the caller, so that tasks are sent to them."""

    @property
    def shares_clock(self) -> bool:
        """Whether workers read the caller's clock, which those of other machines do not."""

    def start(self) -> None:
        """Start every worker, and return when each has answered."""

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Run a function over tasks; the results come in the tasks' order.

        Tasks may run at any time between the call and the end of the iteration. The first
        error that a task raised is raised in its place, once no task runs any more.

        Raises:
            UnsuitableError: the function is not for this executor.
        """

    def each(self, function: Callable[[], R]) -> list[R]:
        """Run a function once on every worker, and return the results in no special order."""

    def counter(self) -> Counter:
        """Set the executor's counter to zero and return it; tasks may carry it."""

    def queue(self) -> Queue:
        """Return the executor's queue; tasks may carry it, and whoever fills it empties it."""

    def __enter__(self) -> Self:
        """Begin the life of the workers."""

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End every worker."""
