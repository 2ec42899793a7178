"""Series of saved runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("scipy", reason="exact intervals need the lab's group")

from benchmarks.lab.simulation.histories import KINDS, find_histories, judge_series, scenarios
from benchmarks.lab.simulation.spread_out import runner
from pytest_speedup.model import Outcome

NAMED = {one.name: one for one in scenarios()}
STEPS = NAMED["5 x -2%, 20 runs each: normal 0.5%"]


@pytest.mark.parametrize("kind", KINDS)
def test_unchanged_series_are_not_red(kind: str) -> None:
    """The same seed draws the same."""
    series = NAMED[f"30 runs, unchanged: {kind}"]
    assert Outcome.REGRESSED not in [judge_series(series, seed) for seed in range(10)]
    assert judge_series(series, 3) is judge_series(series, 3)


def test_small_losses_are_red_together() -> None:
    """And not where they are much smaller."""
    assert judge_series(STEPS, 1) is Outcome.REGRESSED
    fewer = replace(STEPS, levels=STEPS.levels[:3])
    assert judge_series(fewer, 1) is Outcome.PASSED


def test_scenarios_are_chosen_by_name() -> None:
    """Each has a line for what is red, with a target, and one for what cannot be told."""
    with runner(1) as run:
        red, few = find_histories(run, 1, 2, STEPS.name)
    assert (red.what, few.what) == ("red", "too few to tell")
    assert red.target == STEPS.target
    assert few.target is None
