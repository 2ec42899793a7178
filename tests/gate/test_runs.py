from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import (
    NOTHING_SAVED,
    Baseline,
    Measured,
    judge_runs,
    settle,
    show_change,
    show_runs,
    since_reset,
)
from pytest_speedup.gate.runs import ALONE, look_back
from pytest_speedup.model import Bound, CellRules, Outcome, Reading, Verdict
from tests.gate.builders import POLICY, make_readings, make_saved
from tests.samples import MACHINE, make_cell
from tests.stacks import COUNTS, make_stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import Readings, SavedCell, SavedChange

CELL = make_cell()
SHARE = 0.05


def saved(*speedups: float) -> list[SavedCell]:
    """The cell in saved runs: parallel time goes the other way."""
    return [
        make_saved(make_readings(one, parallel=2 / one), f"{number:04}_x.json")
        for number, one in enumerate(speedups, 1)
    ]


def outcome_of(now: Sequence[SavedCell], before: Sequence[SavedCell]) -> Outcome:
    (verdict,) = judge_runs({CELL.id: now}, {CELL.id: Baseline(before, before)}, POLICY)
    return verdict.outcome


@pytest.mark.parametrize(
    ("now", "outcome"),
    [
        (2.0, Outcome.PASSED),
        (1.0, Outcome.REGRESSED),
        (4.0, Outcome.IMPROVED),
        (1.68, Outcome.UNCONFIRMED),
    ],
)
def test_a_run_is_judged_by_those_before(now: float, outcome: Outcome) -> None:
    """A loss that is not as sure as a look and its confirmation together is unconfirmed."""
    assert outcome_of(saved(now), saved(2.0, 2.01, 1.99)) is outcome


def test_several_runs_confirm_a_loss() -> None:
    """Each has a pool of workers of its own; those that show none take it back."""
    before = saved(2.0, 2.01, 1.99)
    assert outcome_of(saved(1.6, 1.6, 1.6), before) is Outcome.REGRESSED
    assert outcome_of(saved(0.5, 2.0, 2.0), before) is not Outcome.REGRESSED


@pytest.mark.parametrize(
    ("red_until", "outcome"), [(1e-9, Outcome.REGRESSED), (0.001, Outcome.UNCONFIRMED)]
)
def test_one_block_has_to_be_as_sure_as_two_looks(red_until: float, outcome: Outcome) -> None:
    """The chance of both together is asked for, and no less."""

    def judge(_blocks: Sequence[Readings], error: float) -> Verdict:
        asked.append(error)
        return Verdict("x", Outcome.REGRESSED if error >= red_until else Outcome.INCONCLUSIVE)

    asked: list[float] = []
    verdict = look_back(judge, [make_readings()], SHARE, POLICY)
    assert asked == [SHARE / POLICY.looks, SHARE / POLICY.looks * POLICY.confirming_error]
    assert verdict.outcome is outcome
    assert verdict.reason == (ALONE if outcome is Outcome.UNCONFIRMED else "")


def test_the_error_rate_is_that_of_all_cells() -> None:
    """What is red alone is not among three hundred."""
    before = saved(2.0, 2.01, 1.99)
    cells = {str(number): saved(1.58) for number in range(300)}
    few = judge_runs({"0": cells["0"]}, {"0": Baseline(before, before)}, POLICY)
    many = judge_runs(cells, {"0": Baseline(before, before)}, POLICY)
    assert (few[0].outcome, many[0].outcome) == (Outcome.REGRESSED, Outcome.UNCONFIRMED)


@pytest.mark.parametrize(("margin", "outcome"), [(0.6, Outcome.PASSED), (None, Outcome.REGRESSED)])
def test_the_margin_of_a_test_is_that_of_the_newest_before(
    margin: float | None, outcome: Outcome
) -> None:
    """What the run says that is judged does not count."""
    *older, newest = saved(2.0, 2.01, 1.99)
    before = [*older, replace(newest, own_rules=CellRules(margin))]
    now = [replace(one, own_rules=CellRules(0.9)) for one in saved(1.0)]
    assert outcome_of(now, before) is outcome


def test_what_no_run_has_is_new() -> None:
    """And another machine's is incomparable."""
    assert judge_runs({CELL.id: saved(2.0)}, {}, POLICY)[0].outcome is Outcome.NEW
    other = [replace(one, machine=replace(MACHINE, cpu_model="Abacus")) for one in saved(2.0)]
    assert outcome_of(saved(2.0), other) is Outcome.INCOMPARABLE


def test_no_more_can_be_measured() -> None:
    """Whatever is open stays so."""
    before = saved(2.0)
    (verdict,) = judge_runs({CELL.id: saved(1.8)}, {CELL.id: Baseline(before, before)}, POLICY)
    assert not verdict.more_would_help


def test_counts_and_causes_are_added() -> None:
    """More pools than in comparable runs turn red what passed by time."""
    measured = Measured(CELL, Bound.WAIT, MACHINE, [make_readings(2.0)])
    passed = Verdict(CELL.id, Outcome.PASSED, show_of(2.0).change)
    old = [replace(one, stacks=(make_stack({}),) * 3) for one in saved(2.0, 2.0)]
    more = (make_stack({}, replace(COUNTS, pools=9)),) * 3
    settled = settle(passed, measured, old, more, POLICY)
    assert settled.outcome is Outcome.REGRESSED
    assert settled.explanation is not None
    other = [replace(one, machine=replace(MACHINE, cpu_model="Abacus")) for one in old]
    assert settle(passed, measured, other, more, POLICY).outcome is Outcome.PASSED
    assert settle(passed, measured, [], more, POLICY).explanation is None


def show_of(speedup: float) -> SavedChange:
    measured = Measured(CELL, Bound.WAIT, MACHINE, [make_readings(speedup)])
    before = saved(2.0, 2.02, 1.98)
    return show_change(measured, Baseline(before, before), speedup, POLICY)


def test_a_change_is_shown_with_its_interval() -> None:
    """Half the speedup is half, give or take what runs differ by."""
    shown = show_of(1.0)
    assert shown.change is not None
    assert shown.change.value == pytest.approx(0.5, rel=1e-3)
    assert shown.change.low < 0.5 < shown.change.high
    assert shown.change.confidence == pytest.approx(0.95)
    assert shown.before == pytest.approx(2.0, rel=1e-3)
    assert shown.speedup == 1.0
    assert (shown.outcome, shown.reason) == (None, "")


def test_why_there_is_no_change_is_shown() -> None:
    """In the words of the gate."""
    (shown,) = show_runs({CELL.id: saved(2.0)}, {CELL.id: NOTHING_SAVED}, POLICY)
    assert (shown.change, shown.outcome) == (None, Outcome.NEW)
    assert shown.reason.startswith("no baseline has it")


def test_what_was_saved_before_a_reset_no_longer_counts() -> None:
    """That of another machine has a baseline of its own."""
    first, second, third = saved(2.0, 1.0, 1.0)
    other = replace(first, machine=replace(MACHINE, cpu_model="Abacus"))
    begins = replace(second, begins=True)
    assert since_reset([first, other, begins, third]) == [other, begins, third]
    assert since_reset([first, second]) == [first, second]


def test_a_noisy_reading_is_no_surer() -> None:
    """The interval takes in what the rounds themselves vary by."""
    before = saved(2.0, 2.0)
    baseline = Baseline(before, before)
    noisy = replace(make_readings(2.0), speedup=Reading(math.log(2.0), 0.2))
    wide, narrow = (
        show_change(Measured(CELL, Bound.WAIT, MACHINE, [one]), baseline, 2.0, POLICY).change
        for one in (noisy, make_readings(2.0))
    )
    assert wide is not None
    assert narrow is not None
    assert wide.high > narrow.high
