from __future__ import annotations

import math

import pytest

from pytest_speedup.gate import judge_floor
from pytest_speedup.gate.policy import Deviation, SavedPolicy
from pytest_speedup.model import Outcome, Reading, Verdict

RED, LEANING, SEEN = 3.38518487, 2.45726154, 1.31041503
"""scipy.stats.t.ppf of 0.999, 0.99 and 0.9 with 30 degrees of freedom, SciPy 1.17.1."""

FLOOR = 3.5
NEAR = 1e-4


def judged(*distances: float, error: float = 0.0) -> Verdict:
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
    verdict = judged(distance)
    assert verdict.outcome is expected
    assert verdict.reason.startswith("" if expected is Outcome.PASSED else "its floor is 3.5")
    assert verdict.more_would_help is (expected in (Outcome.INCONCLUSIVE, Outcome.UNCONFIRMED))


def test_blocks_average_out_their_own_deviation_but_not_the_runs() -> None:
    """Of four blocks, the variance between blocks counts a quarter."""
    error = math.sqrt(0.03**2 + 0.04**2 / 4)
    assert judged(*[-error * RED - NEAR] * 4).outcome is Outcome.REGRESSED
    assert judged(*[-error * RED + NEAR] * 4).outcome is Outcome.UNCONFIRMED


def test_noisy_rounds_count_beside_the_deviations() -> None:
    """An error of 0.12 within the block and one of 0.05 beyond it make one of 0.13."""
    assert judged(-0.13 * RED - NEAR, error=0.12).outcome is Outcome.REGRESSED
    assert judged(-0.13 * RED + NEAR, error=0.12).outcome is Outcome.UNCONFIRMED


def test_blocks_are_held_against_the_floor_by_their_mean() -> None:
    """One good block makes up for one as bad."""
    assert judged(-0.2, 0.2 + NEAR).outcome is Outcome.PASSED
    assert judged(0.2, -0.2 - NEAR).outcome is Outcome.INCONCLUSIVE


def test_the_interval_and_the_detectable_loss_are_shares_of_the_floor() -> None:
    """The floor has no margin: any loss beyond noise can be seen."""
    verdict = judged(0.1)
    assert verdict.change is not None
    assert verdict.change.value == pytest.approx(math.exp(0.1))
    assert verdict.change.low == pytest.approx(math.exp(0.1 - 0.05 * RED), rel=1e-6)
    assert verdict.detectable == pytest.approx(1 - math.exp(-0.05 * (RED + SEEN)), rel=1e-6)
