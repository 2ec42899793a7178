from __future__ import annotations

import math
from random import Random

import pytest

from pytest_speedup.gate import (
    Control,
    Excuse,
    PairedPolicy,
    Typical,
    changed_counters,
    decide_by_counters,
    downgrade,
    read_excuse,
    typical_of,
)
from pytest_speedup.gate.beside_time import OPEN
from pytest_speedup.losses.trace import Counts
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


@pytest.mark.parametrize(("blocks", "counts"), [(1, False), (2, False), (3, False), (4, True)])
def test_a_control_counts_that_was_in_all_blocks_but_the_first(
    *, blocks: int, counts: bool
) -> None:
    """What it was in some of them says nothing of the others."""
    assert (read_excuse([make_control("a", 5.0, blocks=blocks)], 5) != Excuse()) is counts


def test_a_single_block_excuses_nothing() -> None:
    """Not even in a cell that has no more."""
    assert read_excuse([make_control("a", 5.0, blocks=1)], 1) == Excuse()
    assert read_excuse([make_control("a", 5.0, blocks=2)], 2) != Excuse()


def test_controls_that_only_vary_rarely_seem_to_move() -> None:
    """In about five of a hundred executors."""
    random, moved = Random(5), 0
    for _ in range(400):
        shifts = [[Shift(random.gauss(0, 0.05), 4) for _ in range(6)] for _ in range(3)]
        controls = [Control("x", tuple(one), typical_of(0.1)) for one in shifts]
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


OLD = Counts(pools=1, in_flight=4, tasks=32, workers=4, busiest=8, bytes_per_task=5000)


def with_(**changes: float) -> Counts:
    return Counts(**{**{name: getattr(OLD, name) for name in Counts.__slots__}, **changes})


@pytest.mark.parametrize(
    ("new", "name", "worse"),
    [
        (with_(pools=2), "pools created", True),
        (with_(in_flight=2), "peak tasks in flight", True),
        (with_(in_flight=8), "peak tasks in flight", False),
        (with_(busiest=16), "tasks of the busiest worker", True),
        (with_(bytes_per_task=9000), "bytes pickled per task", True),
        (with_(bytes_per_task=100), "bytes pickled per task", False),
    ],
)
def test_a_counter_that_differs_in_every_block_has_changed(
    new: Counts, name: str, *, worse: bool
) -> None:
    """With a word on whether that is for the worse."""
    (change,) = changed_counters([OLD] * 2, [new] * 2)
    assert (change.name, change.worse) == (name, worse)


@pytest.mark.parametrize(
    "new", [with_(in_flight=3), with_(busiest=9), with_(bytes_per_task=5900), OLD]
)
def test_small_differences_are_chance(new: Counts) -> None:
    """Such as which worker takes the last task."""
    assert changed_counters([OLD] * 5, [new] * 5) == ()


def test_one_block_that_agrees_is_enough_for_no_change() -> None:
    """Counters have almost no noise, but some."""
    assert changed_counters([OLD] * 5, [with_(in_flight=2)] * 4 + [OLD]) == ()
    assert changed_counters([], []) == ()
    assert changed_counters([OLD], []) == ()


def test_other_work_is_not_compared() -> None:
    """Half as many tasks need fewer workers, and may need more pools."""
    fewer = with_(tasks=16, in_flight=2, pools=9)
    assert changed_counters([OLD] * 5, [fewer] * 5) == ()
    verdict = decide_by_counters(Verdict("x", Outcome.INCONCLUSIVE), [OLD] * 5, [fewer] * 5, 5)
    assert (verdict.outcome, verdict.counters) == (Outcome.INCONCLUSIVE, ())


def test_runs_of_equal_work_are_compared_whatever_others_did() -> None:
    """One in which a task was run again says nothing, and hides nothing."""
    head = [with_(pools=9)] * 4 + [with_(pools=1, tasks=33)]
    assert [one.head for one in changed_counters([OLD] * 5, head)] == [9]


def decide(outcome: Outcome, new: Counts, blocks: int = 5) -> Verdict:
    return decide_by_counters(Verdict("x", outcome), [OLD] * blocks, [new] * blocks, fewest=5)


@pytest.mark.parametrize("outcome", [Outcome.INCONCLUSIVE, Outcome.UNCONFIRMED])
def test_a_worse_counter_turns_an_open_cell_red(outcome: Outcome) -> None:
    """After as many blocks as any red cell takes."""
    verdict = decide(outcome, with_(in_flight=2))
    assert verdict.outcome is Outcome.REGRESSED
    assert "peak tasks in flight" in verdict.reason
    assert decide(outcome, with_(in_flight=2), 4).outcome is outcome
    assert decide(outcome, with_(in_flight=9)).outcome is outcome


@pytest.mark.parametrize(
    "outcome",
    [Outcome.PASSED, Outcome.SERIAL_IMPROVED, Outcome.INCONCLUSIVE, Outcome.UNCONFIRMED],
)
def test_more_pools_turn_red_what_passed_by_time(outcome: Outcome) -> None:
    """A cell passes after two blocks, and a number of pools is no matter of chance."""
    verdict = decide(outcome, with_(pools=9), 2)
    assert verdict.outcome is Outcome.REGRESSED
    assert "pools created" in verdict.reason
    assert decide(outcome, with_(pools=9), 1).outcome is outcome


def test_of_what_passed_by_time_other_counters_only_warn() -> None:
    """A gate that is red although nothing got slower would be a false one."""
    verdict = decide(Outcome.PASSED, with_(in_flight=2))
    assert (verdict.outcome, verdict.reason) == (Outcome.PASSED, "")
    assert [change.head for change in verdict.counters] == [2]


@pytest.mark.parametrize(
    "outcome",
    [one for one in Outcome if one not in {Outcome.PASSED, Outcome.SERIAL_IMPROVED, *OPEN}],
)
def test_no_other_outcome_is_touched(outcome: Outcome) -> None:
    """What got faster did, however many pools that took."""
    assert decide(outcome, with_(pools=9)).outcome is outcome
