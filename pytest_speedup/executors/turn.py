"""The executor as a workload gets it: a ``concurrent.futures.Executor``, for one turn.

User code does with an executor what it likes: it leaves it, shuts it down, hands over tasks that it
never looks at again. None of that is to end the workers, whom the next turn needs, or to get out of
what is timed.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Executor as StandardExecutor
from concurrent.futures import Future, wait
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from pytest_speedup.errors import UnsuitableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from pytest_speedup.executors.protocol import Counter, Executor, Queue

T = TypeVar("T")
R = TypeVar("R")

AFTER_SHUTDOWN = "cannot schedule new futures after shutdown"
"""What the standard library's pools say."""


class Spread(Generic[R]):
    """A function of several arguments, which takes them as one task."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., R]) -> None:
        """Wrap the function."""
        self.function = function

    def __call__(self, task: Iterable[Any]) -> R:
        """Run it."""
        return self.function(*task)

    @property
    def coroutine(self) -> Spread[Any]:
        """The coroutine function of the function, likewise."""
        from pytest_speedup.executors.protocol import coroutine_of  # noqa: PLC0415 - workers lack it

        return Spread(coroutine_of(self.function))


class Chunk(Generic[R]):
    """A function that runs over several tasks as one, as ``chunksize`` has it."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[[Any], R]) -> None:
        """Wrap the function of one task."""
        self.function = function

    def __call__(self, tasks: Iterable[Any]) -> list[R]:
        """Run it over these tasks."""
        return list(map(self.function, tasks))


class TurnExecutor(StandardExecutor):
    """The executor of a cell, as a workload gets it for one turn.

    It is a ``concurrent.futures.Executor``: code that takes one runs unchanged. Leaving it or
    shutting it down waits for the tasks of the turn and takes no more of them; the workers live on.
    """

    def __init__(self, inner: Executor) -> None:
        """Pass everything on to an executor that stands ready."""
        self._inner = inner
        self._futures: list[Future[Any]] = []
        self._maps: list[tuple[Iterator[Any], _Kept]] = []
        self._over = False

    @property
    def name(self) -> str:
        """The name by which users choose the executor."""
        return self._inner.name

    @property
    def workers(self) -> int:
        """How many tasks it can run at once."""
        return self._inner.workers

    @property
    def _max_workers(self) -> int:
        """The same, as much code asks pools of the standard library for it."""
        return self._inner.workers

    @property
    def pickles(self) -> bool:
        """Whether tasks are sent to workers."""
        return self._inner.pickles

    @property
    def shares_clock(self) -> bool:
        """Whether workers read the caller's clock."""
        return self._inner.shares_clock

    def start(self) -> None:
        """Nothing: every worker has started."""

    def submit(
        self,
        function: Callable[..., R],
        /,
        *args: Any,  # noqa: ANN401 - the function's
        **kwargs: Any,  # noqa: ANN401 - the function's
    ) -> Future[R]:
        """Hand a task to a worker; serial code runs it now.

        Returns:
            A future that ``as_completed`` and ``wait`` of ``concurrent.futures`` take.

        Raises:
            RuntimeError: the executor was shut down, or its turn is over.
            UnsuitableError: the executor has no futures, or the function is not for it.
        """
        self._refuse_late()
        submit = getattr(self._inner, "submit", None)
        if submit is None:
            message = (
                f"{self.name} executor: it has no submit(), so that only executor.map(function, "
                "tasks) hands it tasks"
            )
            raise UnsuitableError(message)
        future: Future[R] = submit(function, *args, **kwargs)
        self._futures.append(future)
        return future

    def map(
        self,
        fn: Callable[..., R],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        **more: Any,  # noqa: ANN401 - such as buffersize, since Python 3.14
    ) -> Iterator[R]:
        """Run a function over tasks; the results come in the tasks' order.

        Args:
            fn: takes as many arguments as there are iterables.
            iterables: the tasks.
            timeout: seconds from this call after which a result is not waited for any more.
            chunksize: tasks that are sent to a worker at once, where they are sent.
            more: as in the standard library of this Python.

        Raises:
            RuntimeError: the executor was shut down, or its turn is over.
            TimeoutError: a result was not there in time.
            UnsuitableError: the function is not for this executor.
            ValueError: ``chunksize`` is below 1.
        """
        self._refuse_late()
        if chunksize < 1:
            message = "chunksize must be >= 1."
            raise ValueError(message)
        alone = len(iterables) == 1
        task: Callable[[Any], R] = fn if alone else Spread(fn)
        tasks: Iterable[Any] = iterables[0] if alone else zip(*iterables, strict=False)
        run: Callable[..., Iterator[Any]] = self._map
        if timeout is not None or more:
            run = partial(super().map, timeout=timeout, **more)
        if chunksize > 1 and self.pickles:
            return chain.from_iterable(run(Chunk(task), _chunks(tasks, chunksize)))
        return run(task, tasks)

    def _map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        rest, kept = self._inner.map(function, tasks), _Kept(deque(), [])
        self._maps.append((rest, kept))
        return _passed_on(rest, kept)

    def follow(
        self, function: Callable[[T], Awaitable[Any]], tasks: list[T]
    ) -> tuple[Callable[[Any], Awaitable[Any]], list[Any]]:
        """Have whoever watches the executor follow a map of coroutines.

        Returns:
            What the map is to run, and over what.

        Raises:
            RuntimeError: the turn is over.
        """
        self._refuse_late()
        follow = getattr(self._inner, "follow", None)
        return (function, tasks) if follow is None else follow(function, tasks)

    def each(self, function: Callable[[], R]) -> list[R]:
        """Run a function once on every worker, and return the results in no special order."""
        return self._inner.each(function)

    def counter(self) -> Counter:
        """Set the executor's counter to zero and return it; tasks may carry it."""
        return self._inner.counter()

    def queue(self) -> Queue:
        """Return the executor's queue; tasks may carry it, and whoever fills it empties it."""
        return self._inner.queue()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - as the standard library has it
        """Take no more tasks in this turn; the workers live on.

        Args:
            wait: whether to wait for all tasks; the turn does so in any case.
            cancel_futures: whether to drop what was submitted and has not begun.
        """
        self._over = True
        if cancel_futures:
            for future in self._futures:
                future.cancel()
        if wait:
            for rest, kept in self._maps:
                kept.take_all(rest)
            self._wait()

    def finish(self) -> None:
        """End the turn: wait for what was submitted, and take no more."""
        self._over = True
        self._wait()

    def errors(self) -> list[BaseException]:
        """List what tasks raised that were submitted, once the turn has ended."""
        ended = (one for one in self._futures if not one.cancelled())
        return [error for error in (one.exception() for one in ended) if error is not None]

    def _wait(self) -> None:
        if self._futures:
            wait(self._futures)

    def _refuse_late(self) -> None:
        if self._over:
            raise RuntimeError(AFTER_SHUTDOWN)


class _Kept(NamedTuple):
    """Results that came before anybody asked for them.

    Attributes:
        results: those before the first error.
        errors: the first error, if there is one.
    """

    results: deque[Any]
    errors: list[Exception]

    def take_all(self, rest: Iterator[Any]) -> None:
        """Take all results that are left."""
        while True:
            try:
                result = next(rest)
            except StopIteration:  # noqa: PERF203 - each result may be one
                return
            except Exception as error:  # noqa: BLE001 - for whoever asks for the result
                self.errors.append(error)
            else:
                if not self.errors:
                    self.results.append(result)


def _passed_on(rest: Iterator[R], kept: _Kept) -> Iterator[R]:
    yield from rest
    while kept.results:
        yield kept.results.popleft()
    for error in kept.errors:
        raise error


def _chunks(tasks: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(tasks)
    while chunk := list(islice(left, size)):
        yield chunk
