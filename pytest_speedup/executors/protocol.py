"""What a test gets as ``speedup``, a workload as its executor, and what all executors share."""

from __future__ import annotations

import threading
from concurrent.futures import wait
from functools import partial
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar, overload

from pytest_speedup.errors import UnsuitableError

if TYPE_CHECKING:
    from collections.abc import (
        AsyncIterator,
        Awaitable,
        Callable,
        Coroutine,
        Generator,
        Iterable,
        Iterator,
        Sequence,
    )
    from concurrent.futures import Future
    from contextlib import AbstractContextManager
    from types import TracebackType

    from typing_extensions import Self

    from pytest_speedup.executors.turn import TurnExecutor

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")


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


class AwaitableResults(Protocol[R]):
    """Results in the order of their tasks."""

    def __aiter__(self) -> AsyncIterator[R]:
        """Take them one by one, as they come: ``async for result in results``."""

    def __await__(self) -> Generator[Any, None, list[R]]:
        """Wait for all of them: ``await results``."""


class AwaitableExecutor(Protocol):
    """What a workload that is a coroutine function gets: it runs coroutines of tasks."""

    @property
    def name(self) -> str:
        """The name by which users choose it, serial or asyncio."""

    @property
    def workers(self) -> int:
        """How many tasks it runs at once."""

    def map(self, function: Callable[[T], Awaitable[R]], tasks: Iterable[T]) -> AwaitableResults[R]:
        """Run a coroutine function over tasks, as many at once as there are workers.

        Serial code begins each task when its result is asked for. The first error that a task
        raised is raised in its place, once no task runs any more.

        Raises:
            SpeedupError: a task called this.
        """

    def counter(self) -> Counter:
        """Return a counter at zero."""

    def queue(self) -> AwaitableQueue:
        """Return an empty queue."""


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

    def submit(
        self,
        function: Callable[..., R],
        /,
        *args: Any,  # noqa: ANN401 - the function's
        **kwargs: Any,  # noqa: ANN401 - the function's
    ) -> Future[R]:
        """Hand a task to a worker, and return a future of ``concurrent.futures``.

        Serial code runs the task now.

        Raises:
            UnsuitableError: the executor has no such futures.
        """

    def map(self, function: Callable[[T], R], tasks: Iterable[T], /) -> Iterator[R]:
        """Run a function over tasks; the results come in the tasks' order.

        What a workload gets also takes several iterables, ``timeout`` and ``chunksize``.

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
    ) -> bool | None:
        """End every worker."""


class Speedup(Protocol):
    """Takes the workload of a test: to measure it, to judge it, or to serve a comparison."""

    @property
    def size(self) -> str:
        """The size that the workload is to have, one of quick, default and seed."""

    @overload
    def __call__(
        self,
        workload: Callable[Concatenate[AwaitableExecutor, P], Coroutine[Any, Any, R]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R: ...

    @overload
    def __call__(
        self,
        workload: Callable[Concatenate[TurnExecutor, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R: ...

    @overload
    def __call__(
        self,
        workload: Callable[..., Coroutine[Any, Any, R]],
        /,
        *args: Any,  # noqa: ANN401 - the workload's
        setup: Callable[[], object],
        compare: Callable[[Any, Any], object] | None = None,
        **kwargs: Any,  # noqa: ANN401 - the workload's
    ) -> R: ...

    @overload
    def __call__(
        self,
        workload: Callable[..., R],
        /,
        *args: Any,  # noqa: ANN401 - the workload's
        setup: Callable[[], object],
        compare: Callable[[Any, Any], object] | None = None,
        **kwargs: Any,  # noqa: ANN401 - the workload's
    ) -> R: ...

    @overload
    def __call__(
        self,
        workload: Callable[..., Coroutine[Any, Any, R]],
        /,
        *args: Any,  # noqa: ANN401 - the workload's
        compare: Callable[[Any, Any], object],
        **kwargs: Any,  # noqa: ANN401 - the workload's
    ) -> R: ...

    @overload
    def __call__(
        self,
        workload: Callable[..., R],
        /,
        *args: Any,  # noqa: ANN401 - the workload's
        compare: Callable[[Any, Any], object],
        **kwargs: Any,  # noqa: ANN401 - the workload's
    ) -> R: ...

    def __call__(self, workload: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Run ``workload(executor, *args, **kwargs)`` as often as is needed, and return its result.

        The workload takes an executor first, a ``concurrent.futures.Executor``:
        ``executor.map(function, tasks)``, ``.submit(function, ...)``, ``.counter()``, ``.queue()``,
        ``.workers``. Every result is compared with that of the serial executor. Where results come
        in no special order, have the workload sort them.

        A workload that is ``async def`` runs on an event loop of its own each time, on the
        executors ``serial`` and ``asyncio``, and takes an
        :class:`~pytest_speedup.executors.AwaitableExecutor`: ``await
        executor.map(coroutine_function, tasks)``.

        Args:
            workload: what is measured.
            args: its arguments by position.
            setup: called before each turn, untimed. What it returns, or what the context manager
                that it returns gives for the turn, the workload gets behind the executor; None is
                left out.
            compare: takes a result and that of serial code; returns whether they are the same, or
                raises AssertionError. Without, arrays, frames and containers are compared by what
                they hold, NaN equals NaN, and floats may differ by 1e-9 of their size.
            kwargs: its arguments by name, but ``setup`` and ``compare``.
        """


class LockedCounter:
    """A number beside the lock that guards it."""

    __slots__ = ("lock", "value")

    def __init__(self) -> None:
        """Start at zero."""
        self.lock = threading.Lock()
        self.value = 0


F = TypeVar("F")

COROUTINE = "coroutine"
"""Name of the attribute with a function's coroutine function."""


def with_coroutine(coroutine: Callable[..., Awaitable[Any]]) -> Callable[[F], F]:
    """Name a function's coroutine function, of the same arguments and results."""

    def decorate(function: F) -> F:
        setattr(function, COROUTINE, coroutine)
        return function

    return decorate


def coroutine_of(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """Return the coroutine function of a function, or of a ``functools.partial`` of one.

    Raises:
        UnsuitableError: it has none.
    """
    if isinstance(function, partial):
        return partial(coroutine_of(function.func), *function.args, **function.keywords)
    coroutine: Callable[..., Awaitable[Any]] | None = getattr(function, COROUTINE, None)
    if coroutine is None:
        name = f"{function.__module__}.{getattr(function, '__qualname__', function)}"
        message = (
            f"asyncio executor: {name} is no coroutine, and computing gains nothing from an event "
            "loop; where it waits, name its coroutine function with @with_coroutine(...)"
        )
        raise UnsuitableError(message)
    return coroutine


def is_coroutine_function(function: Callable[..., object]) -> bool:
    """Whether calling it makes a coroutine: ``async def``, a partial of one, or such an object."""
    from inspect import iscoroutinefunction  # noqa: PLC0415 - slow, and no worker needs it

    if isinstance(function, partial):
        return is_coroutine_function(function.func)
    call = getattr(type(function), "__call__", None)  # noqa: B004 - asked how it is written
    return iscoroutinefunction(function) or iscoroutinefunction(call)


def plain(workload: Callable[..., Any]) -> Callable[..., Any]:
    """Make a workload one to be called: a coroutine function runs on an event loop of its own."""
    if not is_coroutine_function(workload):
        return workload
    from pytest_speedup.executors.coroutines import LoopWorkload  # noqa: PLC0415 - loads asyncio

    return LoopWorkload(workload)


def gather(futures: Sequence[Future[R]]) -> Iterator[R]:
    """Yield results in order.

    When a task raises, the tasks that have not begun are cancelled and those that run are
    waited for, so that no work of this call disturbs the next one. An interrupt of the caller
    is passed on at once: whoever holds the executor ends its workers.
    """
    try:
        for future in futures:
            yield future.result()
    except Exception:
        for future in futures:
            future.cancel()
        wait(futures)
        raise
