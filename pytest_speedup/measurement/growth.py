"""Weak scaling: whether work grows with the workers, and what it returns then.

That serial code for one worker takes a share of the work is what the scaled speedup rests on, so
that it is seen to: work that stays the same would pass for a perfect speedup.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.measurement.reference import Reference
from pytest_speedup.measurement.results import Expected

if TYPE_CHECKING:
    from pytest_speedup.clock import Timed
    from pytest_speedup.executors import Executor, TurnExecutor
    from pytest_speedup.measurement.own import OwnWork
    from pytest_speedup.measurement.workload import Workload

TRIES = 3
"""Pairs of serial runs by whose best it is told whether work grows: others are disturbed."""

MIN_GROWTH = 0.75
"""Share of the growth that is to be seen at least in the time of serial code, which is noisy."""

MAX_STRAY = 0.1
"""Share by which tasks may be more or fewer than there are workers for: they may not divide."""

UNGROWN = (
    "scaling='weak': for {workers} workers serial code takes {ratio:.2g} times as long as for one, "
    "and not {workers} times: have the work grow with executor.workers, or leave that out"
)
UNTOLD = (
    "scaling='weak' of code with workers of its own takes tasks=, a function of the result that "
    "tells how many tasks were run, such as len: nothing else says whether the work grows"
)
OTHER_TASKS = (
    "scaling='weak': {workers} workers ran {many:g} tasks where one ran {one:g}, and not {workers} "
    "times as many: have the work grow with the count, or leave that out"
)


@dataclass(frozen=True, slots=True)
class Growing:
    """A workload whose work grows with the workers.

    Attributes:
        workload: the workload.
        workers: how many there are.
        own: the workload, where it is code with workers of its own; None for any other.
    """

    workload: Workload[Any]
    workers: int
    own: OwnWork | None = None

    def run(self, executor: Executor) -> Reference[object]:
        """Do the work of all workers once: serially, or where only the code can, on the executor.

        Returns:
            What any run with as many workers is held against.
        """
        found: list[Expected] = []

        def look(result: object, turn: TurnExecutor) -> None:
            found.append(Expected(result, len(turn.errors()), self.workload.compare))

        alone = SerialExecutor(self.workers) if self.own is None else executor
        ran: Timed[object] = self.workload.run(alone, look)
        return Reference(ran, found[0], runs_its_own=self.own is not None)

    def seen(self, one: Reference[Any], executor: Executor) -> Reference[object]:
        """Do the work of all workers once, and see to it that it is so many times that of one.

        Args:
            one: the serial run for one worker.
            executor: as for :meth:`run`.

        Returns:
            As :meth:`run`.

        Raises:
            SpeedupError: as :meth:`refuse_ungrown`.
        """
        many = self.run(executor)
        self.refuse_ungrown(one, many)
        return many

    def refuse_ungrown(self, one: Reference[Any], many: Reference[Any]) -> None:
        """See to it that the work is so many times that of one worker.

        Args:
            one: the serial run for one worker.
            many: what :meth:`run` returned.

        Raises:
            SpeedupError: it is not, or nobody can tell.
        """
        if self.own is not None:
            self._refuse_other_tasks(self.own, one.run.result, many.run.result)
            return
        seen = many.run.seconds / max(one.run.seconds, 1e-9)
        tries = 0
        while seen < MIN_GROWTH * self.workers:
            if tries == TRIES:
                raise SpeedupError(UNGROWN.format(workers=self.workers, ratio=seen))
            seen, tries = max(seen, self._ratio()), tries + 1

    def _ratio(self) -> float:
        one, many = (
            self.workload.run(SerialExecutor(count), _ignore).seconds for count in (1, self.workers)
        )
        return many / max(one, 1e-9)

    def _refuse_other_tasks(self, own: OwnWork, alone: object, together: object) -> None:
        one, many = own.tasks_of(alone), own.tasks_of(together)
        if one is None or many is None:
            raise SpeedupError(UNTOLD)
        if abs(many / one / self.workers - 1) > MAX_STRAY:
            raise SpeedupError(OTHER_TASKS.format(workers=self.workers, one=one, many=many))


def _ignore(_result: object, _turn: TurnExecutor) -> None:
    """Make nothing of a result."""
