from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.gate import Change, LogEstimate, SavedPolicy, judge_saved
from pytest_speedup.model import Outcome, Verdict

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
