"""How evenly workers were busy, and whether that was due to the tasks or to waiting.

A worker that waits in one of its tasks leaves the next ones to the others, which is why the most
tasks need not be where the waiting is. Hence the same tasks are dealt out again without it, to
whichever worker is free first (list scheduling: R. L. Graham, Bounds on multiprocessing timing
anomalies, SIAM Journal on Applied Mathematics 17, 1969); what is uneven then is due to the tasks.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from pytest_speedup.model import Loss

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_speedup.model import Task

WAITS = {Loss.LOCK: "lock_wait", Loss.QUEUE: "queue_wait", Loss.CORE_WAIT: "core_wait"}
"""Losses that tasks note themselves, and where."""


def share_unevenness(
    tasks: Sequence[Task], workers: int, held_up: float, blocked: Sequence[float]
) -> dict[Loss, float]:
    """Tell what keeps the busiest worker busy beyond the mean of all.

    Args:
        tasks: those that ran.
        workers: how many share them.
        held_up: seconds that others were kept from tasks by the interpreter lock.
        blocked: seconds that each task waited for something that it does not note.

    Returns:
        Seconds of imbalance, of the interpreter lock and of each wait, none of them negative.
    """
    uneven = busiest(tasks) - busy(tasks) / workers
    waits = {loss: waited(tasks, wait) for loss, wait in WAITS.items()}
    most = sum(waits.values()) * (1 - 1 / workers)  # as if one worker alone had waited
    nothing = [0.0] * len(tasks)
    beyond_tasks = max(0.0, uneven - _uneven_without_waits(tasks, workers, nothing))
    in_waits = min(beyond_tasks, most)
    by_gil = min(beyond_tasks - in_waits, held_up)
    scale = in_waits / sum(waits.values()) if in_waits else 0.0
    rest = uneven - in_waits - by_gil
    even = max(0.0, uneven - _uneven_without_waits(tasks, workers, blocked)) - in_waits - by_gil
    by_blocked = min(rest, max(0.0, even)) if any(blocked) else 0.0
    return {
        Loss.IMBALANCE: rest - by_blocked,
        Loss.BLOCKED: by_blocked,
        Loss.GIL: by_gil,
        **{loss: seconds * scale for loss, seconds in waits.items()},
    }


def busiest(tasks: Iterable[Task]) -> float:
    """Seconds of the worker that was busy for the longest."""
    by_worker: dict[int, float] = {}
    for one in tasks:
        by_worker[one.worker] = by_worker.get(one.worker, 0.0) + one.seconds
    return max(by_worker.values())


def busy(tasks: Iterable[Task]) -> float:
    """Seconds of all workers together."""
    return sum(one.seconds for one in tasks)


def waited(tasks: Iterable[Task], wait: str) -> float:
    """Seconds that tasks waited for one thing."""
    return sum(float(getattr(task, wait)) for task in tasks)


def waited_longer(tasks: Sequence[Task], alone: Sequence[Task]) -> list[float]:
    """Find how much longer each task waited than when it ran by itself, beyond what it notes.

    Args:
        tasks: those that ran together.
        alone: the same ones, in the same order, run one after another.
    """
    return [max(0.0, _idle(one) - _idle(other)) for one, other in zip(tasks, alone, strict=True)]


def _idle(task: Task) -> float:
    return task.seconds - task.cpu - _noted(task)


def _noted(task: Task) -> float:
    return sum(float(getattr(task, wait)) for wait in WAITS.values())


def _uneven_without_waits(tasks: Sequence[Task], workers: int, blocked: Sequence[float]) -> float:
    free = [0.0] * workers
    for one, more in sorted(zip(tasks, blocked, strict=True), key=lambda pair: pair[0].start):
        heapq.heapreplace(free, free[0] + max(0.0, one.seconds - _noted(one) - more))
    return max(free) - sum(free) / workers
