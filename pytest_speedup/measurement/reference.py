"""The serial run, which tells what to expect of a workload.

It is watched: a workload that asks its executor for nothing has no speedup.

Warming up: after idling, a core can run at half its speed for some 170 ms. A computing cell that is
timed right after a sleeping one would measure that ramp.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field
from functools import partial
from statistics import fmean
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pytest_speedup.clock import Timed, now
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.measurement.results import Expected
from pytest_speedup.model import Bound
from pytest_speedup.platforms import cpu_clock_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future
    from types import TracebackType

    from typing_extensions import Self

    from pytest_speedup.executors import Counter, Queue, TurnExecutor
    from pytest_speedup.measurement.workload import Workload

R = TypeVar("R")

COMPUTING = 0.2
"""Share of CPU time in a serial run from which a workload counts as computing.

Low, since a neighbour can take most of a core from a workload that does nothing but compute.
"""


def bound_of(reference: Timed[R]) -> Bound:
    """Tell by a serial run."""
    computing = reference.cpu_seconds >= COMPUTING * reference.seconds
    return Bound.CPU if computing else Bound.WAIT


AT_ONCE = 1.25
"""CPU seconds in each second from which on several threads surely computed at once."""


def computes_at_once(ran: Timed[R]) -> bool:
    """Tell whether threads of this process computed at once, by a run on them."""
    return ran.cpu_seconds > AT_ONCE * ran.seconds


RAMP_SECONDS = 0.2
"""How long computing keeps its cores busy before it is timed."""


def warm_up(run: Callable[[], Timed[R]], bound: Bound) -> Iterator[Timed[R]]:
    """Run the workload: once, and a computing one until its cores are up to speed.

    The workload itself does it best, since it uses just the cores that it will be timed on.

    Args:
        run: runs it once.
        bound: what it spends its time on.

    Yields:
        What each run returned and took.
    """
    start = now()
    yield run()
    while bound is Bound.CPU and now() - start < RAMP_SECONDS:
        yield run()


STEPS = 10
"""Steps of the CPU clock after which one more or less does not turn waiting into computing."""


QUICK_SECONDS = 1.0
"""A run that takes less is made once more to see what kind of work it is."""


def run_reference(run: Callable[[], Timed[R]]) -> Timed[R]:
    """Run a workload serially: once, or until the CPU clock of the platform tells computing apart.

    Args:
        run: runs it once.

    Returns:
        What the first run returned, and what they took on average.
    """
    first = run()
    wall, cpu = [first.seconds], [first.cpu_seconds]
    while sum(wall) < STEPS * cpu_clock_step():
        again = run()
        wall.append(again.seconds)
        cpu.append(again.cpu_seconds)
        del again  # results can be large, and the next run makes another one
    return Timed(first.result, fmean(wall), fmean(cpu))


def run_once(run: Callable[[], Timed[R]]) -> Timed[R]:
    """Run a workload serially once, where nothing is judged by what it takes."""
    return run()


def warm_reference(reference: Timed[R], run: Callable[[], Timed[object]]) -> Timed[R]:
    """Run a workload once more where that is quick: the first run may have filled a cache.

    Args:
        reference: the first run.
        run: runs the same work once.

    Returns:
        The times of the second run, with the result of the first.
    """
    if reference.seconds > QUICK_SECONDS:
        return reference
    again = run_reference(run)
    return Timed(reference.result, again.seconds, again.cpu_seconds)


T = TypeVar("T")

_END = object()

LAZY = (
    "the workload returned an iterator ({}), which has yet to run and is not timed: "
    "have it return list(...) of it"
)
AWAITED = (
    "the workload returned {}, which nobody awaits: write it as async def, which is measured with "
    '@pytest.mark.speedup(executors=["asyncio"])'
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
    _submitted: int = 0

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

    def submit(
        self,
        function: Callable[..., R],
        /,
        *args: Any,  # noqa: ANN401 - the function's
        **kwargs: Any,  # noqa: ANN401 - the function's
    ) -> Future[R]:
        """Run the task now."""
        future = self._serial.submit(function, *args, **kwargs)
        self._submitted += 1
        return future

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Run each task when its result is asked for."""
        handed = _Handed(iter(tasks))
        self._handed.append(handed)
        return _counted(handed, self._serial.map(function, handed.tasks))

    def follow(
        self, function: Callable[[T], Awaitable[R]], tasks: list[T]
    ) -> tuple[Callable[[T], Awaitable[R]], list[T]]:
        """Count what a map of coroutines runs: return what it is to run, and over what."""
        handed = _Handed(iter(()))
        self._handed.append(handed)

        async def followed(task: T) -> R:
            result = await function(task)
            handed.ended += 1
            return result

        return followed, tasks

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
        return self.anywhere + self._submitted + sum(one.ended for one in self._handed)

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
        expected: what others are held against.
        runs_its_own: whether it handed over no task and only read ``executor.workers``.
    """

    run: Timed[R]
    expected: Expected
    runs_its_own: bool


def watch_reference(
    workload: Workload[R], run: Callable[[Callable[[], Timed[R]]], Timed[R]]
) -> Reference[R]:
    """Run a workload serially, and see to it that it uses its executor.

    Args:
        workload: the workload.
        run: how often, such as :func:`run_reference`.

    Raises:
        SpeedupError: it handed over no task that had ended when it returned, and does not run
            work of its own with ``executor.workers``.
    """
    executor = WatchedExecutor()
    errors: list[int] = []

    def look(result: R, turn: TurnExecutor) -> None:
        executor.refuse_unused(result)
        errors.append(len(turn.errors()))

    reference = run(partial(workload.run, executor, look))
    expected = Expected(reference.result, errors[0], workload.compare)
    return Reference(reference, expected, runs_its_own=not executor.ran)


def _counted(handed: _Handed, results: Iterator[R]) -> Iterator[R]:
    for result in results:
        handed.ended += 1
        yield result


def _close(coroutine: object) -> None:
    """Spare the user a warning on top of the error."""
    close = getattr(coroutine, "close", None)
    if close is not None:
        close()
