from __future__ import annotations

import pytest

from benchmarks.lab.ours import OurRule
from benchmarks.lab.rule import Decision
from pytest_speedup.gate import SavedPolicy
from pytest_speedup.model import Outcome
from tests.lab.prepared import make_prepared

SAVED = [make_prepared(0.5)] * 5
RULE = OurRule(SavedPolicy())


@pytest.mark.parametrize(
    ("blocks", "decision"),
    [
        ((0.5, 0.5, 0.5), Decision(Outcome.PASSED, 6)),
        ((1.0, 1.0, 1.0), Decision(Outcome.REGRESSED, 12)),
        ((0.25, 0.25, 0.25), Decision(Outcome.IMPROVED, 6)),
    ],
    ids=["the same code", "half the speedup", "twice the speedup"],
)
def test_blocks_are_looked_at_until_the_cell_is_decided(
    blocks: tuple[float, ...], decision: Decision
) -> None:
    """A pass takes one block, a regression takes a second one that confirms it."""
    assert RULE.judge([make_prepared(*blocks)], [SAVED]) == [decision]


def test_a_loss_that_fresh_workers_do_not_show_is_not_red() -> None:
    """The first block was a fluke."""
    (decision,) = RULE.judge([make_prepared(1.0, 0.5, 0.5, 0.5)], [SAVED])
    assert not decision.red
    assert decision.rounds > 6


def test_a_loss_that_nothing_can_confirm_is_not_red() -> None:
    """A recording of one block holds no fresh workers."""
    assert RULE.judge([make_prepared(1.0)], [SAVED]) == [Decision(Outcome.UNCONFIRMED, 6)]


def test_the_name_says_the_margin() -> None:
    """As a user would give it."""
    assert OurRule(SavedPolicy(margin=0.2)).name == "pytest-speedup --speedup-fail=20%"
