"""The gate: judges each cell while its test runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial, reduce
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_speedup.executors import SerialExecutor
from pytest_speedup.gate import (
    OF_CEILING,
    RECENT,
    Baseline,
    ErrorBudget,
    Measured,
    SavedPolicy,
    at_the_end,
    can_be_decided,
    compare,
    decide_by_counters,
    differences,
    judge_floor,
    log_efficiency,
    look,
    must_be_confirmed,
    worse_of,
)
from pytest_speedup.losses.explanation import explain_groups
from pytest_speedup.model import Cell, Machine, Outcome, Samples, Verdict
from pytest_speedup.statistics import estimate_speedup, read_ceiling, read_readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_speedup.losses.explanation import Explanation
    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.model import Estimate, Readings, SavedCell
    from pytest_speedup.plugin.marker import Marks
    from pytest_speedup.storage import Acknowledged


@dataclass(slots=True)
class Gate:
    """What cells are judged by, and what the judging has come to.

    Attributes:
        policy: the rules.
        machine: where this run is measured.
        baselines: what is saved, by cell; None where no loss fails and only floors count.
        acknowledged: accepted losses, by cell.
        errors: the error rate of the suite.
        budget: seconds that are left for more blocks.
        verdicts: by cell.
        beyond: seconds beyond the budget for cells that show a loss.
    """

    policy: SavedPolicy
    machine: Machine
    baselines: Mapping[str, Baseline] | None
    acknowledged: Mapping[str, Acknowledged]
    errors: ErrorBudget
    budget: float
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    beyond: float = field(init=False)

    def __post_init__(self) -> None:
        """Allow half as long again where a loss is to be confirmed."""
        self.beyond = self.budget / 2

    def look(self, blocks: Sequence[Samples], marks: Marks) -> Verdict | None:
        """Judge a cell by its blocks so far; None where nothing is asked of it."""
        if not self._is_asked(blocks[0].cell, marks):
            return None

        def judge(some: Sequence[Samples], error: float) -> Verdict:
            return self._judge(some, marks, error)

        return look(judge, blocks, self.errors.next_share, self.policy)

    def wants_another_block(self, verdict: Verdict | None, blocks: int, seconds: float) -> bool:
        """Whether a cell needs another block, which is expected to take so many seconds."""
        if verdict is None:
            return False
        if must_be_confirmed(verdict, blocks):
            return True
        shows_loss = verdict.outcome is Outcome.UNCONFIRMED
        left = self.budget + (self.beyond if shows_loss else 0.0)
        return can_be_decided(verdict, blocks, self.policy) and seconds <= left

    def settle(self, blocks: Sequence[Samples], verdict: Verdict | None) -> Verdict | None:
        """Close a cell with its last verdict: counted, explained, and acknowledged where it is."""
        if verdict is None:
            return None
        verdict = at_the_end(verdict, len(blocks))
        self.errors.settle(red=verdict.outcome is Outcome.REGRESSED)
        verdict = replace(
            self._counted(blocks, verdict),
            speedup=estimate_speedup(blocks[0].rounds).value,
            explanation=self._explanation(blocks, verdict.change),
        )
        cell = blocks[0].cell.id
        entry = self.acknowledged.get(cell)
        if entry is not None and verdict.outcome.is_loss:
            verdict = replace(verdict, acknowledged=entry.reason)
        self.verdicts[cell] = verdict
        return verdict

    def _counted(self, blocks: Sequence[Samples], verdict: Verdict) -> Verdict:
        """Hold what this run did against what comparable saved runs did, by count."""
        cell = blocks[0].cell
        saved = [one for one in self.saved(cell.id) if not differences(one, cell, self.machine)]
        before = [stack.counts for one in saved for stack in one.stacks]
        now = [stack.counts for one in blocks for stack in one.stacks]
        return decide_by_counters(verdict, before, now, self.policy.looks)

    def saved(self, cell: str) -> Sequence[SavedCell]:
        """List what is saved of a cell that this run is compared with, oldest first."""
        baseline = (self.baselines or {}).get(cell, Baseline((), ()))
        return baseline.chosen[-RECENT:]

    def saved_stacks(self, cell: str) -> list[Stack]:
        """List where the time of these went."""
        return [stack for one in self.saved(cell) for stack in one.stacks]

    def _explanation(
        self, blocks: Sequence[Samples], change: Estimate | None
    ) -> Explanation | None:
        """Compare with where the time went when baselines were saved.

        What is explained is the speedup itself: where the ceiling fell with it, the verdict's
        change is none, and a neighbour took the cores.
        """
        saved = self.saved(blocks[0].cell.id)
        if change is None or not saved:
            return None
        before = fmean(one.readings.speedup.value for one in saved)
        after = fmean(read_readings(one.rounds).speedup.value for one in blocks)
        now = [stack for one in blocks for stack in one.stacks]
        return explain_groups(self.saved_stacks(blocks[0].cell.id), now, after - before)

    def _is_asked(self, cell: Cell, marks: Marks) -> bool:
        """Whether the cell is to be judged: serial code is what the others are held against."""
        if cell.executor == SerialExecutor.name:
            return False
        floors = (marks.at_least, marks.at_least_of_ceiling)
        return self.baselines is not None or floors != (None, None)

    def _judge(self, blocks: Sequence[Samples], marks: Marks, error: float) -> Verdict:
        """Judge by the baseline and by the floors: the worse counts."""
        cell, bound = blocks[0].cell, blocks[0].bound
        readings = [read_readings(one.rounds) for one in blocks]
        floors = list(self._floors(blocks, readings, marks, error))
        if self.baselines is None:
            return reduce(worse_of, floors)
        measured = Measured(cell, bound, self.machine, readings)
        baseline = self.baselines.get(cell.id, Baseline((), ()))
        margin = marks.margin_of(cell.name, self.policy.margin)
        compared = compare(measured, baseline, margin=margin, error=error, policy=self.policy)
        return reduce(worse_of, floors, compared)

    def _floors(
        self, blocks: Sequence[Samples], readings: Sequence[Readings], marks: Marks, error: float
    ) -> Iterator[Verdict]:
        cell = blocks[0].cell
        judge = partial(
            judge_floor,
            cell.id,
            deviation=self.policy.deviation(blocks[0].bound, cell.executor, contended=False),
            error=error,
            policy=self.policy,
        )
        if marks.at_least is not None:
            yield judge([one.speedup for one in readings], marks.at_least)
        if marks.at_least_of_ceiling is not None:
            ceilings = [read_ceiling(one.ceiling) for one in blocks]
            speedups = [one.speedup for one in readings]
            shares = [log_efficiency(*pair) for pair in zip(speedups, ceilings, strict=True)]
            yield judge(shares, marks.at_least_of_ceiling, unit=OF_CEILING)
