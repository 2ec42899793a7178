"""Weak scaling: work that grows with the workers is seen to grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.measurement import Growing, Workload, run_once, watch_reference
from pytest_speedup.measurement.growth import MIN_GROWTH, TRIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor
    from pytest_speedup.measurement import Reference
    from pytest_speedup.measurement.own import OwnWork

WORKERS = 4


class Machine:
    """A clock on which each task takes a second, and some runs as many more as they are disturbed.

    Attributes:
        runs: how many tasks each run had.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, disturbed: dict[int, float]) -> None:
        self.time = 0.0
        self.disturbed = disturbed
        self.runs: list[int] = []
        monkeypatch.setattr("pytest_speedup.clock.now", lambda: self.time)

    def workload(self, tasks: Callable[[int], int]) -> Workload[list[int]]:
        """Make one with so many tasks for a number of workers."""

        def work(executor: Executor) -> list[int]:
            self.time += self.disturbed.get(len(self.runs), 0.0)
            self.runs.append(tasks(executor.workers))
            return list(executor.map(self._task, range(self.runs[-1])))

        return Workload(work)

    def _task(self, number: int) -> int:
        self.time += 1.0
        return number


def both(workload: Workload[list[int]]) -> tuple[Growing, Reference[Any], Reference[Any]]:
    growing = Growing(workload, WORKERS)
    one = watch_reference(workload, run_once)
    return growing, one, growing.run(SerialExecutor())


def test_serial_code_does_the_work_of_all_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What that returns is what the executor is to return; it is run once for that."""
    machine = Machine(monkeypatch, {})
    growing, one, many = both(machine.workload(lambda workers: 2 * workers))
    growing.refuse_ungrown(one, many)
    assert machine.runs == [2, 8]
    assert (one.expected.result, many.expected.result) == ([0, 1], [*range(8)])


@pytest.mark.parametrize("tasks", [lambda _: 8, lambda workers: 8 + workers // 4])
def test_work_that_stays_the_same_is_refused(
    monkeypatch: pytest.MonkeyPatch, tasks: Callable[[int], int]
) -> None:
    """It would pass for a perfect speedup; so would work that grows too little."""
    machine = Machine(monkeypatch, {})
    growing, one, many = both(machine.workload(tasks))
    with pytest.raises(SpeedupError, match=r"for 4 workers serial code takes 1.* times as long"):
        growing.refuse_ungrown(one, many)
    assert len(machine.runs) == 2 + 2 * TRIES


def test_a_disturbed_run_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run for one worker took nine times as long; the next pair tells."""
    machine = Machine(monkeypatch, {0: 8.0})
    growing, one, many = both(machine.workload(lambda workers: workers))
    assert many.run.seconds / one.run.seconds < MIN_GROWTH * WORKERS
    growing.refuse_ungrown(one, many)
    assert machine.runs == [1, 4, 1, 4]


def test_the_last_pair_tells_as_the_others_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """All runs for one worker but the last are disturbed; work that grows is not refused."""
    machine = Machine(monkeypatch, dict.fromkeys(range(0, 2 * TRIES, 2), 8.0))
    growing, one, many = both(machine.workload(lambda workers: workers))
    growing.refuse_ungrown(one, many)
    assert machine.runs == [1, 4] * (1 + TRIES)


class Own:
    """Code with workers of its own, whose results are numbers of tasks."""

    def __init__(self, *, tells: bool) -> None:
        self.tells = tells

    def tasks_of(self, result: float) -> float | None:
        return result if self.tells else None


@pytest.mark.parametrize(
    ("many", "tells", "said"),
    [
        (8, True, ""),
        (8.7, True, ""),
        (8, False, "takes tasks=, a function of the result"),
        (2, True, "4 workers ran 2 tasks where one ran 2"),
        (16, True, "4 workers ran 16 tasks where one ran 2"),
    ],
)
def test_code_with_workers_of_its_own_tells_by_its_tasks(
    many: float, said: str, *, tells: bool
) -> None:
    """Nobody else knows whether its work grows; tasks may not divide evenly."""

    def work(executor: Executor) -> float:
        return 2 if executor.workers == 1 else many

    growing = Growing(Workload(work), WORKERS, cast("OwnWork", Own(tells=tells)))
    one = watch_reference(Workload(work), run_once)

    class Four(SerialExecutor):
        def __init__(self) -> None:
            super().__init__(WORKERS)

    together = growing.run(Four())
    assert together.expected.result == many
    if not said:
        growing.refuse_ungrown(one, together)
        return
    with pytest.raises(SpeedupError, match=said):
        growing.refuse_ungrown(one, together)
