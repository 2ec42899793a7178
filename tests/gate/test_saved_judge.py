from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pytest_speedup.gate import Change, judge_saved
from pytest_speedup.model import Outcome
from tests.gate.builders import POLICY, make_change


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
