from __future__ import annotations

from collections import Counter

from benchmarks.lab.replay import LOSSES, Tally
from benchmarks.lab.tables import cell_rows, deviation_rows, rule_row, rules_header
from pytest_speedup.gate import Deviation, SavedPolicy
from pytest_speedup.model import Bound, Outcome

SAME = Tally(10, 1, 120, {"fetch thread-2": Counter({Outcome.PASSED: 9, Outcome.REGRESSED: 1})})
LOST = Tally(10, 5, 240, {"fetch thread-2": Counter({Outcome.PASSED: 5, Outcome.REGRESSED: 5})})
TALLIES = {0.0: SAME, **dict.fromkeys(LOSSES, LOST)}


def test_a_rule_has_a_row_under_its_header() -> None:
    """False reds on the same code, what is caught of losses, and rounds on the same code."""
    assert list(rules_header())[-1].split() == ["rule", "cell", "suite", "5%", "10%", "20%", "50%"]
    expected = ["ours", "10.00%", "10.0%", "50.0%", "50.0%", "50.0%", "50.0%", "12.0"]
    assert rule_row("ours", TALLIES).split() == expected


def test_each_cell_has_a_row() -> None:
    """With its outcomes on the same code, and how often each loss is red."""
    row = list(cell_rows(TALLIES))[-1].split()
    assert row == ["fetch", "thread-2", "90.0%", "0.0%", "10.0%", "50%", "50%", "50%", "50%"]


def test_measured_deviations_stand_beside_those_of_the_policy() -> None:
    """A reader sees whether the policy is still true."""
    policy = SavedPolicy()
    stated = policy.deviation(Bound.CPU, "thread", contended=False)
    measured = {(Bound.CPU, "thread", False): Deviation(0.123, 0.456)}
    row = list(deviation_rows(measured, policy))[-1].split()
    assert row == ["cpu", "thread", "0.123", f"{stated.run:.3f}", "0.456", f"{stated.block:.3f}"]
