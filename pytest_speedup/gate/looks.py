"""The error rate of a suite: shared by its cells, and spent look by look until each is decided.

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

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from pytest_speedup.gate.evidence import UNSURE
from pytest_speedup.model import Outcome, Verdict

if TYPE_CHECKING:
    from pytest_speedup.gate.policy import SavedPolicy

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
