from __future__ import annotations

import math
from random import Random

import pytest

from pytest_speedup.gate import (
    Control,
    Excuse,
    PairedPolicy,
    Typical,
    downgrade,
    read_excuse,
    typical_of,
)
from pytest_speedup.model import Outcome, Verdict
from pytest_speedup.statistics import Shift

POLICY = PairedPolicy(margin=0.04)


def make_control(name: str, ratio: float, typical: float = 0.03, blocks: int = 5) -> Control:
    return Control(name, (Shift(math.log(ratio), 4),) * blocks, Typical(typical, 8))


def test_a_control_that_moved_excuses_more_than_its_shift() -> None:
    """As much as the interval of the one that moved most takes in, whichever way it went."""
    controls = [make_control("a", 1.0), make_control("b", 1.1), make_control("c", 0.8)]
    excuse = read_excuse(controls, 5)
    assert excuse.evidence == "b +10.0%, c -20.0%"
    assert -math.log(0.8) < excuse.shift < -math.log(0.75)


def test_what_has_not_surely_moved_excuses_nothing() -> None:
    """Noise by itself is no evidence that the runner changed."""
    assert read_excuse([make_control("a", 1.1, 0.5)], 5) == Excuse()


@pytest.mark.parametrize("blocks", [1, 2, 4])
def test_a_control_counts_that_was_in_all_blocks_of_the_cell(blocks: int) -> None:
    """What it was in one of them says nothing of the others."""
    assert read_excuse([make_control("a", 5.0, blocks=blocks)], 5) == Excuse()


def test_a_single_block_excuses_nothing() -> None:
    """Not even in a cell that has no more."""
    assert read_excuse([make_control("a", 5.0, blocks=1)], 1) == Excuse()
    assert read_excuse([make_control("a", 5.0, blocks=2)], 2) != Excuse()


def test_controls_that_only_vary_rarely_seem_to_move() -> None:
    """In about five of a hundred executors."""
    random, moved = Random(5), 0
    for _ in range(400):
        shifts = [[Shift(random.gauss(0, 0.05), 4) for _ in range(6)] for _ in range(3)]
        controls = [Control("x", tuple(one), typical_of([one], 0.1)) for one in shifts]
        moved += read_excuse(controls, 6) != Excuse()
    assert moved <= 28


@pytest.mark.parametrize(
    ("outcome", "loss", "after"),
    [
        (Outcome.REGRESSED, 0.15, Outcome.REGRESSED),
        (Outcome.REGRESSED, 0.13, Outcome.INCONCLUSIVE),
        (Outcome.UNCONFIRMED, 0.15, Outcome.UNCONFIRMED),
        (Outcome.UNCONFIRMED, 0.13, Outcome.INCONCLUSIVE),
        (Outcome.PASSED, -0.07, Outcome.PASSED),
        (Outcome.PASSED, -0.05, Outcome.INCONCLUSIVE),
        (Outcome.SERIAL_IMPROVED, 0.0, Outcome.INCONCLUSIVE),
        (Outcome.IMPROVED, -0.5, Outcome.IMPROVED),
        (Outcome.INCONCLUSIVE, 0.0, Outcome.INCONCLUSIVE),
        (Outcome.NEW, 0.0, Outcome.NEW),
    ],
)
def test_an_outcome_stands_that_the_runner_cannot_have_made(
    outcome: Outcome, loss: float, after: Outcome
) -> None:
    """With a margin of 0.041 in logarithms, and a runner that may have done 0.1."""
    verdict = Verdict("x", outcome)
    moved = downgrade(verdict, loss, Excuse(0.1, "kernel thread +8.0%"), POLICY)
    assert moved.outcome is after
    if after is not outcome:
        assert "base against itself, kernel thread +8.0%, at most 11%" in moved.reason
    assert downgrade(verdict, loss, Excuse(), POLICY) is verdict


def test_a_loss_of_four_fifths_stands() -> None:
    """Controls that moved by a tenth, in three rounds of each block, do not explain it."""
    controls = [Control("a", (Shift(0.1, 3),) * 5, Typical(0.15, 8))]
    red = Verdict("x", Outcome.REGRESSED)
    assert downgrade(red, math.log(5), read_excuse(controls, 5), POLICY) is red
