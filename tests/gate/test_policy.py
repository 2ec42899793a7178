from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import ErrorBudget, at_the_end, can_be_decided, look, must_be_confirmed
from pytest_speedup.gate.policy import NOT_CONFIRMED
from pytest_speedup.model import Outcome, Verdict
from tests.gate.builders import POLICY

if TYPE_CHECKING:
    from collections.abc import Sequence

RED, LEANS, FINE = Outcome.REGRESSED, Outcome.UNCONFIRMED, Outcome.PASSED


def judge(blocks: Sequence[Outcome], error: float) -> Verdict:
    """Judge like the worst of the blocks, and note the error rate."""
    worst = next(one for one in (RED, LEANS, FINE) if one in blocks)
    return Verdict("x", worst, detectable=error)


def test_each_look_spends_an_equal_part() -> None:
    """All looks together spend what the cell may."""
    assert look(judge, [FINE], 0.03, POLICY).detectable == pytest.approx(0.03 / POLICY.looks)


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([RED], RED),
        ([RED, FINE], Outcome.INCONCLUSIVE),
        ([RED, LEANS], Outcome.UNCONFIRMED),
        ([RED, RED], RED),
        ([FINE, RED], RED),
        ([FINE, FINE], FINE),
    ],
)
def test_fresh_blocks_confirm_what_the_first_one_found(
    blocks: list[Outcome], expected: Outcome
) -> None:
    """What was found by looking at the first block cannot be confirmed by that block."""
    assert look(judge, blocks, 0.03, POLICY).outcome is expected


def test_an_unconfirmed_cell_stays_open() -> None:
    """It is measured on, and says why."""
    verdict = look(judge, [RED, FINE], 0.03, POLICY)
    assert "not confirmed" in verdict.reason
    assert can_be_decided(verdict, 2, POLICY)
    assert not can_be_decided(verdict, POLICY.looks, POLICY)


def test_red_by_one_block_is_not_red_yet() -> None:
    """Whatever the budget."""
    assert must_be_confirmed(Verdict("x", RED), 1)
    assert not must_be_confirmed(Verdict("x", RED), 2)
    assert not must_be_confirmed(Verdict("x", FINE), 1)


def test_red_by_one_block_is_unconfirmed_at_the_end() -> None:
    """Whatever kept the second one away."""
    ended = at_the_end(Verdict("x", RED), 1)
    assert (ended.outcome, ended.reason) == (Outcome.UNCONFIRMED, NOT_CONFIRMED)
    for verdict, blocks in ((Verdict("x", RED), 2), (Verdict("x", FINE), 1)):
        assert at_the_end(verdict, blocks) is verdict


def test_cells_share_the_error_rate_equally() -> None:
    """Together they spend no more than the suite may."""
    budget = ErrorBudget(0.05, cells=10)
    spent = 0.0
    for _ in range(10):
        spent += budget.next_share
        budget.settle(red=False)
    assert spent == pytest.approx(0.05)


def test_a_red_cell_hands_its_share_on() -> None:
    """A true loss frees what was reserved for a false one."""
    budget = ErrorBudget(0.05, cells=10)
    budget.settle(red=True)
    assert budget.next_share == pytest.approx(0.01)
    budget.settle(red=True)
    assert budget.next_share == pytest.approx(0.015)


def test_the_chain_ends_with_a_cell_that_is_not_red() -> None:
    """What it had cannot be spent twice."""
    budget = ErrorBudget(0.05, cells=10)
    budget.settle(red=True)
    budget.settle(red=False)
    assert budget.next_share == pytest.approx(0.005)


def test_a_suite_of_no_cells_has_a_share() -> None:
    """Nothing is divided by nothing."""
    assert ErrorBudget(0.05, cells=0).next_share == 0.05
