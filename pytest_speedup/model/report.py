"""What a run came to, as reports show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_speedup.model.cell import short_name

if TYPE_CHECKING:
    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.model.cell import Cell
    from pytest_speedup.model.estimate import Estimate
    from pytest_speedup.model.history import History
    from pytest_speedup.model.machine import Machine
    from pytest_speedup.model.proved import ProvedRun
    from pytest_speedup.model.samples import Bound
    from pytest_speedup.model.standing import Standing
    from pytest_speedup.model.verdict import Verdict

MARK = "<!-- pytest-speedup -->"
"""The first line of a report in Markdown, by which its comment is found again, to be updated."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured of a cell in this run.

    Attributes:
        speedup: T_serial / T_parallel, with its interval within the run.
        ceiling: speedup of the pure kernel; None for one worker, whose ceiling is 1.
        bound: what the workload spends its time on.
        oversubscribed: whether a computing cell has more workers than effective CPUs.
        cold_start: seconds that the executor took to start.
        rounds: seconds of serial and of parallel code, by round.
    """

    speedup: Estimate
    ceiling: Estimate | None
    bound: Bound
    oversubscribed: bool
    cold_start: float
    rounds: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class CellReport:
    """One cell.

    Attributes:
        id: its id.
        cell: the cell; None where only its id is known, as of one that this run has not.
        measurement: what was measured; None where base and head took turns, or nothing was.
        saved: speedups of the saved runs that it is compared with, oldest first.
        history: all saved runs; None without any, or without what finds changes of level.
        verdict: what it was judged to be; None where nothing is compared.
        stacks: where the time went, by when: before and now.
        poor: what it lacks, where it is far from what it could be; empty where it is not.
    """

    id: str
    cell: Cell | None
    measurement: Measurement | None = None
    saved: tuple[float, ...] = ()
    history: History | None = None
    verdict: Verdict | None = None
    stacks: tuple[tuple[str, Stack], ...] = ()
    poor: str = ""

    @property
    def name(self) -> str:
        """Short name, such as ``primes[thread-2]``."""
        return short_name(self.id)

    @property
    def speedup(self) -> float | None:
        """T_serial / T_parallel now, if it is known."""
        if self.measurement is not None:
            return self.measurement.speedup.value
        return None if self.verdict is None else self.verdict.speedup

    @property
    def before(self) -> float | None:
        """The same of what it is compared with, if it is known."""
        if self.verdict is not None and self.verdict.before is not None:
            return self.verdict.before
        return self.saved[-1] if self.saved else None


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run.

    Attributes:
        created: when, in UTC and ISO 8601.
        version: that of the plugin.
        commit: of the code, in full; None outside a repository.
        against: the commit that it was compared with side by side, as the user named it.
        machine: where it ran.
        size: the size of the workloads.
        gated: whether cells were compared with anything.
        complaints: why the gate is not green although no cell is red.
        cells: what came of each.
        standing: what they came to together.
        baseline: which saved runs it was compared with, in words; empty where with none.
        base_commit: the commit that ``against`` names, in full; None where there is none.
        exit_code: of the run; None where it is not known yet.
        proof: what base and head are known to have run; None where they were not compared.
        moved: what the change moves of the rules that it is judged by, a line each.
    """

    created: str
    version: str
    commit: str | None
    against: str | None
    machine: Machine
    size: str
    gated: bool
    complaints: tuple[str, ...]
    cells: tuple[CellReport, ...]
    standing: Standing
    baseline: str = ""
    base_commit: str | None = None
    exit_code: int | None = None
    proof: ProvedRun | None = None
    moved: tuple[str, ...] = ()
