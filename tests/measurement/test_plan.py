from __future__ import annotations

import pytest

from pytest_speedup.measurement import MIN_ROUNDS, make_plan
from pytest_speedup.measurement.loop import MAX_REPEATS
from pytest_speedup.model import PARALLEL, SERIAL, Bound


def test_waiting_stops_at_the_fewest_rounds() -> None:
    """It is repeatable, and more rounds would only take time."""
    plan = make_plan(0.4, 0.1, Bound.WAIT, max_seconds=100.0, min_rounds=1)
    assert plan.rounds == MIN_ROUNDS


def test_computing_fills_its_time() -> None:
    """Here ten rounds of one serial turn of 0.1 s and two of 0.025 s."""
    plan = make_plan(0.1, 0.025, Bound.CPU, max_seconds=1.55, min_rounds=1)
    assert plan.arms == (SERIAL, PARALLEL, PARALLEL)
    assert plan.rounds == 10
    assert plan.rounds * plan.arms.count(PARALLEL) == 20


@pytest.mark.parametrize("bound", Bound)
def test_the_user_may_ask_for_more_rounds(bound: Bound) -> None:
    """pytest-benchmark's --benchmark-min-rounds holds."""
    assert make_plan(9.0, 9.0, bound, max_seconds=1.0, min_rounds=20).rounds == 20


@pytest.mark.parametrize(
    ("serial", "parallel", "repeats"), [(1.0, 2.0, 1), (4.0, 1.0, 2), (9.0, 1.0, 3), (1e9, 1.0, 8)]
)
def test_the_longer_side_runs_less_often(serial: float, parallel: float, repeats: int) -> None:
    """By the square root of the ratio, up to a limit."""
    plan = make_plan(serial, parallel, Bound.WAIT, max_seconds=1.0, min_rounds=1)
    assert plan.repeats == repeats <= MAX_REPEATS


def test_workloads_that_take_no_time_are_planned() -> None:
    """A clock may not see them."""
    plan = make_plan(0.0, 0.0, Bound.CPU, max_seconds=1e-8, min_rounds=1)
    assert plan.rounds >= MIN_ROUNDS


def test_a_workload_that_takes_no_time_gets_an_end() -> None:
    """The kernel's turns are not counted, and a million of them would take hours."""
    plan = make_plan(1e-6, 1e-6, Bound.CPU, max_seconds=1.0, min_rounds=5)
    assert plan.rounds == 200
    assert make_plan(1e-6, 1e-6, Bound.CPU, max_seconds=1.0, min_rounds=300).rounds == 300
