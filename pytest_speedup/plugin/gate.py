"""The gate: judges each cell while its test runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_speedup.executors import SerialExecutor
from pytest_speedup.model import Cell, Machine, Outcome, Samples, Verdict
from pytest_speedup.statistics import read_ceiling, read_readings
from pytest_speedup.verdict import (
    Baseline,
    ErrorBudget,
    Measured,
    Policy,
    compare,
    judge_floor,
    log_efficiency,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_speedup.model import Readings
    from pytest_speedup.settings import Marks
    from pytest_speedup.storage import Acknowledged

CONFIRMING_ERROR = 0.05
"""Chance that a cell which lost just its margin is confirmed by rounds in a fresh pool."""

WORTH_MORE_ROUNDS = 0.2
"""Share of a change's variance that this run's rounds cause, from which more of them help."""


@dataclass(slots=True)
class Gate:
    """What cells are judged by, and what the judging has come to.

    Attributes:
        policy: the rules.
        machine: where this run is measured.
        baselines: what is saved, by cell; None where no loss fails and only floors count.
        acknowledged: accepted losses, by cell.
        errors: the error rate of the suite.
        budget: seconds that are left for more rounds.
        waiting: how many cells are not judged yet.
        verdicts: by cell.
    """

    policy: Policy
    machine: Machine
    baselines: Mapping[str, Baseline] | None
    acknowledged: Mapping[str, Acknowledged]
    errors: ErrorBudget
    budget: float
    waiting: int
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    def look(self, samples: Samples, marks: Marks) -> Verdict | None:
        """Judge a cell at the error rate of one look; None where nothing is asked of it."""
        return self._judge(samples, marks, self.errors.next_share / self.policy.looks)

    def confirm(self, fresh: Samples, marks: Marks, red: Verdict) -> Verdict:
        """Judge a red cell by rounds in a fresh pool; without them agreeing it is not red."""
        again = self._judge(fresh, marks, CONFIRMING_ERROR)
        if again is not None and again.outcome is Outcome.REGRESSED:
            return red
        reason = "a loss in one pool of workers was not confirmed in a fresh one"
        return replace(red, outcome=Outcome.INCONCLUSIVE, reason=reason)

    def wants_more_rounds(self, verdict: Verdict | None) -> bool:
        """Whether a cell is undecided and more rounds could decide it."""
        return (
            verdict is not None
            and verdict.outcome is Outcome.INCONCLUSIVE
            and verdict.rounds_share is not None
            and verdict.rounds_share >= WORTH_MORE_ROUNDS
        )

    @property
    def allowance(self) -> float:
        """Seconds that the present cell may spend on more rounds: its share of what is left."""
        return self.budget / max(1, self.waiting)

    def settle(self, cell: Cell, verdict: Verdict | None) -> Verdict | None:
        """Close a cell with its last verdict, acknowledged where the project did so."""
        self.waiting -= 1
        if verdict is None:
            return None
        self.errors.settle(red=verdict.outcome is Outcome.REGRESSED)
        entry = self.acknowledged.get(cell.id)
        if entry is not None and verdict.outcome is Outcome.REGRESSED:
            verdict = replace(verdict, acknowledged=entry.reason)
        self.verdicts[cell.id] = verdict
        return verdict

    def _judge(self, samples: Samples, marks: Marks, error: float) -> Verdict | None:
        """Judge by the floors first, then by the baseline."""
        readings = read_readings(samples.rounds)
        floors = list(self._floors(samples, readings, marks, error))
        below = [one for one in floors if one.outcome is not Outcome.PASSED]
        if below or self.baselines is None:
            return next(iter(below or floors), None)
        measured = Measured(samples.cell, samples.bound, self.machine, readings)
        baseline = self.baselines.get(samples.cell.id, Baseline((), ()))
        margin = marks.margin_of(samples.cell.name, self.policy.margin)
        return compare(measured, baseline, margin=margin, error=error, policy=self.policy)

    def _floors(
        self, samples: Samples, readings: Readings, marks: Marks, error: float
    ) -> Iterator[Verdict]:
        if samples.cell.executor == SerialExecutor.name:
            return
        degrees = len(samples.rounds) - 1
        if marks.at_least is not None:
            speedup = readings.speedup
            yield judge_floor(
                samples.cell.id, speedup, marks.at_least, degrees=degrees, error=error
            )
        if marks.at_least_of_ceiling is not None:
            efficiency = log_efficiency(readings, read_ceiling(samples.ceiling))
            floor = marks.at_least_of_ceiling
            yield judge_floor(samples.cell.id, efficiency, floor, degrees=degrees, error=error)
