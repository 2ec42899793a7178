"""What both gates share, with a rule made of plain answers."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import Chances, Evidence, LogEstimate
from pytest_speedup.gate.evidence import detectable_loss, judge, outcome_of
from pytest_speedup.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

T99, T95, T90 = 2.45726154, 1.69726089, 1.31041503
"""scipy.stats.t.ppf of 0.99, 0.95 and 0.9 with 30 degrees of freedom, SciPy 1.17.1."""

CHANCES = Chances(red=0.01, fall=0.05, passing=0.05, leaning=0.1, suite=0.005)
SAME = LogEstimate(0.0, 0.01, 30.0)
LIMIT = 0.1


@dataclass(frozen=True)
class Plain:
    """A rule that answers what it is told to."""

    loss: bool = False
    passed: bool = False
    leans: bool = False

    def shows_loss(self, _evidence: Evidence, /) -> bool:
        return self.loss

    def passes(self, _evidence: Evidence, /) -> bool:
        return self.passed

    def leans_red(self, _evidence: Evidence, /) -> bool:
        return self.leans

    def decided_by(self, evidence: Evidence, _outcome: Outcome, /) -> LogEstimate:
        return evidence.speedup

    def worst(self, evidence: Evidence, chance: float) -> float:
        return evidence.parallel.high(chance)

    def tests(self, evidence: Evidence, /) -> Sequence[tuple[LogEstimate, float, float]]:
        return ((evidence.speedup, LIMIT, 0.01), (evidence.parallel, 0.0, 0.05))


def evidence(speedup: float = 0.0, parallel: float = 0.0) -> Evidence:
    return Evidence(replace(SAME, value=speedup), replace(SAME, value=parallel), LIMIT, CHANCES)


def test_an_interval_is_as_wide_as_its_chance_and_error_say() -> None:
    """Both limits, and the ratio."""
    one = LogEstimate(0.5, 0.02, 30.0)
    assert one.low(0.01) == pytest.approx(0.5 - 0.02 * T99)
    assert one.high(0.01) == pytest.approx(0.5 + 0.02 * T99)
    interval = one.interval(0.01)
    assert (interval.low, interval.value, interval.high) == pytest.approx(
        (math.exp(0.5 - 0.02 * T99), math.exp(0.5), math.exp(0.5 + 0.02 * T99))
    )
    assert interval.confidence == pytest.approx(0.98)


def test_too_few_blocks_decide_nothing() -> None:
    """Whatever the rule says, green or red; a loss that shows is unconfirmed."""
    for loss, passed in product((False, True), repeat=2):
        rule = Plain(loss=loss, passed=passed)
        for some in (evidence(), evidence(0.5, -0.5), evidence(-0.5, -0.5)):
            few = replace(some, may_decide=False)
            assert outcome_of(few, rule) is Outcome.INCONCLUSIVE
            assert outcome_of(few, replace(rule, leans=True)) is Outcome.UNCONFIRMED


def test_a_loss_is_never_taken_for_anything_better() -> None:
    """Where there are too few blocks for red, it stays open."""
    rule = Plain(loss=True, passed=True)
    for some in (evidence(), evidence(0.5, -0.5), evidence(-0.5, -0.5)):
        assert outcome_of(some, rule) is Outcome.REGRESSED
        assert outcome_of(replace(some, may_redden=False), rule) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("speedup", "parallel", "expected"),
    [
        (-0.5, 0.0, Outcome.SERIAL_IMPROVED),
        (-0.5, 0.5, Outcome.PASSED),
        (0.5, -0.5, Outcome.IMPROVED),
        (0.5, 0.0, Outcome.PASSED),
        (0.0, 0.0, Outcome.PASSED),
    ],
)
def test_better_takes_parallel_time_that_did_not_rise(
    speedup: float, parallel: float, expected: Outcome
) -> None:
    """And an improvement takes parallel time that fell."""
    assert outcome_of(evidence(speedup, parallel), Plain(passed=True)) is expected


def test_what_neither_passes_nor_shows_a_loss_is_open() -> None:
    """Or unconfirmed where it leans; what is known is not asked that."""
    assert outcome_of(evidence(), Plain()) is Outcome.INCONCLUSIVE
    assert outcome_of(evidence(), Plain(leans=True)) is Outcome.UNCONFIRMED
    assert outcome_of(evidence(), Plain(passed=True, leans=True)) is Outcome.PASSED


def test_the_interval_is_that_of_the_chance_that_decided() -> None:
    """A pass has its own, all else that of red."""
    for rule, confidence in ((Plain(passed=True), 0.9), (Plain(loss=True), 0.98)):
        change = judge("x", evidence(), rule).change
        assert change is not None
        assert change.confidence == pytest.approx(confidence)


def test_the_detectable_loss_is_that_of_the_test_that_sees_least() -> None:
    """All of them must see it, nine times out of ten."""
    some = evidence()
    by_speedup = LIMIT + (T99 + T90) * 0.01
    assert detectable_loss(some, Plain()) == pytest.approx(-math.expm1(-by_speedup))
    blunt = replace(some, parallel=replace(SAME, error=0.2))
    by_parallel = (T95 + T90) * 0.2
    assert detectable_loss(blunt, Plain()) == pytest.approx(-math.expm1(-by_parallel))


def test_a_cell_that_did_not_lose_rules_a_loss_out() -> None:
    """And a larger one where all cells of a suite are to be as sure together."""
    verdict = judge("x", evidence(), Plain(passed=True))
    ruled_out, of_all = (1 - math.exp(-SAME.half_width(one)) for one in (0.05, 0.005))
    assert verdict.ruled_out == pytest.approx(ruled_out)
    assert verdict.ruled_out_of_all == pytest.approx(of_all)
    assert judge("x", evidence(parallel=-1.0), Plain(passed=True)).ruled_out == 0.0


def test_a_cell_that_lost_or_is_open_rules_nothing_out() -> None:
    """Its interval says what is known of it."""
    for rule in (Plain(), Plain(loss=True), Plain(leans=True)):
        assert judge("x", evidence(), rule).ruled_out is None
