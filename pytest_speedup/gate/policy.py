"""The rules of the verdict, and how often a cell may be looked at.

Among cells by the fallback procedure (Wiens and Dmitrienko, The fallback procedure for evaluating a
single family of hypotheses, Journal of Biopharmaceutical Statistics 15(6), 2005): each cell has an
equal share of the suite's error rate, and a cell that was found red hands its share on to the next.
Like Holm's it controls the chance of any false red whatever the cells' dependence, and reddens a
suite in just the same cases; unlike Holm's it can decide on each cell while its test still runs.

A cell may be looked at :attr:`~pytest_speedup.gate.policy.SavedPolicy.looks` times, and each look
spends an equal part of the cell's error rate: whatever the dependence between looks, the chance
that any of them errs is at most their sum (Bonferroni's inequality; as alpha spending in Lan and
DeMets, Biometrika 70(3), 1983, with equal increments).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from pytest_speedup.gate.evidence import UNSURE
from pytest_speedup.model import Bound, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

V = TypeVar("V")

DEFAULT_MARGIN = 0.1
"""Loss of speedup that is accepted against saved runs, where the user names none."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """How a cell's log speedup varies while its code stays the same, the ceiling's drift taken out.

    Attributes:
        run: standard deviation between runs, which all blocks of a run share.
        block: standard deviation between the blocks of a run, beyond what their rounds show.
    """

    run: float
    block: float


DEVIATIONS = {
    (Bound.WAIT, "thread"): Deviation(run=0.01, block=0.005),
    (Bound.WAIT, "process"): Deviation(run=0.03, block=0.01),
    (Bound.CPU, "thread"): Deviation(run=0.035, block=0.02),
    (Bound.CPU, "process"): Deviation(run=0.08, block=0.06),
}
"""Deviations by what a workload spends its time on, and by executor.

Measured on a shared virtual machine with 2 CPUs; ``python -m benchmarks.lab`` prints
those of the recording that comes with the project.
"""

CONTENDED = 0.5
"""Share of the ceiling below which it is not the machine that holds computing back."""

CONTENDED_DEVIATION = Deviation(run=0.45, block=0.2)
"""Deviation of computing cells below that share, measured likewise: how fast a lock changes hands
depends on which core its next owner runs on, and that differs from minute to minute.
"""

ROUND_DEVIATIONS = {
    (Bound.WAIT, "thread"): 0.003,
    (Bound.WAIT, "process"): 0.0075,
    (Bound.CPU, "thread"): 0.025,
    (Bound.CPU, "process"): 0.04,
}
"""Standard deviation of the log change in one round, as measured on a shared machine."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the rules of both gates have in common.

    Attributes:
        margin: loss of speedup that is accepted, as a fraction.
        error_rate: chance that a suite whose cells all lost just the margin shows a red one.
        fall_error: chance that what did not change for the worse is said to have: parallel time
            against saved runs, the speedup against a base.
        pass_error: chance that a cell that lost more than the margin is said to have passed.
        lean_error: chance that a cell that lost nothing seems to have, where it is not decided.
    """

    margin: float = DEFAULT_MARGIN
    error_rate: float = 0.05
    fall_error: float = 0.025
    pass_error: float = 0.05
    lean_error: float = 0.01

    @property
    def limit(self) -> float:
        """The largest loss that is accepted, in natural logarithms."""
        return limit_of(self.margin)


@dataclass(frozen=True, slots=True)
class SavedPolicy(Policy):
    """The rules of a comparison with saved runs, and of floors.

    Attributes:
        confirming_error: chance that the fresh blocks alone confirm a cell that lost just the
            margin.
        looks: how often a cell may be looked at before it is decided: after each of its blocks.
        deviations: how cells vary, where history does not tell.
        contended: how contended cells vary, likewise.
        deviation_weight: how many degrees of freedom these deviations are worth, where no runs
            and blocks contradict them.
    """

    confirming_error: float = 0.05
    looks: int = 5
    deviations: Mapping[tuple[Bound, str], Deviation] = field(
        default_factory=lambda: dict(DEVIATIONS)
    )
    contended: Deviation = CONTENDED_DEVIATION
    deviation_weight: float = 8.0

    def deviation(self, bound: Bound, executor: str, *, contended: bool) -> Deviation:
        """Look up how cells of this kind vary."""
        return self.contended if contended else value_of(self.deviations, bound, executor)


@dataclass(frozen=True, slots=True)
class PairedPolicy(Policy):
    """The rules of a comparison with a base commit.

    A cell that lost nothing seems to have, after so many blocks, with the chance of ``lean_error``
    divided by their number.

    Attributes:
        widest: the widest margin of a cell, whatever its test says.
        coarse: the margin that a cell may pass by where blocks differ too much for the usual one;
            None where somebody named a margin, which then holds.
        fewest: blocks that a red cell takes.
        fewest_counts: recorded runs of each side that a cell takes to be red by a count.
        most: blocks that are measured at most.
        unconfirmed_error: chance that any cell that stays open as time ends seems to have lost, in
            a suite that lost nothing.
        first_pass_error: part of ``pass_error`` that is spent on the first block; the others share
            the rest.
        quick_degrees: degrees of freedom that others must tell how rounds vary by, for a cell to
            pass by its first block.
        deviations: how rounds vary, where blocks do not tell yet.
    """

    margin: float = 0.04
    widest: float = 1.0
    coarse: float | None = 0.1
    lean_error: float = 0.08
    fewest: int = 3
    fewest_counts: int = 5
    most: int = 7
    unconfirmed_error: float = 0.05
    pass_error: float = 0.06
    first_pass_error: float = 0.03
    quick_degrees: float = 2.0
    deviations: Mapping[tuple[Bound, str], float] = field(
        default_factory=lambda: dict(ROUND_DEVIATIONS)
    )

    def told(self, margin: float | None, detect: float | None) -> PairedPolicy:
        """Take over what who calls asks for.

        Args:
            margin: loss of speedup that is accepted; None for the usual one.
            detect: loss that is to show; None for no such wish. Half of it is the widest margin.
        """
        if detect is not None:
            half = detect / 2
            return replace(self, margin=min(half, margin or half), widest=half, coarse=None)
        return self if margin is None else replace(self, margin=margin, coarse=None)

    def of_cell(self, marked: float | None) -> PairedPolicy:
        """Find the rules of a cell.

        Args:
            marked: the margin that its test names; None where that says nothing.
        """
        coarse = self.coarse if marked is None else None
        return replace(self, margin=self.margin_of(marked), coarse=coarse)

    def margin_of(self, marked: float | None) -> float:
        """Choose the margin of a cell.

        Args:
            marked: what its test says; None where that says nothing.
        """
        return min(self.margin if marked is None else marked, self.widest)

    @property
    def red_looks(self) -> int:
        """How often a cell is looked at when it could be red."""
        return 1 + self.most - self.fewest

    def pass_error_at(self, blocks: int) -> float:
        """Find what the look after so many blocks may spend on a false pass."""
        if blocks == 1:
            return self.first_pass_error
        return (self.pass_error - self.first_pass_error) / (self.most - 1)

    def deviation(self, bound: Bound, executor: str) -> float:
        """Look up how rounds of cells of this kind vary."""
        return value_of(self.deviations, bound, executor)


def limit_of(margin: float) -> float:
    """Turn a loss of speedup, as a fraction, into natural logarithms."""
    return -math.log1p(-margin)


def value_of(values: Mapping[tuple[Bound, str], V], bound: Bound, executor: str) -> V:
    """Look up what is known of an executor; one that was not measured is taken for processes.

    They vary most of those that were measured.
    """
    return values.get((bound, executor), values[bound, "process"])


B = TypeVar("B")

Judge = Callable[[Sequence[B], float], Verdict]
"""Judges blocks at an error rate."""

NOT_CONFIRMED = "a loss in one pool of workers was not confirmed in fresh ones"


@dataclass(slots=True)
class ErrorBudget:
    """The error rate of a suite, spent cell by cell.

    Attributes:
        total: chance of any false red in the suite.
        cells: how many cells will be judged.
        handed_on: what cells found red have handed on.
    """

    total: float
    cells: int
    handed_on: float = 0.0

    @property
    def next_share(self) -> float:
        """What the next cell may spend."""
        return self.total / max(1, self.cells) + self.handed_on

    def settle(self, *, red: bool) -> None:
        """Close a cell: hand its share on if it was red."""
        self.handed_on = self.next_share if red else 0.0


def look(judge: Judge[B], blocks: Sequence[B], error: float, policy: SavedPolicy) -> Verdict:
    """Judge a cell by all its blocks, and a red one again by those that came after the first.

    The first block is where a loss is found; only fresh ones can confirm it.

    Args:
        judge: judges some of the cell's blocks.
        blocks: the blocks so far, at least one.
        error: chance of a false red that the cell may spend, all looks together.
        policy: the rules.
    """
    verdict = judge(blocks, error / policy.looks)
    fresh = blocks[1:]
    if verdict.outcome is not Outcome.REGRESSED or not fresh:
        return verdict
    confirming = judge(fresh, policy.confirming_error).outcome
    if confirming is Outcome.REGRESSED:
        return verdict
    shows = confirming is Outcome.UNCONFIRMED
    outcome = Outcome.UNCONFIRMED if shows else Outcome.INCONCLUSIVE
    return replace(verdict, outcome=outcome, more_would_help=True, reason=NOT_CONFIRMED)


def at_the_end(verdict: Verdict, blocks: int, *, leans_red: bool = False) -> Verdict:
    """Settle what becomes of a cell that is measured no more.

    Args:
        verdict: after its last block.
        blocks: how many it had.
        leans_red: whether they show a loss that is not sure, where the verdict does not say so.

    Returns:
        The verdict, UNCONFIRMED where it is red by its first block alone, or is open and leans red.
    """
    if must_be_confirmed(verdict, blocks):
        return replace(verdict, outcome=Outcome.UNCONFIRMED, reason=NOT_CONFIRMED)
    if verdict.outcome is Outcome.INCONCLUSIVE and leans_red:
        return replace(verdict, outcome=Outcome.UNCONFIRMED, reason=UNSURE)
    return verdict


def must_be_confirmed(verdict: Verdict, blocks: int) -> bool:
    """Whether a cell is red by its first block alone."""
    return verdict.outcome is Outcome.REGRESSED and blocks == 1


def can_be_decided(verdict: Verdict, blocks: int, policy: SavedPolicy) -> bool:
    """Whether another block may be measured, and could decide the cell."""
    return verdict.more_would_help and blocks < policy.looks
