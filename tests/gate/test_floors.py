"""Floors by the blocks of head: what cannot be judged has not been reached."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pytest_speedup.gate import (
    FloorBlock,
    floor_is_open,
    hold_against_floor,
    judge_floor,
    judge_floors,
    log_efficiency,
    seems_below_floor,
)
from pytest_speedup.gate.policy import Deviation, SavedPolicy
from pytest_speedup.losses.trace import Counts
from pytest_speedup.model import Bound, Estimate, Floors, Outcome, Reading, Verdict
from tests.gate.builders import POLICY, make_readings

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


def runs(*peaks: int) -> tuple[Counts, ...]:
    """Recorded runs of eight tasks, of which so many were at work at once."""
    return tuple(Counts(1, peak, 8 if peak else 0, 2, 4, 0) for peak in peaks)


@pytest.mark.parametrize(
    ("blocks", "outcome", "reason"),
    [
        ([(4,)], Outcome.PASSED, ""),
        ([(1, 4, 2)], Outcome.PASSED, ""),
        ([(1, 2), (5,)], Outcome.PASSED, ""),
        ([(3,)], Outcome.REGRESSED, "its floor is a peak of 4 tasks in flight, and at most 3 were"),
        ([(1, 2), (3, 1)], Outcome.REGRESSED, "at most 3 were at work at once"),
        ([(0,), (0,)], Outcome.BROKEN, "none of its tasks was recorded"),
        ([(), ()], Outcome.BROKEN, "none of its tasks was recorded"),
    ],
)
def test_a_peak_is_reached_by_one_recorded_run(
    blocks: list[tuple[int, ...]], outcome: Outcome, reason: str
) -> None:
    """Whatever the times are; and where nothing was recorded nobody can tell."""
    verdict = judged(
        *(FloorBlock(reading(1.0, error=1.0), None, runs(*peaks)) for peaks in blocks),
        floors=Floors(peak=4),
    )
    assert verdict.outcome is outcome
    assert reason in verdict.reason
    assert bool(verdict.reason) is bool(reason)


def test_a_peak_stands_beside_floors_of_time() -> None:
    """Each can be missed by itself, or both; a count has no part of the error rate."""
    fast, slow = (FloorBlock(reading(ratio), None, runs(2)) for ratio in (3.0, 1.0))
    assert judged(fast, fast, floors=Floors(2.0, peak=2)).outcome is Outcome.PASSED
    assert judged(fast, floors=Floors(2.0, peak=2)).outcome is Outcome.INCONCLUSIVE
    assert judged(slow, slow, floors=Floors(2.0, peak=2)).reason == "its floor is 2"
    few = "its floor is a peak of 3 tasks in flight, and at most 2 were at work at once"
    assert judged(fast, fast, floors=Floors(2.0, peak=3)).reason == few
    both = judged(slow, slow, floors=Floors(2.0, peak=3))
    assert (both.outcome, both.reason) == (Outcome.REGRESSED, f"its floor is 2; {few}")
    assert (Floors(2.0, peak=3).count, Floors(peak=3).count) == (1, 0)
    assert Floors(peak=3).asked
    assert not Floors().asked


def test_a_peak_that_is_missed_takes_fresh_processes_too() -> None:
    """One block alone leaves it unconfirmed."""
    missed = judged(FloorBlock(reading(1.0), None, runs(1)), floors=Floors(peak=2))
    assert floor_is_open(missed, 1)
    assert not floor_is_open(missed, 2)
    passed = Verdict("x", Outcome.PASSED)
    assert hold_against_floor(passed, missed, 1).outcome is Outcome.UNCONFIRMED
    assert hold_against_floor(passed, missed, 2).outcome is Outcome.REGRESSED


def paced(seconds: float, *within: float, done: float = 100.0) -> FloorBlock:
    """A block of recorded runs of so many tasks, within how many seconds each were done."""
    counts = tuple(Counts(1, 2, 8, 2, 4, 0, done=done, p50=one / 2, p95=one) for one in within)
    return FloorBlock(reading(1.0, error=1.0), None, counts, reading(seconds))


EVEN = paced(0.5, 0.02, 0.02, 0.02)
"""200 tasks a second, half of them within 10 ms, and 95 % within 20 ms."""


@pytest.mark.parametrize(
    ("floors", "reason"),
    [
        (Floors(tasks_per_second=190), ""),
        (Floors(tasks_per_second=300), "its floor is 300 tasks a second, and it ran 200"),
        (Floors(p50=0.011), ""),
        (Floors(p50=0.005), "50% of its tasks done within 0.005 s each, and that took 0.01 s"),
        (Floors(p95=0.021), ""),
        (Floors(p95=0.012), "95% of its tasks done within 0.012 s each, and that took 0.02 s"),
    ],
)
def test_tasks_are_to_be_as_quick_as_their_floors_say(floors: Floors, reason: str) -> None:
    """Whatever the speedup is; more a second is better, and fewer seconds are."""
    verdict = judged(EVEN, EVEN, floors=floors)
    assert verdict.outcome is (Outcome.REGRESSED if reason else Outcome.PASSED)
    assert verdict.reason == (f"its floor is {reason.removeprefix('its floor is ')}" * bool(reason))
    assert (floors.count, floors.of_tasks, floors.asked) == (1, True, True)
    assert (verdict.change, verdict.detectable) == (None, None)  # of a speedup


def test_a_pace_that_is_not_sure_is_neither_red_nor_green() -> None:
    """Runs that differ leave it open, and so does a block alone."""
    apart = paced(0.5, 0.001, 0.4, 0.02)
    verdict = judged(apart, apart, floors=Floors(p95=0.0195))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert judged(EVEN, floors=Floors(p95=0.1)).outcome is Outcome.INCONCLUSIVE
    assert judged(EVEN, floors=Floors(p95=0.01)).outcome is Outcome.REGRESSED


@pytest.mark.parametrize(
    ("floors", "said"),
    [
        (Floors(tasks_per_second=1e-3), "none of its tasks was recorded and scaling has no tasks="),
        (Floors(p50=1e3), "none of its tasks was recorded in two runs, so that nobody"),
        (Floors(p95=1e3), "none of its tasks was recorded in two runs, so that nobody"),
    ],
)
def test_what_no_run_says_of_tasks_has_not_reached_a_floor(floors: Floors, said: str) -> None:
    """However low that is."""
    unknown = paced(0.5, 0.0, 0.0, 0.0, done=0.0)
    verdict = judged(unknown, unknown, floors=floors)
    assert verdict.outcome is Outcome.BROKEN
    assert said in verdict.reason
    assert judged(paced(0.5), paced(0.5), floors=floors).outcome is Outcome.BROKEN


def test_a_single_round_says_nothing_of_tasks_a_second() -> None:
    """Though tasks were counted."""
    lone = replace(EVEN, parallel=reading(0.5, error=1.0))
    verdict = judged(lone, lone, floors=Floors(tasks_per_second=1e-3))
    assert (verdict.outcome, verdict.reason[:14]) == (Outcome.BROKEN, "too few rounds")


def test_one_recorded_run_says_nothing_of_how_runs_differ() -> None:
    """Its error is not known, and nothing is taken for none."""
    lone = paced(0.5, 0.02)
    assert judged(lone, lone, floors=Floors(p95=0.1)).outcome is Outcome.BROKEN


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


RED, LEANING, SEEN = 3.38518487, 2.45726154, 1.31041503
"""scipy.stats.t.ppf of 0.999, 0.99 and 0.9 with 30 degrees of freedom, SciPy 1.17.1."""

FLOOR = 3.5
NEAR = 1e-4


def judged_at_limit(*distances: float, error: float = 0.0) -> Verdict:
    """Judge blocks at these distances from the floor, in logarithms.

    Runs deviate by 0.03 and blocks by 0.04: together by 0.05.
    """
    policy = SavedPolicy(
        margin=0.5, error_rate=0.5, pass_error=0.05, looks=4, deviations={}, deviation_weight=30.0
    )
    return judge_floor(
        "x",
        [Reading(math.log(FLOOR) + distance, error) for distance in distances],
        FLOOR,
        deviation=Deviation(0.03, 0.04),
        error=0.001,
        policy=policy,
    )


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (-0.05 * RED - NEAR, Outcome.REGRESSED),
        (-0.05 * RED + NEAR, Outcome.UNCONFIRMED),
        (-0.05 * LEANING - NEAR, Outcome.UNCONFIRMED),
        (-0.05 * LEANING + NEAR, Outcome.INCONCLUSIVE),
        (-NEAR, Outcome.INCONCLUSIVE),
        (NEAR, Outcome.PASSED),
        (1.0, Outcome.PASSED),
    ],
)
def test_a_floor_is_broken_only_where_runs_and_blocks_cannot_explain_it(
    distance: float, expected: Outcome
) -> None:
    """What seems to be below it is unconfirmed; a bit below is open; what reaches it has passed."""
    verdict = judged_at_limit(distance)
    assert verdict.outcome is expected
    assert verdict.reason.startswith("" if expected is Outcome.PASSED else "its floor is 3.5")
    assert verdict.more_would_help is (expected in (Outcome.INCONCLUSIVE, Outcome.UNCONFIRMED))


def test_blocks_average_out_their_own_deviation_but_not_the_runs() -> None:
    """Of four blocks, the variance between blocks counts a quarter."""
    error = math.sqrt(0.03**2 + 0.04**2 / 4)
    assert judged_at_limit(*[-error * RED - NEAR] * 4).outcome is Outcome.REGRESSED
    assert judged_at_limit(*[-error * RED + NEAR] * 4).outcome is Outcome.UNCONFIRMED


def test_noisy_rounds_count_beside_the_deviations() -> None:
    """An error of 0.12 within the block and one of 0.05 beyond it make one of 0.13."""
    assert judged_at_limit(-0.13 * RED - NEAR, error=0.12).outcome is Outcome.REGRESSED
    assert judged_at_limit(-0.13 * RED + NEAR, error=0.12).outcome is Outcome.UNCONFIRMED


def test_blocks_are_held_against_the_floor_by_their_mean() -> None:
    """One good block makes up for one as bad."""
    assert judged_at_limit(-0.2, 0.2 + NEAR).outcome is Outcome.PASSED
    assert judged_at_limit(0.2, -0.2 - NEAR).outcome is Outcome.INCONCLUSIVE


def test_the_interval_and_the_detectable_loss_are_shares_of_the_floor() -> None:
    """The floor has no margin: any loss beyond noise can be seen."""
    verdict = judged_at_limit(0.1)
    assert verdict.change is not None
    assert verdict.change.value == pytest.approx(math.exp(0.1))
    assert verdict.change.low == pytest.approx(math.exp(0.1 - 0.05 * RED), rel=1e-6)
    assert verdict.detectable == pytest.approx(1 - math.exp(-0.05 * (RED + SEEN)), rel=1e-6)
    assert (verdict.ruled_out, verdict.ruled_out_of_all) == (None, None)


@pytest.mark.parametrize(
    ("speedup", "error", "expected"),
    [
        (2.0, 0.01, Outcome.REGRESSED),
        (3.4, 0.10, Outcome.INCONCLUSIVE),
        (3.6, 0.10, Outcome.PASSED),
        (4.0, 0.01, Outcome.PASSED),
    ],
)
def test_only_a_sure_fall_below_the_floor_is_red(
    speedup: float, error: float, expected: Outcome
) -> None:
    """Near a ceiling, noise alone would break a plain comparison again and again."""
    reading = Reading(math.log(speedup), error)
    none = Deviation(run=0.0, block=0.0)
    policy = replace(POLICY, deviation_weight=20.0)
    verdict = judge_floor("x", [reading], 3.5, deviation=none, error=0.001, policy=policy)
    assert verdict.outcome is expected
    assert verdict.reason == ("" if expected is Outcome.PASSED else "its floor is 3.5")


def test_efficiency_is_as_unsure_as_both_of_its_parts() -> None:
    """The ceiling is measured, too."""
    speedup = make_readings(2.0, error=0.03).speedup
    efficiency = log_efficiency(speedup, Reading(math.log(4.0), 0.04))
    assert efficiency.value == pytest.approx(math.log(0.5))
    assert efficiency.error == pytest.approx(0.05)


def test_one_worker_is_held_against_one() -> None:
    """It has no ceiling but that."""
    speedup = make_readings(0.9).speedup
    assert log_efficiency(speedup, None) == speedup
