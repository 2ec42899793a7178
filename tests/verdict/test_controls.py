from __future__ import annotations

import math
from random import Random

import pytest

from pytest_speedup.model import Outcome, Verdict
from pytest_speedup.statistics import Shift
from pytest_speedup.verdict import Control, DifferencePolicy, Typical, downgrade, word_moved

POLICY = DifferencePolicy(margin=0.04)


def make_control(name: str, ratio: float, typical: float = 0.03) -> Control:
    return Control(name, (Shift(math.log(ratio), 4),) * 5, Typical(typical, 8))


def test_a_control_that_moved_is_named() -> None:
    """With how far it moved, up or down."""
    controls = [make_control("a", 1.0), make_control("b", 1.1), make_control("c", 0.8)]
    words = "the runner changed, not your diff: base against itself, b +10.0%, c -20.0%"
    assert word_moved(controls, POLICY) == words


@pytest.mark.parametrize(("ratio", "typical"), [(1.015, 0.001), (1.1, 0.5)])
def test_what_is_small_or_unsure_has_not_moved(ratio: float, typical: float) -> None:
    """Less than half of the margin cannot have turned a verdict."""
    assert word_moved([make_control("a", ratio, typical)], POLICY) == ""


def test_controls_that_only_vary_rarely_seem_to_move() -> None:
    """In about one run of a hundred."""
    random, moved = Random(5), 0
    for _ in range(300):
        controls = [
            Control(
                str(name), tuple(Shift(random.gauss(0, 0.05), 4) for _ in range(6)), Typical(0.1, 8)
            )
            for name in range(8)
        ]
        moved += word_moved(controls, POLICY) != ""
    assert moved <= 9


@pytest.mark.parametrize(
    ("outcome", "after"),
    [
        (Outcome.REGRESSED, Outcome.INCONCLUSIVE),
        (Outcome.PASSED, Outcome.INCONCLUSIVE),
        (Outcome.NEW, Outcome.NEW),
    ],
)
def test_evidence_takes_verdicts_by_time_back(outcome: Outcome, after: Outcome) -> None:
    """And nothing else; without evidence nothing at all."""
    verdict = Verdict("x", outcome)
    assert downgrade(verdict, "the runner changed").outcome is after
    assert downgrade(verdict, "") is verdict
