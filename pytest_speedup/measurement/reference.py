"""The serial run that tells what to expect of a workload, and whether others returned the same.

It is watched: a workload that asks its executor for nothing has no speedup.

The same: threads sum floats in another order than serial code does, an array has no single truth
value, and NaN is not equal to itself: none of these is a wrong result.

Warming up: after idling, a core can run at half its speed for some 170 ms. A computing cell that is
timed right after a sleeping one would measure that ramp.
"""

from __future__ import annotations

import cmath
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, fields, is_dataclass
from functools import partial
from statistics import fmean
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pytest_speedup.clock import Timed, now, timed
from pytest_speedup.errors import SpeedupError, WrongResultError
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.model import Bound
from pytest_speedup.platforms import cpu_clock_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from typing_extensions import Self

    from pytest_speedup.executors import Counter, Executor, Queue

R = TypeVar("R")

COMPUTING = 0.2
"""Share of CPU time in a serial run from which a workload counts as computing.

Low, since a neighbour can take most of a core from a workload that does nothing but compute.
"""


def bound_of(reference: Timed[R]) -> Bound:
    """Tell by a serial run."""
    computing = reference.cpu_seconds >= COMPUTING * reference.seconds
    return Bound.CPU if computing else Bound.WAIT


TOLERANCE = 1e-9
"""Relative difference of floats that the order of a sum explains."""

EXACT = (str, bytes, bytearray, range, bool, int)
"""Types whose values are equal or not, with nothing in between."""


def same(one: object, other: object) -> bool:
    """Tell whether a result is what serial code returned.

    Floats may differ by the order of a sum, NaN equals NaN, arrays and frames are compared by what
    they hold, and containers part by part.

    Raises:
        SpeedupError: the values cannot be compared.
    """
    if one is other:
        return True
    if isinstance(one, EXACT) and isinstance(other, EXACT):
        return one == other
    if _is_number(one) and _is_number(other):
        return _same_number(one, other)
    if _is_array(one) or _is_array(other):
        return _same_array(one, other)
    if type(one) is not type(other) and not _alike(one, other):
        return _equal(one, other)
    return _same_parts(one, other)


def _same_parts(one: Any, other: Any) -> bool:  # noqa: ANN401 - whatever workloads return
    if hasattr(one, "equals") and callable(one.equals):  # frames, series, tables
        return bool(one.equals(other))
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, AbstractSet):
        return _equal(one, other)
    if isinstance(one, Sequence):
        return len(one) == len(other) and all(map(same, one, other))
    if is_dataclass(one):
        return all(same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    return _equal(one, other)


def _alike(one: object, other: object) -> bool:
    """Whether two values of different types are of one kind, such as a dict and a defaultdict."""
    kinds = (Mapping, AbstractSet, list, tuple)
    return any(isinstance(one, kind) and isinstance(other, kind) for kind in kinds)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | complex)


def _same_number(one: Any, other: Any) -> bool:  # noqa: ANN401 - a number
    if cmath.isnan(one) or cmath.isnan(other):
        return cmath.isnan(one) and cmath.isnan(other)
    return cmath.isclose(one, other, rel_tol=TOLERANCE)


def _is_array(value: object) -> bool:
    return hasattr(value, "__array__") and hasattr(value, "dtype") and hasattr(value, "shape")


def _same_array(one: Any, other: Any) -> bool:  # noqa: ANN401 - an array, of whatever library
    if not (_is_array(one) and _is_array(other)):
        one, other = (each.tolist() if _is_array(each) else each for each in (one, other))
        return same(one, other)
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if getattr(one.dtype, "kind", "O") in "fcO":
        return same(one.tolist(), other.tolist())
    return bool((one == other).all())


def _equal(one: object, other: object) -> bool:
    try:
        equal = bool(one == other)
    except Exception as error:
        kind = type(one).__name__
        message = (
            f"results of type {kind} cannot be compared ({type(error).__name__}: {error}): return "
            "numbers, text, arrays or containers of them"
        )
        raise SpeedupError(message) from error
    if not equal and type(one) is type(other) and type(one).__eq__ is object.__eq__:
        kind = type(one).__name__
        message = (
            f"results of type {kind} have no __eq__, so that no two are equal: give it one, or "
            "return its parts"
        )
        raise SpeedupError(message)
    return equal


def refuse_wrong(name: str, result: object, expected: object) -> None:
    """Refuse what a workload returned if serial code returns something else.

    Args:
        name: workload and cell.
        result: what it returned on an executor.
        expected: what serial code returned.

    Raises:
        WrongResultError: it does, or nobody can say.
    """
    try:
        if same(result, expected):
            return
    except SpeedupError as error:
        message = f"{name}: {error}"
        raise WrongResultError(message) from error
    message = (
        f"{name} returned a wrong result.\n"
        f"expected, as from serial code: {_short(expected)}\n"
        f"got: {_short(result)}"
    )
    raise WrongResultError(message)


def _short(value: object, limit: int = 200) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."


RAMP_SECONDS = 0.2
"""How long computing keeps its cores busy before it is timed."""


def warm_up(run: Callable[[], R], bound: Bound) -> Iterator[Timed[R]]:
    """Run the workload untimed: once, and a computing one until its cores are up to speed.

    The workload itself does it best, since it uses just the cores that it will be timed on.

    Yields:
        What each run returned and took.
    """
    start = now()
    yield timed(run)
    while bound is Bound.CPU and now() - start < RAMP_SECONDS:
        yield timed(run)


STEPS = 10
"""Steps of the CPU clock after which one more or less does not turn waiting into computing."""


QUICK_SECONDS = 1.0
"""A run that takes less is made once more to see what kind of work it is."""


def run_reference(work: Callable[[], R]) -> Timed[R]:
    """Run a workload serially: once, or until the CPU clock of the platform tells computing apart.

    Returns:
        What the first run returned, and what they took on average.
    """
    first = timed(work)
    wall, cpu = [first.seconds], [first.cpu_seconds]
    while sum(wall) < STEPS * cpu_clock_step():
        again = timed(work)
        wall.append(again.seconds)
        cpu.append(again.cpu_seconds)
        del again  # results can be large, and the next run makes another one
    return Timed(first.result, fmean(wall), fmean(cpu))


def warm_reference(reference: Timed[R], work: Callable[[], object]) -> Timed[R]:
    """Run a workload once more where that is quick: the first run may have filled a cache.

    Args:
        reference: the first run.
        work: the same work.

    Returns:
        The times of the second run, with the result of the first.
    """
    if reference.seconds > QUICK_SECONDS:
        return reference
    again = run_reference(work)
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
