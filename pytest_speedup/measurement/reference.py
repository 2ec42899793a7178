"""The serial run that tells what to expect of a workload: its result, time and CPU time."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, TypeVar

from pytest_speedup.platforms.cpu_clock import cpu_clock_step
from pytest_speedup.worker.clock import Timed, timed

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")

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
