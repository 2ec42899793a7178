from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.gate import Change, LogEstimate, judge_saved
from pytest_speedup.gate.policy import Deviation, SavedPolicy
from pytest_speedup.gate.saved import (
    CEILING_DRIFT,
    PARALLEL_DEVIATION,
    adjusted,
    adjusted_error,
    ceiling_coefficient,
    measure_change,
)
from pytest_speedup.model import Outcome, Reading, Readings, Verdict
from tests.gate.builders import POLICY, make_change

if TYPE_CHECKING:
    from collections.abc import Sequence

RUN, BLOCK = 0.03, 0.04
"""With these the deviations of run and block make one of 0.05."""

DRIFT = CEILING_DRIFT * math.log(2.0)
"""Deviation of a log ceiling of two between runs."""


def make_readings(
    speedup: float = 0.0,
    error: float = 0.0,
    *,
    ceiling: float | None = None,
    ceiling_error: float = 0.0,
    parallel: float = 0.0,
) -> Readings:
    """Readings from logarithms."""
    return Readings(
        Reading(speedup, error),
        None if ceiling is None else Reading(ceiling, ceiling_error),
        Reading(parallel, error),
    )


def change(
    blocks: Sequence[Readings],
    baseline: Sequence[Readings],
    history: Sequence[Readings] = (),
    *,
    looks: int = 1,
    weight: float = 3.0,
) -> Change:
    policy = SavedPolicy(
        margin=0.1,
        error_rate=0.05,
        pass_error=0.05,
        looks=looks,
        deviations={},
        deviation_weight=weight,
    )
    return measure_change(blocks, baseline, history, Deviation(RUN, BLOCK), policy)


def test_a_single_baseline_and_a_single_block_vary_by_the_default() -> None:
    """Both sides have the deviations of run and block: together twice their variance."""
    measured = change([make_readings()], [make_readings()])
    assert measured.speedup.error == pytest.approx(0.05 * math.sqrt(2))
    assert measured.speedup.degrees == 3.0


def test_more_blocks_average_out_what_varies_between_blocks_only() -> None:
    """All blocks share what sets their run apart from others."""
    measured = change([make_readings()] * 4, [make_readings()])
    assert measured.speedup.error**2 == pytest.approx(RUN**2 + 0.05**2 + BLOCK**2 / 4)


def test_more_baselines_average_out_what_varies_between_runs() -> None:
    """Each of them is a run of its own, and so is this one."""
    measured = change([make_readings()], [make_readings()] * 4)
    assert measured.speedup.error**2 == pytest.approx(0.05**2 + 0.05**2 / 4)


def test_the_last_error_is_the_one_that_all_allowed_blocks_leave() -> None:
    """After the last block nothing is left to gain."""
    one, all_of_them = (
        change([make_readings()] * blocks, [make_readings()], looks=4) for blocks in (1, 4)
    )
    assert one.last_error == pytest.approx(all_of_them.speedup.error)
    assert all_of_them.last_error == pytest.approx(all_of_them.speedup.error)
    assert one.last_error < one.speedup.error


def test_more_blocks_than_looks_are_believed() -> None:
    """The last error never exceeds the error."""
    measured = change([make_readings()] * 4, [make_readings()], looks=2)
    assert measured.last_error == pytest.approx(measured.speedup.error)


def test_blocks_and_baselines_are_compared_by_their_means() -> None:
    """Mean logarithm now less mean logarithm then, of speedup and of parallel time."""
    blocks = [make_readings(0.1, parallel=0.5), make_readings(0.3, parallel=0.7)]
    saved = [make_readings(0.5, parallel=0.1), make_readings(0.9, parallel=0.3)]
    measured = change(blocks, saved)
    assert measured.speedup.value == pytest.approx(0.2 - 0.7)
    assert measured.parallel.value == pytest.approx(0.6 - 0.2)


def test_noisy_rounds_of_the_baseline_widen() -> None:
    """They count on both sides, as rounds of this run are expected to be as noisy."""
    measured = change([make_readings()], [make_readings(error=0.12)])
    assert measured.speedup.error**2 == pytest.approx(2 * (0.05**2 + 0.12**2))


def test_noisy_rounds_of_this_run_widen() -> None:
    """A block is at least as unsure as its own rounds show, and never surer than the default."""
    expected = RUN**2 + 0.05**2
    noisy = change([make_readings(error=0.5)], [make_readings()])
    assert noisy.speedup.error**2 == pytest.approx(expected + 0.5**2, rel=0.01)
    quiet = change([make_readings(error=BLOCK / 2)], [make_readings()])
    assert quiet.speedup.error**2 >= (expected + BLOCK**2) * (1 - 1e-9)


def test_history_is_weighed_against_the_default_by_degrees_of_freedom() -> None:
    """Two saved runs have one degree; with the default's three they make four."""
    history = [make_readings(0.0), make_readings(0.02)]
    measured = change([make_readings()], [make_readings()], history)
    variance = (3 * 0.05**2 + 1 * 0.02**2 / 2) / 4
    assert measured.speedup.error**2 == pytest.approx(2 * variance)
    assert measured.speedup.degrees == pytest.approx(4.0)


def test_the_default_counts_less_where_saved_runs_contradict_it() -> None:
    """They vary by 32 times its variance, so that its three degrees are worth a 32nd of that."""
    history = [make_readings(0.0), make_readings(0.4)]
    measured = change([make_readings()], [make_readings()], history)
    weight = 3 / 32
    variance = (weight * 0.05**2 + 0.4**2 / 2) / (weight + 1)
    assert measured.speedup.error**2 == pytest.approx(2 * variance)
    assert measured.speedup.degrees == pytest.approx(weight + 1)


def test_the_default_counts_less_where_blocks_contradict_it() -> None:
    """A machine that is restless within a run is so between runs; calm blocks tell nothing."""
    restless, calm, same = (
        change([make_readings(away), make_readings(-away)], [make_readings()]).speedup
        for away in (0.2, 0.001, 0.0)
    )
    ratio = 2 * 0.2**2 / BLOCK**2
    weight = 3 / ratio
    scale = (weight + ratio) / (weight + 1)
    assert restless.error**2 == pytest.approx(scale * same.error**2)
    assert restless.degrees == pytest.approx(weight + 1)
    assert (calm.error, calm.degrees) == (same.error, same.degrees)


def test_a_steady_history_narrows_and_a_restless_one_widens() -> None:
    """Against the same baseline, only what the saved runs did makes the difference."""
    unknown, steady, restless = (
        change([make_readings()], [make_readings()], history).speedup.error
        for history in (
            [],
            [make_readings(0.0)] * 10,
            [make_readings(0.2 * (n % 2)) for n in range(10)],
        )
    )
    assert steady < unknown < restless


def test_what_history_tells_is_split_as_the_default_is() -> None:
    """The run's part of a learned variance does not average out over blocks."""
    history = [make_readings(0.0), make_readings(0.02)]
    measured = change([make_readings()] * 2, [make_readings()], history)
    variance = (3 * 0.05**2 + 0.02**2 / 2) / 4
    share = RUN**2 / 0.05**2
    assert measured.speedup.error**2 == pytest.approx(variance * (1 + share + (1 - share) / 2))


def test_the_ceilings_drift_is_taken_out_of_change_and_history() -> None:
    """Speedups that follow a ceiling that was measured exactly have not changed at all."""
    saved = [make_readings(level, ceiling=level) for level in (0.5, 0.9, 0.4)]
    measured = change([make_readings(0.2, ceiling=0.2)], saved, saved)
    assert measured.speedup.value == pytest.approx(0.0, abs=1e-12)
    plain = [make_readings(0.5)] * 3
    assert measured.speedup.error == pytest.approx(
        change([make_readings()], plain, plain).speedup.error
    )


def test_nothing_is_taken_out_without_the_kernel() -> None:
    """Waiting cells are compared by their speedups as they are."""
    assert ceiling_coefficient([make_readings()], [make_readings()]) == 0.0
    assert change([make_readings(0.2)], [make_readings(0.5)]).speedup.value == pytest.approx(-0.3)


def test_one_reading_without_the_kernel_spoils_the_adjustment() -> None:
    """All or none are adjusted, now and then."""
    whole, without = make_readings(ceiling=math.log(2.0)), make_readings()
    assert ceiling_coefficient([whole, whole], [whole, whole]) == 1.0
    assert ceiling_coefficient([whole, without], [whole, whole]) == 0.0
    assert ceiling_coefficient([whole, whole], [without, whole]) == 0.0


def test_half_is_taken_out_of_a_ceiling_as_noisy_as_its_drift() -> None:
    """The coefficient is the share of drift in all that a ceiling does, on average."""
    noisy = make_readings(ceiling=math.log(2.0), ceiling_error=DRIFT)
    assert ceiling_coefficient([noisy], [noisy]) == pytest.approx(0.5)
    assert ceiling_coefficient([noisy] * 3, [noisy] * 2) == pytest.approx(0.5)


def test_several_readings_average_their_ceilings_noise_out() -> None:
    """Four noisy ones are worth a quarter of one's noise, whichever side they are on."""
    exact = make_readings(ceiling=math.log(2.0))
    noisy = make_readings(ceiling=math.log(2.0), ceiling_error=DRIFT)
    assert ceiling_coefficient([exact], [noisy] * 4) == pytest.approx(1.25 / 1.5)
    assert ceiling_coefficient([noisy] * 4, [exact]) == pytest.approx(1.25 / 1.5)


@pytest.mark.parametrize("ceiling", [0.0, -0.5])
def test_a_kernel_that_does_not_scale_has_no_drift_to_take_out(ceiling: float) -> None:
    """A ceiling of one or less tells nothing about the machine's neighbours."""
    for error in (0.0, 0.1):
        readings = make_readings(ceiling=ceiling, ceiling_error=error)
        assert ceiling_coefficient([readings], [readings]) == 0.0


def test_what_is_taken_out_brings_its_own_noise() -> None:
    """Errors add up in squares, the ceiling's by the share that is taken out."""
    readings = make_readings(0.9, 0.03, ceiling=0.4, ceiling_error=0.08)
    assert adjusted(readings, 0.5) == pytest.approx(0.7)
    assert adjusted_error(readings, 0.5) == pytest.approx(0.05)
    assert adjusted_error(readings, 0.0) == pytest.approx(0.03)
    assert adjusted_error(make_readings(0.9, 0.03), 0.5) == pytest.approx(0.03)


def test_parallel_time_has_an_error_of_its_own() -> None:
    """What runs and blocks differ by is stated of speedups, and wider for times by themselves."""
    measured = change([make_readings()] * 4, [make_readings()] * 2)
    run, both = PARALLEL_DEVIATION * RUN, PARALLEL_DEVIATION * 0.05
    block = PARALLEL_DEVIATION * BLOCK
    assert measured.parallel.error**2 == pytest.approx(run**2 + both**2 / 2 + block**2 / 4)


def test_parallel_times_of_saved_runs_tell_how_they_vary() -> None:
    """However steady their speedups are."""
    history = [make_readings(parallel=value) for value in (0.0, 1.0, 0.0, 1.0)]
    measured, steady = (
        change([make_readings()], [make_readings()], runs) for runs in (history, history[:1])
    )
    assert measured.parallel.error > 3 * steady.parallel.error
    assert measured.speedup.error < steady.speedup.error


def outcome(change: Change, margin: float = 0.1) -> Outcome:
    return judge_saved("x", change, margin=margin, error=0.001, policy=POLICY).outcome


def unsure(change: Change, error: float) -> Change:
    """A change whose parallel time is known no better."""
    return replace(change, parallel=replace(change.parallel, error=error))


def test_a_loss_surely_beyond_the_margin_is_red() -> None:
    """A fall by 30 % with an error of 1 % leaves no doubt about a margin of 10 %."""
    assert outcome(make_change(0.7)) is Outcome.REGRESSED


def test_a_loss_within_the_margin_passes() -> None:
    """The project said that it accepts that much."""
    assert outcome(make_change(0.95)) is Outcome.PASSED


def test_a_loss_about_the_margin_is_not_decided() -> None:
    """Neither side is sure: beyond it the loss is unconfirmed, within it the cell is open."""
    assert outcome(make_change(0.89)) is Outcome.UNCONFIRMED
    assert outcome(make_change(0.91)) is Outcome.INCONCLUSIVE


def test_noise_makes_no_red() -> None:
    """The same 30 % with an error of 20 % says nothing."""
    assert outcome(make_change(0.7, error=0.2)) is Outcome.INCONCLUSIVE


def test_a_large_gain_is_an_improvement() -> None:
    """It is named, so that the baseline can follow."""
    assert outcome(make_change(1.4)) is Outcome.IMPROVED


@pytest.mark.parametrize(
    ("parallel", "expected"),
    [
        (1.0, Outcome.SERIAL_IMPROVED),
        (0.8, Outcome.SERIAL_IMPROVED),
        (1.03, Outcome.SERIAL_IMPROVED),
        (1.1, Outcome.INCONCLUSIVE),
        (1.13, Outcome.UNCONFIRMED),
        (1.25, Outcome.REGRESSED),
        (1.4, Outcome.REGRESSED),
    ],
)
def test_red_takes_parallel_time_that_rose(parallel: float, expected: Outcome) -> None:
    """Faster serial code is no loss, as long as parallel time surely did not rise by 10 %."""
    assert outcome(make_change(0.7, parallel=parallel)) is expected


@pytest.mark.parametrize(
    ("parallel", "expected"),
    [(0.7, Outcome.IMPROVED), (1.0, Outcome.PASSED), (1.2, Outcome.PASSED)],
)
def test_an_improvement_takes_parallel_time_that_fell(parallel: float, expected: Outcome) -> None:
    """Where serial code got slower the speedup is better, and nobody gained anything."""
    assert outcome(make_change(1.4, parallel=parallel)) is expected


def test_parallel_time_that_is_not_known_closes_no_fall() -> None:
    """The speedup surely fell by 30 %, and parallel time may or may not have risen."""
    change = unsure(make_change(0.7, parallel=1.02), 0.1)
    assert outcome(change) is Outcome.INCONCLUSIVE
    leaning = unsure(make_change(0.7, parallel=1.2), 0.1)
    verdict = judge_saved("x", leaning, margin=0.1, error=0.001, policy=POLICY)
    assert verdict.outcome is Outcome.UNCONFIRMED
    assert "a loss shows" in verdict.reason
    assert verdict.more_would_help


def test_a_verdict_names_its_margin() -> None:
    """Each cell may have one of its own."""
    verdict = judge_saved("x", make_change(1.0), margin=0.25, error=0.001, policy=POLICY)
    assert verdict.margin == 0.25


def test_parallel_time_that_is_hardly_known_hides_a_loss() -> None:
    """What would have been seen takes both the speedup and parallel time."""
    sharp = make_change(1.0)
    losses = [
        judge_saved("x", change, margin=0.1, error=0.001, policy=POLICY).detectable
        for change in (sharp, unsure(sharp, 0.2))
    ]
    assert losses[0] is not None
    assert losses[1] is not None
    assert losses[0] < losses[1]


def test_every_verdict_says_what_it_could_have_seen() -> None:
    """A loss beyond the margin by the error times critical value and power."""
    verdict = judge_saved("x", make_change(1.0, error=0.02), margin=0.1, error=0.001, policy=POLICY)
    critical, power = 3.385, 1.310  # t with 30 degrees at 0.999 and at 0.9
    expected = 1 - 0.9 * math.exp(-(critical + power) * 0.02)
    assert verdict.detectable == pytest.approx(expected, abs=1e-3)


def test_a_loss_as_large_as_detectable_is_seen_and_half_of_it_is_not() -> None:
    """The stated figure is what it says: red nine times of ten, so red at its centre."""
    verdict = judge_saved("x", make_change(1.0, error=0.02), margin=0.1, error=0.001, policy=POLICY)
    assert verdict.detectable is not None
    assert outcome(make_change(1 - verdict.detectable, error=0.02)) is Outcome.REGRESSED
    assert outcome(make_change(1 - verdict.detectable / 2, error=0.02)) is not Outcome.REGRESSED


def test_more_noise_needs_a_larger_loss() -> None:
    """The detectable loss grows with the error."""
    losses = [
        judge_saved(
            "x", make_change(1.0, error=e), margin=0.1, error=0.01, policy=POLICY
        ).detectable
        for e in (0.01, 0.05, 0.2)
    ]
    assert losses == sorted(losses, key=lambda loss: loss or 0.0)
    assert len(set(losses)) == 3


def test_the_interval_is_one_of_the_error_rate() -> None:
    """Each side may be wrong with the chance that was to be spent."""
    verdict = judge_saved("x", make_change(0.7), margin=0.1, error=0.001, policy=POLICY)
    assert verdict.change is not None
    assert verdict.change.confidence == pytest.approx(0.998)
    assert verdict.change.low < verdict.change.value < verdict.change.high


RED, PASSING, SEEN, FALL = 3.38518487, 2.04227246, 1.31041503, 2.35955912
"""scipy.stats.t.ppf of 0.999, 0.975, 0.9 and 0.9875 with 30 degrees of freedom, SciPy 1.17.1."""

LIMIT = math.log(0.9)
NEAR = 1e-4
ERRORS = st.floats(1e-3, 0.3)


def make_policy(*, looks: int = 2, pass_error: float = 0.05) -> SavedPolicy:
    """With the defaults, a cell passes with an error of 0.025."""
    return SavedPolicy(
        margin=0.5,
        error_rate=0.5,
        pass_error=pass_error,
        looks=looks,
        deviations={},
        deviation_weight=1.0,
    )


def judged(
    speedup: float,
    *,
    error: float = 0.01,
    parallel: float | None = None,
    policy: SavedPolicy | None = None,
    spent: float = 0.001,
) -> Verdict:
    """Judge a change of log speedup; log parallel time changes the other way, unless told."""
    side = -speedup if parallel is None else parallel
    change = Change(LogEstimate(speedup, error, 30.0), LogEstimate(side, error, 30.0), error)
    return judge_saved("x", change, margin=0.1, error=spent, policy=policy or make_policy())


def detectable(verdict: Verdict) -> float:
    assert verdict.detectable is not None
    return verdict.detectable


@pytest.mark.parametrize(
    ("speedup", "expected"),
    [
        (LIMIT - 0.01 * RED - NEAR, Outcome.REGRESSED),
        (LIMIT - 0.01 * RED + NEAR, Outcome.UNCONFIRMED),
        (LIMIT - NEAR, Outcome.UNCONFIRMED),
        (LIMIT + NEAR, Outcome.INCONCLUSIVE),
        (LIMIT + 0.01 * PASSING - NEAR, Outcome.INCONCLUSIVE),
        (LIMIT + 0.01 * PASSING + NEAR, Outcome.PASSED),
        (0.0, Outcome.PASSED),
        (-LIMIT + 0.01 * RED - NEAR, Outcome.PASSED),
        (-LIMIT + 0.01 * RED + NEAR, Outcome.IMPROVED),
    ],
)
def test_each_outcome_begins_where_its_own_certainty_does(
    speedup: float, expected: Outcome
) -> None:
    """Red and improved take the error that may be spent, passed takes the policy's."""
    assert judged(speedup).outcome is expected


def test_a_gain_that_is_not_sure_is_no_improvement() -> None:
    """A noisy gain of 28 % may be one within the margin; it passes if it surely is no loss."""
    assert judged(0.25, error=0.1).outcome is Outcome.PASSED
    assert judged(0.25, error=0.2).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("parallel", "expected"),
    [
        (0.6, Outcome.REGRESSED),
        (-LIMIT + 0.01 * RED + NEAR, Outcome.REGRESSED),
        (-LIMIT + 0.01 * RED - NEAR, Outcome.UNCONFIRMED),
        (-LIMIT + NEAR, Outcome.UNCONFIRMED),
        (-LIMIT - NEAR, Outcome.INCONCLUSIVE),
        (-LIMIT - 0.01 * PASSING + NEAR, Outcome.INCONCLUSIVE),
        (-LIMIT - 0.01 * PASSING - NEAR, Outcome.SERIAL_IMPROVED),
        (0.0, Outcome.SERIAL_IMPROVED),
        (-0.6, Outcome.SERIAL_IMPROVED),
    ],
)
def test_what_a_fall_comes_to_depends_on_parallel_time(parallel: float, expected: Outcome) -> None:
    """Red where that surely rose by the margin, serial improved where it surely did not."""
    assert judged(-0.6, parallel=parallel).outcome is expected


@pytest.mark.parametrize(
    ("parallel", "expected"),
    [
        (0.01 * FALL + NEAR, Outcome.REGRESSED),
        (0.01 * FALL - NEAR, Outcome.UNCONFIRMED),
    ],
)
def test_red_takes_parallel_time_that_surely_rose(parallel: float, expected: Outcome) -> None:
    """Where most of the loss is on the parallel side, by less than the margin."""
    policy = make_policy(looks=2)
    sides = LogEstimate(-0.046, 0.001, 30.0), LogEstimate(parallel, 0.01, 30.0)
    change = Change(*sides, last_error=0.001)
    verdict = judge_saved("x", change, margin=0.04, error=0.001, policy=policy)
    assert verdict.outcome is expected


def test_more_looks_make_each_pass_harder() -> None:
    """The chance of a false pass is shared by all looks."""
    speedup = LIMIT + 0.01 * PASSING + NEAR
    assert judged(speedup, policy=make_policy(looks=2)).outcome is Outcome.PASSED
    assert judged(speedup, policy=make_policy(looks=3)).outcome is Outcome.INCONCLUSIVE


def test_a_stricter_pass_error_makes_passing_harder() -> None:
    """It changes nothing about red."""
    strict = make_policy(pass_error=0.001)
    assert judged(LIMIT + 0.01 * PASSING + NEAR, policy=strict).outcome is Outcome.INCONCLUSIVE
    assert judged(LIMIT - 0.01 * RED - NEAR, policy=strict).outcome is Outcome.REGRESSED


def test_the_interval_is_the_one_that_decided() -> None:
    """As ratios, one critical value to either side, at the confidence of both together."""
    interval = judged(-0.2, error=0.01).change
    assert interval is not None
    assert interval.value == pytest.approx(math.exp(-0.2))
    assert interval.low == pytest.approx(math.exp(-0.2 - 0.01 * RED), rel=1e-6)
    assert interval.high == pytest.approx(math.exp(-0.2 + 0.01 * RED), rel=1e-6)
    assert interval.confidence == pytest.approx(0.998)


def test_the_interval_of_a_pass_is_the_one_that_passed() -> None:
    """It lies within the margin, however little a red cell may err."""
    interval = judged(LIMIT + 0.01 * PASSING + NEAR).change
    assert interval is not None
    assert interval.low == pytest.approx(0.9 * math.exp(NEAR), rel=1e-6)
    assert interval.confidence == pytest.approx(0.95)


def test_the_detectable_loss_is_stated_with_every_outcome() -> None:
    """It depends on the noise alone: margin, critical value and power, in logarithms."""
    expected = 1 - 0.9 * math.exp(-0.02 * (RED + SEEN))
    for speedup in (-0.6, LIMIT, 0.0, 0.6):
        assert detectable(judged(speedup, error=0.02)) == pytest.approx(expected, rel=1e-6)


@given(ERRORS, ERRORS)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_the_detectable_loss_never_shrinks_with_noise(one: float, other: float) -> None:
    """It lies between the margin and everything."""
    less, more = sorted((one, other))
    small, large = (detectable(judged(0.0, error=error)) for error in (less, more))
    assert 0.1 < small <= large < 1.0


def test_a_smaller_chance_of_a_false_red_takes_a_larger_loss() -> None:
    """Being surer costs sight."""
    losses = [detectable(judged(0.0, spent=spent)) for spent in (0.05, 0.01, 0.001, 1e-5)]
    assert losses == sorted(set(losses))
