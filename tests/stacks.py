"""Stacks of losses that many tests need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.losses.recorded_task import METERS
from pytest_speedup.losses.stack import Stack
from pytest_speedup.losses.trace import Counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_speedup.losses.kinds import Loss

COUNTS = Counts(pools=1, in_flight=2, tasks=8, workers=2, busiest=4, bytes_per_task=100)


def metered(**waits: float) -> tuple[float, ...]:
    """What meters say of a task, by what it waited for: ``core`` is that of core wait."""
    return tuple(waits.get(name.removesuffix(" wait"), 0.0) for name in METERS)


def make_stack(losses: Mapping[Loss, float], counts: Counts = COUNTS, workers: int = 2) -> Stack:
    """Workers that would take an ideal second, and seconds by loss."""
    return Stack(workers, 1.0, losses, counts)
