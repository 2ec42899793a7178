"""Warming up: caches filled, and cores brought up to speed.

After idling, a core can run at half its speed for some 170 ms. A computing cell that is timed
right after a sleeping one would measure that ramp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pytest_speedup.model import Bound
from pytest_speedup.worker.clock import Timed, now, timed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

R = TypeVar("R")

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
