"""Floors by the blocks of head: what cannot be judged has not been reached."""

from __future__ import annotations

import math

import pytest

from pytest_speedup.gate import (
    FloorBlock,
    floor_is_open,
    hold_against_floor,
    judge_floors,
    seems_below_floor,
)
from pytest_speedup.model import Bound, Estimate, Floors, Outcome, Reading, Verdict

SURE = 1e-4


def reading(ratio: float, error: float = SURE) -> Reading:
    return Reading(math.log(ratio), error)


def judged(*blocks: FloorBlock, floors: Floors, workers: int = 2) -> Verdict:
    """Judge blocks of waiting threads."""
    return judge_floors(
        "x", blocks, floors, workers=workers, kind=(Bound.WAIT, "thread"), error=0.01
    )


FAST, SLOW = FloorBlock(reading(3.0), reading(4.0)), FloorBlock(reading(1.0), reading(4.0))


@pytest.mark.parametrize(
    ("blocks", "floors", "outcome"),
    [
        ([FAST] * 2, Floors(2.0), Outcome.PASSED),
        ([FAST] * 2, Floors(2.0, 0.7), Outcome.PASSED),
        ([FAST] * 2, Floors(2.0, 0.9), Outcome.REGRESSED),
        ([SLOW] * 2, Floors(2.0), Outcome.REGRESSED),
        ([SLOW] * 2, Floors(None, 0.2), Outcome.PASSED),
        ([FAST], Floors(2.0), Outcome.INCONCLUSIVE),
        ([], Floors(2.0), Outcome.BROKEN),
    ],
)
def test_the_worst_floor_counts(blocks: list[FloorBlock], floors: Floors, outcome: Outcome) -> None:
    """Reaching it takes two blocks, and something that was measured."""
    assert judged(*blocks, floors=floors).outcome is outcome


def test_a_ceiling_that_was_not_measured_is_not_taken_for_one() -> None:
    """But for a single worker, whose ceiling it is."""
    bare = [FloorBlock(reading(1.0))] * 2
    share = Floors(at_least_of_ceiling=0.8)
    assert judged(*bare, floors=share).outcome is Outcome.BROKEN
    assert "ceiling was not measured" in judged(*bare, floors=share).reason
    assert judged(*bare, floors=share, workers=1).outcome is Outcome.PASSED


def test_a_block_of_which_nothing_is_known_is_none() -> None:
    """A single round says nothing of its error."""
    lone = FloorBlock(reading(3.0, error=1.0))
    assert judged(lone, lone, floors=Floors(2.0)).outcome is Outcome.BROKEN
    assert judged(lone, FAST, floors=Floors(2.0)).outcome is Outcome.INCONCLUSIVE


def test_a_miss_takes_fresh_processes() -> None:
    """Whatever time there is left; by one block alone it is unconfirmed."""
    first = judged(SLOW, floors=Floors(2.0))
    assert first.outcome is Outcome.REGRESSED
    assert floor_is_open(first, 1)
    assert seems_below_floor(first)
    passed = Verdict("x", Outcome.PASSED)
    assert hold_against_floor(passed, first, 1).outcome is Outcome.UNCONFIRMED
    assert hold_against_floor(passed, first, 2).outcome is Outcome.REGRESSED
    assert not floor_is_open(first, 2)


def test_both_reasons_stand_where_neither_is_green() -> None:
    """The comparison's first, with what decided it."""
    change = Estimate(0.5, 0.4, 0.6, 0.9)
    lost = Verdict("x", Outcome.REGRESSED, change, reason="parallel time rose", margin=0.04)
    below = judged(SLOW, SLOW, floors=Floors(2.0))
    both = hold_against_floor(lost, below, 2)
    assert both.reason == "parallel time rose; its floor is 2"
    assert (both.change, both.margin) == (change, 0.04)
