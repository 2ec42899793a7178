from __future__ import annotations

import math

import pytest

from pytest_speedup.model import Outcome
from pytest_speedup.verdict import Change, judge
from tests.verdict.builders import POLICY, make_change


def outcome(change: Change, margin: float = 0.1) -> Outcome:
    return judge("x", change, margin=margin, error=0.001, policy=POLICY).outcome


def test_a_loss_surely_beyond_the_margin_is_red() -> None:
    """A fall by 30 % with an error of 1 % leaves no doubt about a margin of 10 %."""
    assert outcome(make_change(0.7)) is Outcome.REGRESSED


def test_a_loss_within_the_margin_passes() -> None:
    """The project said that it accepts that much."""
    assert outcome(make_change(0.95)) is Outcome.PASSED


def test_a_loss_about_the_margin_is_inconclusive() -> None:
    """Neither side is sure."""
    assert outcome(make_change(0.89)) is Outcome.INCONCLUSIVE


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
        (1.1, Outcome.SERIAL_IMPROVED),
        (1.4, Outcome.REGRESSED),
    ],
)
def test_red_takes_parallel_time_that_rose(parallel: float, expected: Outcome) -> None:
    """Of a fall by 30 %, most must be on the parallel side: faster serial code is no loss."""
    assert outcome(make_change(0.7, parallel=parallel)) is expected


def test_every_verdict_says_what_it_could_have_seen() -> None:
    """A loss beyond the margin by the error times critical value and power."""
    verdict = judge("x", make_change(1.0, error=0.02), margin=0.1, error=0.001, policy=POLICY)
    critical, power = 3.385, 1.310  # t with 30 degrees at 0.999 and at 0.9
    expected = 1 - 0.9 * math.exp(-(critical + power) * 0.02)
    assert verdict.detectable == pytest.approx(expected, abs=1e-3)


def test_a_loss_as_large_as_detectable_is_seen_and_half_of_it_is_not() -> None:
    """The stated figure is what it says: red nine times of ten, so red at its centre."""
    verdict = judge("x", make_change(1.0, error=0.02), margin=0.1, error=0.001, policy=POLICY)
    assert verdict.detectable is not None
    assert outcome(make_change(1 - verdict.detectable, error=0.02)) is Outcome.REGRESSED
    assert outcome(make_change(1 - verdict.detectable / 2, error=0.02)) is not Outcome.REGRESSED


def test_more_noise_needs_a_larger_loss() -> None:
    """The detectable loss grows with the error."""
    losses = [
        judge("x", make_change(1.0, error=e), margin=0.1, error=0.01, policy=POLICY).detectable
        for e in (0.01, 0.05, 0.2)
    ]
    assert losses == sorted(losses, key=lambda loss: loss or 0.0)
    assert len(set(losses)) == 3


def test_the_interval_is_one_of_the_error_rate() -> None:
    """Each side may be wrong with the chance that was to be spent."""
    verdict = judge("x", make_change(0.7), margin=0.1, error=0.001, policy=POLICY)
    assert verdict.change is not None
    assert verdict.change.confidence == pytest.approx(0.998)
    assert verdict.change.low < verdict.change.value < verdict.change.high
