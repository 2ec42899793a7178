"""A task that says how it ran: what goes to workers, each of which has to import it quickly."""

from __future__ import annotations

import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, ParamSpec, TypeVar

from pytest_speedup.clock import now, thread_cpu
from pytest_speedup.losses.waits import METERS, WAITS, read_meters

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

P = ParamSpec("P")
R = TypeVar("R")


def stand_ready() -> None:
    """Nothing: a worker that was sent this has imported what it takes to record."""


class Ran(NamedTuple):
    """What one task came to, as its worker saw it.

    Attributes:
        result: what it returned.
        start: when it began, in seconds on the measurement's clock.
        end: when it was done.
        cpu: CPU seconds of the worker meanwhile.
        waits: seconds that it waited meanwhile, in the order of the meters.
        worker: process, and thread or asyncio task, that ran it.
        loading: seconds that the worker took to find its function, imports included.
    """

    result: Any
    start: float
    end: float
    cpu: float
    waits: tuple[float, ...]
    worker: tuple[int, int]
    loading: float

    @property
    def waits_by_name(self) -> dict[str, float]:
        """Seconds that it waited, by what for."""
        return dict(zip(METERS, self.waits, strict=True))


class RecordedTask(Generic[P, R]):
    """A task function that says how it ran; it can be pickled if its function can.

    It returns the values of :class:`Ran` as a bare tuple, which is quick to send.
    """

    __slots__ = ("function", "loading")

    def __init__(self, function: Callable[P, R], loading: float = 0.0) -> None:
        """Wrap a function, which took so many seconds to find."""
        self.function = function
        self.loading = loading

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> tuple[Any, ...]:
        """Run the function."""
        WAITS.inside = True
        try:
            before, cpu, start = read_meters(), thread_cpu(), now()
            result = self.function(*args, **kwargs)
            end, cpu, after = now(), thread_cpu() - cpu, read_meters()
        finally:
            WAITS.inside = False
        worker = os.getpid(), threading.get_ident()
        return result, start, end, cpu, _difference(after, before), worker, self.loading

    @property
    def coroutine(self) -> RecordedCoroutine:
        """The twin of the function, recorded as well."""
        return RecordedCoroutine(self.function)

    def __reduce__(self) -> tuple[Callable[..., RecordedTask[..., Any]], tuple[Any, ...]]:
        """Put a look at the clock before the function: a worker unpickles them in this order."""
        return _load, (LookAtClock(), self.function)


class LookAtClock:
    """Becomes the time at which it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[], float], tuple[()]]:
        """Call the clock."""
        return now, ()


def _load(start: float, function: Callable[P, R]) -> RecordedTask[P, R]:
    return RecordedTask(function, now() - start)


def _difference(after: tuple[float, ...], before: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(new - old for new, old in zip(after, before, strict=True))


class RecordedCoroutine:
    """A coroutine function that returns what a recorded task returns."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., object]) -> None:
        """Wrap the twin of a function.

        Raises:
            UnsuitableError: it has none.
        """
        from pytest_speedup.executors import coroutine_of  # noqa: PLC0415 - other workers lack it

        self.function = coroutine_of(function)

    async def __call__(self, /, *args: object, **kwargs: object) -> tuple[Any, ...]:
        """Run it."""
        from asyncio import current_task  # noqa: PLC0415 - other workers do not need it

        start = now()
        steps = Steps(self.function(*args, **kwargs))
        result = await steps
        end = now()
        worker = os.getpid(), id(current_task())
        return result, start, end, steps.cpu, steps.waits, worker, 0.0


class Steps:
    """Awaits something, and counts its own steps alone: others take theirs in between.

    Attributes:
        cpu: CPU seconds of the thread while it took a step.
        waits: seconds that the thread waited meanwhile, in the order of the meters.
    """

    __slots__ = ("_awaitable", "cpu", "waits")

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        """Wrap what is to be awaited."""
        self._awaitable = awaitable
        self.cpu = 0.0
        self.waits = (0.0,) * len(METERS)

    def __await__(self) -> Generator[Any, Any, Any]:
        """Pass on what it waits for, and what it waited for."""
        inner: Any = self._awaitable.__await__()
        step = partial(next, inner)
        while True:
            try:
                awaited = self._take(step)
            except StopIteration as end:
                return end.value
            try:
                value = yield awaited
            except BaseException as error:  # noqa: BLE001 - it is the coroutine's to handle
                step = partial(inner.throw, error)
            else:
                step = partial(inner.send, value)

    def _take(self, step: Callable[[], Any]) -> object:
        """Take a step, and add what this thread did and waited meanwhile."""
        WAITS.inside = True
        before, cpu = read_meters(), thread_cpu()
        try:
            return step()
        finally:
            self.cpu += thread_cpu() - cpu
            more = _difference(read_meters(), before)
            self.waits = tuple(map(sum, zip(self.waits, more, strict=True)))
            WAITS.inside = False
