"""How long free workers did not get at tasks because another one held the interpreter lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_speedup.model import Task, Trace


class Step(NamedTuple):
    """What changes at one moment.

    Attributes:
        moment: seconds on the measurement's clock.
        waiting: tasks that are handed over and not begun, more or less by so many.
        running: tasks that are begun and not done, more or less by so many.
    """

    moment: float
    waiting: int
    running: int


def held_up_by_gil(run: Trace) -> float:
    """Find what the interpreter lock took between tasks, in seconds of the whole run.

    A worker that is free while a task is ready needs the lock to take it. It cannot have taken
    more than it would if all CPU time had come one after another, which tells computing from
    tasks that only wait, or compute without it.
    """
    if not run.gil:
        return 0.0
    cpu = sum(one.cpu for one in run.tasks)
    in_turn = max(0.0, min(cpu, run.seconds) - cpu / run.workers)
    return min(in_turn, _free_beside_ready(run.tasks, run.workers) / run.workers)


def _free_beside_ready(tasks: Iterable[Task], workers: int) -> float:
    """Seconds of workers that were free, with a task ready for each and another one running."""
    total, before, waiting, running = 0.0, 0.0, 0, 0
    for step in sorted(_steps(tasks)):
        if running:
            total += (step.moment - before) * max(0, min(workers - running, waiting))
        before = step.moment
        waiting += step.waiting
        running += step.running
    return total


def _steps(tasks: Iterable[Task]) -> Iterable[Step]:
    for one in tasks:
        yield Step(one.submitted, 1, 0)
        yield Step(one.start, -1, 1)
        yield Step(one.end, 0, -1)
