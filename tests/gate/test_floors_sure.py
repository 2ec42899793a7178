from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pytest_speedup.gate import Deviation, judge_floor, log_efficiency
from pytest_speedup.model import Outcome, Reading
from tests.gate.builders import POLICY, make_readings


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
