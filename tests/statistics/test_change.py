from __future__ import annotations

import math

import pytest

from pytest_speedup.model import BASE, HEAD, Round, Turn, arm_of
from pytest_speedup.statistics import read_block_speedup, read_change, read_speedup

SECONDS = {(BASE, "serial-1"): 4.0, (HEAD, "serial-1"): 2.0, (BASE, "thread-2"): 1.0}


def make_round(head: float, drift: float) -> Round:
    """A round in which everything takes longer by a factor, as with a slower clock."""
    seconds = {**SECONDS, (HEAD, "thread-2"): head}
    turns = [Turn(arm_of(*arm), drift * duration) for arm, duration in seconds.items()]
    return Round(tuple(turns))


def test_changes_are_those_within_rounds() -> None:
    """What slows a whole round cancels."""
    rounds = [make_round(1.5, drift) for drift in (1.0, 7.0, 0.2, 3.0)]
    change = read_change(rounds, parallel="thread-2", serial="serial-1")
    assert math.exp(change.parallel.value) == pytest.approx(1.5)
    assert math.exp(change.serial.value) == pytest.approx(0.5)
    assert change.parallel.rounds == 4


def test_a_wild_round_does_not_move_the_centre() -> None:
    """As when a neighbour takes the core in one of them."""
    rounds = [make_round(head, 1.0) for head in (1.5, 1.49, 1.51, 1.5, 1.5, 9.0)]
    change = read_change(rounds, parallel="thread-2", serial="serial-1")
    assert math.exp(change.parallel.value) == pytest.approx(1.5, rel=0.01)


def test_a_disturbed_turn_does_not_count() -> None:
    """The faster one of a side's turns in the round does."""
    base, head = (arm_of(side, "thread-2") for side in (BASE, HEAD))
    turns = [Turn(base, 1.0), Turn(head, 1.5), Turn(head, 2.9), Turn(base, 1.7)]
    turns += [Turn(arm_of(side, "serial-1"), 4.0) for side in (BASE, HEAD)]
    change = read_change([Round(tuple(turns))] * 3, parallel="thread-2", serial="serial-1")
    assert math.exp(change.parallel.value) == pytest.approx(1.5)


def test_rounds_without_the_turn_do_not_count() -> None:
    """What varies little takes part in some rounds only."""
    serial = Round(tuple(Turn(arm_of(side, "serial-1"), 4.0) for side in (BASE, HEAD)))
    change = read_change([make_round(1.5, 1.0), serial], parallel="thread-2", serial="serial-1")
    assert (change.parallel.rounds, change.serial.rounds) == (1, 2)


@pytest.mark.parametrize(("side", "speedup"), [(BASE, 4.0), (HEAD, 2.0 / 1.5)])
def test_the_speedup_of_a_side_is_read(side: str, speedup: float) -> None:
    """Within each round, over all blocks."""
    blocks = [[make_round(1.5, drift)] * 2 for drift in (1.0, 7.0)]
    read = read_speedup(blocks, side, parallel="thread-2", serial="serial-1")
    assert read == pytest.approx(speedup)


@pytest.mark.parametrize(("side", "speedup"), [(BASE, 4.0), (HEAD, 2.0 / 1.5)])
def test_the_speedup_of_a_side_in_a_block_is_read_within_rounds(side: str, speedup: float) -> None:
    """What slows a whole round cancels, and leaves no error."""
    rounds = [make_round(1.5, drift) for drift in (1.0, 7.0, 0.2)]
    reading = read_block_speedup(rounds, side, parallel="thread-2", serial="serial-1")
    assert math.exp(reading.value) == pytest.approx(speedup)
    assert reading.error == pytest.approx(0.0, abs=1e-9)


def test_turns_that_share_no_rounds_are_held_against_each_other() -> None:
    """As where serial code takes part in every second round."""
    alone = [Round((Turn(arm_of(HEAD, "serial-1"), seconds),)) for seconds in (4.0, 4.4)]
    many = [Round((Turn(arm_of(HEAD, "thread-2"), seconds),)) for seconds in (1.0, 1.1, 1.0)]
    reading = read_block_speedup([*alone, *many], HEAD, parallel="thread-2", serial="serial-1")
    assert math.exp(reading.value) == pytest.approx(4.0, rel=0.06)
    assert 0.01 < reading.error < 0.2
