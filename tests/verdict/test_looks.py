from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.model import Outcome, Verdict
from pytest_speedup.verdict import can_be_decided, look, must_be_confirmed
from tests.verdict.builders import POLICY

if TYPE_CHECKING:
    from collections.abc import Sequence


def judge(blocks: Sequence[Outcome], error: float) -> Verdict:
    """Judge like the worst of the blocks, and note the error rate."""
    red = Outcome.REGRESSED in blocks
    return Verdict("x", Outcome.REGRESSED if red else Outcome.PASSED, detectable=error)


RED, FINE = Outcome.REGRESSED, Outcome.PASSED


def test_each_look_spends_an_equal_part() -> None:
    """All looks together spend what the cell may."""
    assert look(judge, [FINE], 0.03, POLICY).detectable == pytest.approx(0.03 / POLICY.looks)


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([RED], RED),
        ([RED, FINE], Outcome.INCONCLUSIVE),
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
