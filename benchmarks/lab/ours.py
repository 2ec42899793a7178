"""Our own rule, as the gate applies it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.lab.rule import Decision
from pytest_speedup.gate import (
    Baseline,
    ErrorBudget,
    Measured,
    SavedPolicy,
    at_the_end,
    can_be_decided,
    compare,
    look,
    must_be_confirmed,
)
from pytest_speedup.model import Cell, Cpus, Machine, Readings, SavedCell, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.lab.prepared import PreparedCell

MACHINE = Machine("recorded", Cpus(2, 2, None), "recorded", gil=True, start_method="recorded")
"""All runs of a recording are of one machine."""


@dataclass(frozen=True, slots=True)
class OurRule:
    """Blocks are looked at one by one until the cell is decided, red ones confirmed.

    Attributes:
        policy: the rules; those of the gate by default.
    """

    policy: SavedPolicy

    @property
    def name(self) -> str:
        """Ours, with its margin."""
        return f"pytest-speedup --speedup-fail={self.policy.margin:.0%}"

    def judge(
        self, suite: Sequence[PreparedCell], baselines: Sequence[Sequence[PreparedCell]]
    ) -> list[Decision]:
        """Decide cell by cell, as their tests run."""
        errors = ErrorBudget(self.policy.error_rate, len(suite))
        decisions = []
        for cell, saved in zip(suite, baselines, strict=True):
            decision = self._decide(cell, saved, errors.next_share)
            errors.settle(red=decision.red)
            decisions.append(decision)
        return decisions

    def _decide(
        self, prepared: PreparedCell, saved: Sequence[PreparedCell], error: float
    ) -> Decision:
        cell = Cell(prepared.name, prepared.name, prepared.executor, 2, "recorded")
        runs = [
            SavedCell("recorded", cell, False, one.bound, MACHINE, one.readings[0])  # noqa: FBT003
            for one in saved
        ]

        def judge(blocks: Sequence[Readings], error: float) -> Verdict:
            return compare(
                Measured(cell, prepared.bound, MACHINE, blocks),
                Baseline(runs, runs),
                margin=self.policy.margin,
                error=error,
                policy=self.policy,
            )

        blocks = 1
        verdict = look(judge, prepared.readings[:1], error, self.policy)
        while blocks < len(prepared.readings) and (
            must_be_confirmed(verdict, blocks) or can_be_decided(verdict, blocks, self.policy)
        ):
            blocks += 1
            verdict = look(judge, prepared.readings[:blocks], error, self.policy)
        outcome = at_the_end(verdict, blocks).outcome
        return Decision(outcome, sum(map(len, prepared.times[:blocks])))
