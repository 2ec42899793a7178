"""The only place where the project reads a clock."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

R = TypeVar("R")

Clock = Callable[[], float]
"""Returns seconds since some fixed moment."""

now: Clock = time.perf_counter
"""Wall clock of all measurements: monotonic, and the same in every process of a machine."""

thread_cpu: Clock = time.thread_time
"""CPU time of the thread that asks."""

process_cpu: Clock = time.process_time
"""CPU time of the process that asks, all its threads together."""


@dataclass(frozen=True, slots=True)
class Timed(Generic[R]):
    """A result and what it took.

    Attributes:
        result: what the function returned.
        seconds: wall time.
        cpu_seconds: CPU time of this process, all its threads together.
    """

    result: R
    seconds: float
    cpu_seconds: float


@dataclass(slots=True, eq=False)  # two of them are never the same
class LeftOut:
    """What does not count of something that is being timed.

    Attributes:
        seconds: wall time.
        cpu_seconds: CPU time of this process; negative where another process worked for it.
        spans: when each pause began and ended.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    spans: list[tuple[float, float]] = field(default_factory=list)


_BEING_TIMED: list[LeftOut] = []
"""Of what is being timed at the moment, the outermost first."""


@contextmanager
def leaving_out() -> Iterator[LeftOut]:
    """Gather what is left out meanwhile."""
    left_out = LeftOut()
    _BEING_TIMED.append(left_out)
    try:
        yield left_out
    finally:
        _BEING_TIMED.remove(left_out)


def leave_out(seconds: float, cpu_seconds: float) -> None:
    """Have what is being timed take so much less; nothing where nothing is."""
    for one in _BEING_TIMED:
        one.seconds += seconds
        one.cpu_seconds += cpu_seconds


@contextmanager
def untimed() -> Iterator[None]:
    """Leave out what is done meanwhile, such as what is set up before a turn."""
    start, cpu_start = now(), process_cpu()
    try:
        yield
    finally:
        cpu_seconds = process_cpu() - cpu_start
        end = now()
        leave_out(end - start, cpu_seconds)
        for one in _BEING_TIMED:
            one.spans.append((start, end))


def timed(function: Callable[[], R], *, collect_garbage: bool = True) -> Timed[R]:
    """Run the function once and tell what it took, in wall time and in CPU time.

    Every turn that is compared with another one is timed here, whichever side it is of. What the
    function does while it is :func:`untimed` does not count.

    Args:
        function: what is run.
        collect_garbage: whether the cyclic garbage collector stays on meanwhile, if it is.
    """
    collecting = gc.isenabled()
    if not collect_garbage:
        gc.disable()
    try:
        with leaving_out() as left_out:
            cpu_start = process_cpu()
            start = now()
            result = function()
            seconds = now() - start - left_out.seconds
            return Timed(result, seconds, process_cpu() - cpu_start - left_out.cpu_seconds)
    finally:
        if collecting:
            gc.enable()


@contextmanager
def untraced() -> Iterator[None]:
    """Put trace and profile functions of this thread aside, which would slow it alone."""
    trace, profile = sys.gettrace(), sys.getprofile()
    if trace is not None:
        sys.settrace(None)
    if profile is not None:
        sys.setprofile(None)
    try:
        yield
    finally:
        if trace is not None:
            sys.settrace(trace)
        if profile is not None:
            sys.setprofile(profile)


def tracer() -> str | None:
    """Name what traces or profiles this process and would slow one side more than the other."""
    if sys.gettrace() is not None or threading.gettrace() is not None:
        return "a trace function (sys.settrace)"
    if sys.getprofile() is not None or threading.getprofile() is not None:
        return "a profile function (sys.setprofile)"
    if sys.version_info >= (3, 12):
        for tool in range(6):
            name = sys.monitoring.get_tool(tool)
            if name is not None and sys.monitoring.get_events(tool):
                return f"{name} (sys.monitoring)"
    return None
