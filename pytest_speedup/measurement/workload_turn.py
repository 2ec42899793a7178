"""One turn: a workload timed on an executor, and its result checked outside the timed region."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from pytest_speedup.measurement.results import refuse_wrong
from pytest_speedup.worker.clock import stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class LastResult(Generic[R]):
    """Runs a workload, and keeps what it returned last: results can be large.

    Attributes:
        name: workload and cell, for errors.
        work: the workload.
        executor: what it runs on.
        expected: what serial code returned.
    """

    name: str
    work: Callable[[Executor], R]
    executor: Executor
    expected: object
    _results: list[R] = field(default_factory=list)

    def run(self) -> None:
        """Run the workload once."""
        self._results.append(self.work(self.executor))

    def check(self) -> None:
        """Refuse what it returned if serial code returned something else."""
        refuse_wrong(self.name, self._results[-1], self.expected)

    def forget(self) -> None:
        """Let go of the result, so that the next run does not free it while it is timed."""
        self._results.clear()

    @property
    def result(self) -> R:
        """What the last run returned."""
        return self._results[-1]


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
        """Return the seconds it took; another result is refused."""
        last = LastResult(self.name, self.work, self.executor, self.expected)
        seconds = stopwatch(last.run, collect_garbage=self.collect_garbage)
        last.check()
        return seconds
