from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import RECENT, Baseline, Deviation, Measured, compare, differences
from pytest_speedup.model import Bound, Cpus, Outcome, Verdict
from tests.gate.builders import POLICY, make_readings, make_saved
from tests.samples import MACHINE, make_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import SavedCell

SAVED = make_saved(make_readings(4.0))


def judged(speedup: float, saved: Sequence[SavedCell]) -> Verdict:
    parallel = 4.0 / speedup
    measured = Measured(
        make_cell(), Bound.WAIT, MACHINE, [make_readings(speedup, parallel=parallel)]
    )
    return compare(measured, Baseline(saved, saved), margin=0.1, error=0.001, policy=POLICY)


def test_a_cell_that_no_baseline_has_is_new() -> None:
    """It says what happens next."""
    verdict = judged(1.0, [])
    assert verdict.outcome is Outcome.NEW
    assert "will be compared once a run with it is saved" in verdict.reason


def test_a_loss_against_the_baseline_is_red() -> None:
    """Both sides lead to the same judge."""
    assert judged(2.0, [SAVED]).outcome is Outcome.REGRESSED
    assert judged(4.0, [SAVED]).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"cpu_model": "Other"}, "CPU model Other then, Test CPU now"),
        ({"cpus": Cpus(4, 1, None)}, "effective CPUs 1 then, 2 now"),
        ({"cpus": Cpus(4, 4, 1.5)}, "effective CPUs 1.5 then, 2 now"),
        ({"python": "CPython 3.11.1"}, "Python CPython 3.11.1 then, CPython 3.12.1 now"),
        ({"gil": False}, "GIL off then, on now"),
        ({"start_method": "fork"}, "start method fork then, spawn now"),
    ],
)
def test_a_baseline_of_another_kind_is_incomparable(changes: dict[str, object], named: str) -> None:
    """The verdict says what differs, and what to do."""
    machine = replace(MACHINE, **changes)  # type: ignore[arg-type]
    verdict = judged(4.0, [replace(SAVED, machine=machine)])
    assert verdict.outcome is Outcome.INCOMPARABLE
    assert verdict.reason == f"the baseline is of another kind: {named}; save a baseline here"


def test_another_size_is_incomparable() -> None:
    """A quick size has another speedup."""
    other = replace(SAVED, cell=make_cell(size="quick"))
    assert differences(other, make_cell(), MACHINE) == ["size quick then, default now"]


def test_logical_cpus_alone_do_not_matter() -> None:
    """What counts is how many can be used."""
    more = replace(SAVED, machine=replace(MACHINE, cpus=Cpus(64, 2, None)))
    assert differences(more, make_cell(), MACHINE) == []


def test_comparable_runs_are_picked_out_of_a_mixed_storage() -> None:
    """A run from another machine in between does not spoil the others."""
    elsewhere = replace(SAVED, machine=replace(MACHINE, cpu_model="Other"))
    assert judged(2.0, [SAVED, elsewhere]).outcome is Outcome.REGRESSED


def test_the_last_runs_are_the_baseline() -> None:
    """A speedup that improved for good is the norm, however long the history before it."""
    before = [make_saved(make_readings(1.0))] * 200
    after = [make_saved(make_readings(4.0))] * RECENT
    assert judged(2.0, [*before, *after]).outcome is Outcome.REGRESSED


@pytest.mark.parametrize(("now", "then"), [("wait", "cpu"), ("cpu", "wait")])
def test_a_cell_that_computed_once_varies_as_computing_does(now: str, then: str) -> None:
    """A neighbour that takes the core makes computing look like waiting."""
    wide = replace(
        POLICY, deviations={**POLICY.deviations, (Bound.CPU, "thread"): Deviation(1.0, 1.0)}
    )
    measured = Measured(make_cell(), Bound(now), MACHINE, [make_readings(2.0, parallel=2.0)])
    saved = [replace(SAVED, bound=Bound(then))]
    verdict = compare(measured, Baseline(saved, saved), margin=0.1, error=0.001, policy=wide)
    assert verdict.outcome is Outcome.INCONCLUSIVE
