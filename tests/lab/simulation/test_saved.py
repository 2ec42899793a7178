"""Suites that are judged by saved runs, on a machine that varies as is stated, or more."""

from __future__ import annotations

from functools import partial

import pytest

pytest.importorskip("scipy", reason="exact intervals need the lab's group")

from benchmarks.lab.simulation import saved
from benchmarks.lab.simulation.saved import CELLS, HALF, UNCHANGED, draw_suite, find_saved
from benchmarks.lab.simulation.spread_out import runner
from pytest_speedup.gate import SavedPolicy


def test_unchanged_suites_are_not_red() -> None:
    """Though they vary twice as much as is stated; the same seed finds the same."""
    drawn = [draw_suite(2, 10, 0.0, seed) for seed in range(6)]
    assert [one.red for one in drawn] == [0] * 6
    assert drawn[0].cells == CELLS
    assert draw_suite(2, 10, 0.0, 0) == drawn[0]


def test_a_loss_of_half_is_seen() -> None:
    """Or there would be nothing to be wrong about."""
    assert draw_suite(1, 10, 0.5, 1).red > CELLS // 2


def test_a_policy_that_believes_what_is_stated_errs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever runs show: three times the spread makes suites red."""
    monkeypatch.setattr(saved, "SavedPolicy", partial(SavedPolicy, deviation_weight=1e9))
    assert any(draw_suite(3, 1, 0.0, seed).red for seed in range(8))


def test_scenarios_have_targets() -> None:
    """Red suites of the error rate at most; how much is seen is only told."""
    with runner(1) as run:
        (one,) = find_saved(run, 1, 2, f"{UNCHANGED}: 1 x as stated, 1 saved")
        (half,) = find_saved(run, 1, 1, f"{HALF}: 1 x as stated, 10 saved")
    assert one.target is not None
    assert one.target.value == SavedPolicy().error_rate
    assert (half.what, half.target) == ("red cells", None)
