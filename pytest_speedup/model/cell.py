"""The cell: one workload on one executor with one number of workers."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_speedup.model.shown import shown


@dataclass(frozen=True, slots=True)
class Cell:
    """One point of the matrix that the suite measures.

    Attributes:
        id: what identifies the cell between runs: pytest's node id.
        workload: the workload, shared by its cells: the id of its test without the cell.
        executor: the name of the executor.
        workers: how many workers the executor has.
        size: the size of the workload: quick, default or seed.
    """

    id: str
    workload: str
    executor: str
    workers: int
    size: str

    @property
    def title(self) -> str:
        """The workload as reports show it: its test's name, with the test's own parameters."""
        return shown(self.workload.rpartition("::")[2].removeprefix("test_"))

    @property
    def name(self) -> str:
        """The cell within its workload, such as ``thread-4``."""
        return shown(cell_name(self.executor, self.workers))


def short_name(cell_id: str) -> str:
    """Shorten the id of a cell as reports show it, such as ``primes[thread-4]``."""
    test, bracket, parameters = cell_id.partition("[")
    return shown(f"{test.rpartition('::')[2].removeprefix('test_')}{bracket}{parameters}")


def cell_name(executor: str, workers: int) -> str:
    """Name a cell within its workload, as in test ids and reports."""
    return f"{executor}-{workers}"
