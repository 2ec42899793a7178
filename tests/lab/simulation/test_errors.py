"""Suites of numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import pytest

pytest.importorskip("scipy", reason="exact intervals need the lab's group")

from benchmarks.lab.simulation import errors
from benchmarks.lab.simulation.errors import (
    ALL,
    COARSE,
    NAMED,
    ONE,
    UNCHANGED,
    Drawn,
    draw_suite,
    find_errors,
)
from benchmarks.lab.simulation.spread_out import runner
from pytest_speedup.statistics import Shift

NORMAL = "normal, a third of it"


@pytest.fixture(autouse=True)
def _few_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have few blocks to draw from, so that none are read from rounds."""

    def blocks(_model: object, rounds: int) -> tuple[Shift, ...]:
        scores = (NormalDist().inv_cdf((at + 0.5) / 40) for at in range(40))
        return tuple(Shift(one / math.sqrt(rounds), rounds) for one in scores)

    monkeypatch.setattr(errors, "unit_shifts", blocks)


def test_unchanged_numbers_are_not_red() -> None:
    """And nothing passed that had lost."""
    assert draw_suite(NORMAL, 12, UNCHANGED, 1) == Drawn(red=False, passed=None)


@pytest.mark.parametrize("lost", [ALL, ONE, COARSE])
def test_a_cell_that_lost_is_looked_at(lost: str) -> None:
    """It may pass or not, and is the same for a seed."""
    drawn = draw_suite(NORMAL, 12, lost, 1)
    assert drawn.passed in (True, False)
    assert draw_suite(NORMAL, 12, lost, 1) == drawn


def test_a_rule_that_errs_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells pass, and suites are red, where a third of all looks may err in either way."""
    lax = replace(
        NAMED,
        error_rate=60.0,
        fall_error=2.5,
        pass_error=2.5,
        first_pass_error=0.4,
        fewest=1,
    )
    monkeypatch.setattr(errors, "NAMED", lax)
    drawn = [draw_suite(NORMAL, 24, ALL, seed) for seed in range(8)]
    assert sum(one.passed is True for one in drawn) > 1
    assert sum(one.red for one in drawn) > 1


def test_scenarios_are_chosen_by_name() -> None:
    """With the target of each."""
    only = f"24 cells, {UNCHANGED}: {NORMAL}"
    with runner(1) as run:
        (finding,) = find_errors(run, 1, 2, only)
        names = [one.scenario for one in find_errors(run, 1, 1, f"24 cells, {ONE}: normal, as")]
    assert finding.scenario == only
    assert finding.found.interval()[0] == 0
    assert names == [f"24 cells, {ONE}: normal, as stated"]
