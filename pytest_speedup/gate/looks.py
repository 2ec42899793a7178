"""Looking at a cell after each of its blocks, until it is decided.

A cell may be looked at :attr:`~pytest_speedup.gate.policy.Policy.looks` times, and each look
spends an equal part of the cell's error rate: whatever the dependence between looks, the chance
that any of them errs is at most their sum (Bonferroni's inequality; as alpha spending in Lan and
DeMets, Biometrika 70(3), 1983, with equal increments).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from pytest_speedup.model import Outcome, Verdict

if TYPE_CHECKING:
    from pytest_speedup.gate.policy import Policy

B = TypeVar("B")

Judge = Callable[[Sequence[B], float], Verdict]
"""Judges blocks at an error rate."""

NOT_CONFIRMED = "a loss in one pool of workers was not confirmed in fresh ones"


def look(judge: Judge[B], blocks: Sequence[B], error: float, policy: Policy) -> Verdict:
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


def at_the_end(verdict: Verdict, blocks: int) -> Verdict:
    """Settle what becomes of a cell that is measured no more.

    Args:
        verdict: after its last block.
        blocks: how many it had.

    Returns:
        The verdict, UNCONFIRMED where it is red by its first block alone.
    """
    if not must_be_confirmed(verdict, blocks):
        return verdict
    return replace(verdict, outcome=Outcome.UNCONFIRMED, reason=NOT_CONFIRMED)


def must_be_confirmed(verdict: Verdict, blocks: int) -> bool:
    """Whether a cell is red by its first block alone."""
    return verdict.outcome is Outcome.REGRESSED and blocks == 1


def can_be_decided(verdict: Verdict, blocks: int, policy: Policy) -> bool:
    """Whether another block may be measured, and could decide the cell."""
    return verdict.more_would_help and blocks < policy.looks
