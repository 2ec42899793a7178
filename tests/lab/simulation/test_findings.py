"""What is found beside what is aimed at."""

from __future__ import annotations

import pytest

pytest.importorskip("scipy", reason="exact intervals need the lab's group")

from benchmarks.lab.shares import Share
from benchmarks.lab.simulation.findings import Amount, Finding, Longest, State, Target
from benchmarks.lab.simulation.rows import finding_rows, sum_rows


@pytest.mark.parametrize(
    ("found", "target", "state"),
    [
        (Share(0, 1000), Target(0.01), State.MET),
        (Share(0, 100), Target(0.01), State.UNSURE),
        (Share(50, 100), Target(0.01), State.MISSED),
        (Share(0, 0), Target(0.01), State.UNSURE),
        (Share(0, 3), Target(0.0), State.MET),
        (Share(1, 3), Target(0.0), State.MISSED),
        (Share(0, 0), Target(1.0, is_floor=True), State.MISSED),
        (Share(3, 3), Target(1.0, is_floor=True), State.MET),
        (Share(2, 3), Target(1.0, is_floor=True), State.MISSED),
        (Share(100, 100), Target(0.95, is_floor=True), State.MET),
        (Share(99, 100), Target(0.95, is_floor=True), State.UNSURE),
        (Share(50, 100), Target(0.95, is_floor=True), State.MISSED),
        (Amount([1.0, 3.0], "s"), Target(2.0), State.MET),
        (Amount([1.0, 3.1], "s"), Target(2.0), State.MISSED),
        (Longest([1.0, 3.0], "s"), Target(2.0), State.MISSED),
    ],
)
def test_a_target_is_met_by_the_whole_interval(
    found: Share | Amount, target: Target, state: State
) -> None:
    """Or it is not known."""
    assert Finding("a", "b", found, target).state is state


def test_a_row_has_all_of_it() -> None:
    """And a note under it."""
    finding = Finding("24 cells", "red", Share(50, 100), Target(0.01), "why")
    row, note = finding_rows(finding)
    assert row.split() == ["24", "cells", "red", "50", "of", "100", *row.split()[6:]]
    assert row.endswith("<= 1 %    missed")
    assert note.strip() == "why"
    (plain,) = finding_rows(Finding("24 cells", "time", Amount([1.0, 2.0], "s a cell")))
    assert plain.endswith("1.50 s a cell (at most 2.00)")


def test_what_is_missed_is_named_at_the_end() -> None:
    """After how many are met."""
    findings = [
        Finding("a", "red", Share(50, 100), Target(0.01)),
        Finding("b", "red", Share(0, 1000), Target(0.01)),
        Finding("c", "time", Amount([1.0], "s")),
    ]
    first, second = sum_rows(findings)
    assert first.startswith("2 targets: 1 met, 0 ")
    assert second.startswith("missed: a, red: 50 of 100")
