from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_speedup.gate import (
    BY_COUNTERS,
    BY_FLOOR,
    base_of,
    changed_versions,
    confirmed,
    to_confirm,
)
from pytest_speedup.model import Outcome, SavedCell, Verdict
from tests.gate.builders import make_readings, make_saved
from tests.samples import MACHINE

SAVED = replace(make_saved(make_readings(2.0)), commit="a" * 40, created="2026-01-01", loaded={})


def verdict(outcome: Outcome, reason: str = "") -> Verdict:
    return Verdict("x", outcome, reason=reason, ruled_out=0.03)


def settle(saved: Outcome, code: Outcome, *changed: str) -> Verdict:
    return confirmed(verdict(saved, "by saved runs"), verdict(code, "by code"), "abc", changed)


@pytest.mark.parametrize("outcome", Outcome)
def test_what_is_open_or_red_by_time_is_compared(outcome: Outcome) -> None:
    """All else is decided, or no comparison would say more."""
    asked = {Outcome.INCONCLUSIVE, Outcome.UNCONFIRMED, Outcome.REGRESSED}
    assert to_confirm({"x": verdict(outcome)}) == ["x"] * (outcome in asked)
    assert to_confirm({"x": replace(verdict(outcome), acknowledged="reviewed")}) == []


@pytest.mark.parametrize("reason", [f"{BY_COUNTERS} (pools)", f"it lost; {BY_FLOOR} 3x"])
def test_what_is_red_whatever_its_time_stays_red(reason: str) -> None:
    """A floor, or a count, is no matter of the machine."""
    assert to_confirm({"x": verdict(Outcome.REGRESSED, reason)}) == []


@pytest.mark.parametrize("saved", [Outcome.INCONCLUSIVE, Outcome.UNCONFIRMED, Outcome.REGRESSED])
def test_the_code_decides(saved: Outcome) -> None:
    """Where it lost the cell is red, whatever else changed, and however sure saved runs were."""
    for changed in ((), ("numpy 1 -> 2",)):
        one = settle(saved, Outcome.REGRESSED, *changed)
        assert (one.outcome, one.reason) == (Outcome.REGRESSED, "by code; side by side with abc")
    assert settle(saved, Outcome.BROKEN).outcome is Outcome.BROKEN


@pytest.mark.parametrize("good", [one for one in Outcome if one.is_good])
def test_code_that_did_not_lose_leaves_what_is_installed_and_the_machine(good: Outcome) -> None:
    """What is installed fails; a machine that got slower is said, and fails nothing."""
    passed = settle(Outcome.INCONCLUSIVE, good)
    assert (passed.outcome, passed.ruled_out) == (good, 0.03)
    machine = settle(Outcome.REGRESSED, good)
    assert machine.outcome is Outcome.INCONCLUSIVE
    assert machine.reason.endswith("nor did what it loads change: the machine")
    for saved in (Outcome.INCONCLUSIVE, Outcome.REGRESSED):
        installed = settle(saved, good, "numpy 1 -> 2")
        assert (installed.outcome, installed.ruled_out) == (Outcome.ENVIRONMENT, None)
        assert installed.reason.endswith("has changed since: numpy 1 -> 2")


@pytest.mark.parametrize("code", [Outcome.INCONCLUSIVE, Outcome.UNCONFIRMED, Outcome.UNWATCHED])
def test_what_stays_open_is_no_green(code: Outcome) -> None:
    """A loss that saved runs show is not taken back by a comparison that cannot tell."""
    assert settle(Outcome.REGRESSED, code).outcome is Outcome.UNCONFIRMED
    weaker = Outcome.UNCONFIRMED if code.is_loss else Outcome.INCONCLUSIVE
    assert settle(Outcome.INCONCLUSIVE, code).outcome is weaker


@pytest.mark.parametrize(
    "code", [Outcome.NEW, Outcome.INCOMPARABLE, Outcome.SKIPPED, Outcome.TOO_SHORT, Outcome.MISSING]
)
def test_what_cannot_be_compared_stays_as_saved_runs_have_it(code: Outcome) -> None:
    """And says so."""
    one = settle(Outcome.REGRESSED, code)
    assert one.outcome is Outcome.REGRESSED
    assert one.reason == f"by saved runs; not compared with abc: {code.value}; by code"
    saved = verdict(Outcome.REGRESSED)
    assert confirmed(saved, None, "abc", ()) is saved


def test_versions_of_what_both_had_loaded_are_compared() -> None:
    """What only one of them loads is a matter of its code; what is not known may have changed."""
    then = {"a": "1", "b": "1", "gone": "1"}
    assert changed_versions(then, {"a": "1", "b": "2", "new": "1"}) == ["b 1 -> 2"]
    assert changed_versions(then, then) == []
    assert changed_versions(None, then) == ["what was loaded then is not known"]


def test_the_newest_run_that_says_what_it_measured_is_the_base() -> None:
    """Neither one of changed files, nor one of another machine, nor one without a commit."""
    newer = replace(SAVED, run="0002_x", created="2026-01-02", commit="b" * 40)
    others = [
        replace(newer, dirty=True),
        replace(newer, commit=""),
        replace(newer, machine=replace(MACHINE, python="CPython 3.9.1")),
    ]
    found: list[SavedCell | None] = [
        base_of([[SAVED, newer]], MACHINE),
        base_of([[newer], [SAVED]], MACHINE),
        base_of([[SAVED, *others]], MACHINE),
        base_of([others], MACHINE),
    ]
    assert found == [newer, newer, SAVED, None]
