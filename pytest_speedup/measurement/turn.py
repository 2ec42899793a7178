"""One turn: a workload timed on an executor, and its result checked outside the timed region."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pytest_speedup.measurement.results import refuse_wrong
from pytest_speedup.worker.clock import timed, untraced

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor


@dataclass(frozen=True, slots=True)
class WorkloadTurn:
    """Runs a workload once whenever it is called, serially or in parallel as its executor does.

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
        """Return the seconds it took.

        The result is let go of, since the next turn would be timed beside it.

        Raises:
            WrongResultError: it is not what serial code returned.
        """
        with untraced():
            ran = timed(partial(self.work, self.executor), collect_garbage=self.collect_garbage)
        refuse_wrong(self.name, ran.result, self.expected)
        return ran.seconds
