"""One turn: a workload timed on an executor, and its result checked outside the timed region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_speedup.measurement import stopwatch
from pytest_speedup.plugin.results import refuse_wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor


@dataclass(frozen=True, slots=True)
class WorkloadTurn:
    """Runs a workload once whenever it is called.

    Attributes:
        name: workload and cell, for errors.
        work: the workload.
        executor: what it runs on.
        expected: what serial code returned.
        collect_garbage: whether the cyclic garbage collector is on meanwhile.
    """

    name: str
    work: Callable[[Executor], object]
    executor: Executor
    expected: object
    collect_garbage: bool

    def __call__(self) -> float:
        """Return the seconds it took; another result fails the test."""
        results: list[object] = []
        seconds = stopwatch(
            lambda: results.append(self.work(self.executor)),
            collect_garbage=self.collect_garbage,
        )
        refuse_wrong(self.name, results[0], self.expected)
        return seconds
