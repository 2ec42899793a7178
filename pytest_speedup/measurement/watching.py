"""What a workload asks of its executor: one that asks for nothing has no speedup."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from typing_extensions import Self

    from pytest_speedup.clock import Timed
    from pytest_speedup.executors import Counter, Executor, Queue

T = TypeVar("T")
R = TypeVar("R")

_END = object()

LAZY = (
    "the workload returned an iterator ({}), which has yet to run and is not timed: "
    "have it return list(...) of it"
)
AWAITED = (
    "the workload returned {}, which nobody awaits: write a plain function, and give its tasks "
    "coroutines with @with_coroutine(...)"
)
UNFINISHED = (
    "the workload returned before its tasks had ended, which are not timed then: "
    "take all results, as list(executor.map(function, tasks)) does"
)
EMPTY = "the workload handed over an empty list of tasks, so that there is nothing to measure"
UNUSED = (
    "the workload handed no task to its executor and did not ask for executor.workers, so that "
    "nothing runs in parallel: have it run list(executor.map(function, tasks))"
)


@dataclass(slots=True)
class _Handed:
    """Tasks of one call of ``map``.

    Attributes:
        tasks: those that were not taken yet.
        ended: how many have ended.
    """

    tasks: Iterator[Any]
    ended: int = 0

    def is_unfinished(self) -> bool:
        """Whether a task is left that was never run; asked when the workload has returned."""
        return next(self.tasks, _END) is not _END


@dataclass(slots=True)
class WatchedExecutor:
    """The serial executor, which notes what a workload asks of it.

    Attributes:
        asked_workers: whether it was asked for its number of workers.
        anywhere: how many times each worker was to run something.
    """

    asked_workers: bool = False
    anywhere: int = 0
    _serial: SerialExecutor = field(default_factory=SerialExecutor)
    _handed: list[_Handed] = field(default_factory=list)

    @property
    def name(self) -> str:
        """That of the serial executor, as are all that follow."""
        return self._serial.name

    @property
    def workers(self) -> int:
        """How many tasks it can run at once."""
        self.asked_workers = True
        return self._serial.workers

    @property
    def pickles(self) -> bool:
        """Whether tasks are sent to workers."""
        return self._serial.pickles

    @property
    def shares_clock(self) -> bool:
        """Whether workers read the same clock as the caller."""
        return self._serial.shares_clock

    def start(self) -> None:
        """Nothing to start."""

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Run each task when its result is asked for."""
        handed = _Handed(iter(tasks))
        self._handed.append(handed)
        return _counted(handed, self._serial.map(function, handed.tasks))

    def each(self, function: Callable[[], R]) -> list[R]:
        """Run the function here."""
        self.anywhere += 1
        return self._serial.each(function)

    def counter(self) -> Counter:
        """Return a counter at zero."""
        return self._serial.counter()

    def queue(self) -> Queue:
        """Return an empty queue."""
        return self._serial.queue()

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

    @property
    def ran(self) -> int:
        """How many tasks have ended."""
        return self.anywhere + sum(one.ended for one in self._handed)

    def refuse_unused(self, result: object) -> None:
        """Refuse a workload that has returned, if what it did is not what would be timed.

        Args:
            result: what it returned.

        Raises:
            SpeedupError: its tasks were not run, or it has none and runs none by itself.
        """
        kind = type(result).__name__
        if isinstance(result, Awaitable):
            _close(result)
            raise SpeedupError(AWAITED.format(f"a {kind}"))
        if isinstance(result, Iterator):
            raise SpeedupError(LAZY.format(kind))
        if any(one.is_unfinished() for one in self._handed):
            raise SpeedupError(UNFINISHED)
        if self.ran:
            return
        if self._handed:
            raise SpeedupError(EMPTY)
        if not self.asked_workers:
            raise SpeedupError(UNUSED)


@dataclass(frozen=True, slots=True)
class Reference(Generic[R]):
    """The serial run of a workload.

    Attributes:
        run: its result and what it took.
        runs_its_own: whether it handed over no task and only read ``executor.workers``.
    """

    run: Timed[R]
    runs_its_own: bool


def watch_reference(
    work: Callable[[Executor], R], run: Callable[[Callable[[], R]], Timed[R]]
) -> Reference[R]:
    """Run a workload serially, and see to it that it uses its executor.

    Args:
        work: the workload, with its arguments.
        run: how it is run and timed, such as :func:`run_reference`.

    Raises:
        SpeedupError: it handed over no task that had ended when it returned, and does not run
            work of its own with ``executor.workers``.
    """
    executor = WatchedExecutor()
    reference = run(partial(work, executor))
    executor.refuse_unused(reference.result)
    return Reference(reference, runs_its_own=not executor.ran)


def _counted(handed: _Handed, results: Iterator[R]) -> Iterator[R]:
    for result in results:
        handed.ended += 1
        yield result


def _close(coroutine: object) -> None:
    """Spare the user a warning on top of the error."""
    close = getattr(coroutine, "close", None)
    if close is not None:
        close()
