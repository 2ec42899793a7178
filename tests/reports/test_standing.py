from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations

import pytest

from pytest_speedup.gate import take_stock
from pytest_speedup.model import Kind, Outcome, Verdict
from pytest_speedup.reports import word_standing
from tests.reports.builders import CHANGE

ALLOWED = (
    *(Outcome.MISSING, Outcome.INCOMPARABLE, Outcome.INCONCLUSIVE, Outcome.NEW),
    Outcome.ENVIRONMENT,
)
PASSED, REGRESSED, OPEN = Outcome.PASSED, Outcome.REGRESSED, Outcome.INCONCLUSIVE


def verdict(outcome: Outcome, name: str = "a", detectable: float | None = 0.05) -> Verdict:
    cell = f"test_a.py::test_{name}[thread-2]"
    change = None if outcome is Outcome.NEW else CHANGE
    return Verdict(cell, outcome, change, detectable, speedup=0.99, before=1.98, margin=0.04)


def word(*verdicts: Verdict, allowed: tuple[Outcome, ...] = ALLOWED) -> str:
    return word_standing(take_stock(verdicts, allowed), ())


@pytest.mark.parametrize(
    ("verdicts", "line"),
    [
        (
            [verdict(REGRESSED, "a"), verdict(REGRESSED, "b"), verdict(PASSED), verdict(OPEN)],
            (
                "RED: 2 of 4 cells regressed: a[thread-2] (1.98x -> 0.99x), b[thread-2] "
                "(1.98x -> 0.99x)"
            ),
        ),
        (
            [verdict(Outcome.BROKEN), verdict(REGRESSED, "b"), verdict(PASSED)],
            "BROKEN: 1 of 3 cells broken: a[thread-2]; 1 regressed: b[thread-2] (1.98x -> 0.99x)",
        ),
        (
            [verdict(Outcome.UNCONFIRMED), verdict(PASSED)],
            "NOT GREEN: 1 of 2 cells unconfirmed: a[thread-2] (1.98x -> 0.99x)",
        ),
        (
            [verdict(PASSED, detectable=0.09), verdict(PASSED)],
            "GREEN: 2 of 2 cells passed; a loss of 9 % or more would have shown in each",
        ),
        (
            [verdict(PASSED), verdict(OPEN, detectable=0.12), verdict(Outcome.NEW)],
            (
                "GREEN: 1 of 2 cells decided, all passed; 1 inconclusive, 1 new; a loss of 12 % or "
                "more would have shown in each"
            ),
        ),
        (
            [verdict(PASSED), verdict(Outcome.IMPROVED), verdict(Outcome.MISSING)],
            (
                "GREEN: 2 of 3 cells decided (1 passed, 1 improved); 1 missing; a loss of 5 % or "
                "more would have shown in each of 2"
            ),
        ),
        (
            [verdict(PASSED), verdict(OPEN, detectable=0.999)],
            (
                "GREEN: 1 of 2 cells decided, all passed; 1 inconclusive; in at least one no loss "
                "would have shown"
            ),
        ),
        ([verdict(PASSED, detectable=None)], "GREEN: 1 of 1 cell passed"),
        (
            [verdict(Outcome.ENVIRONMENT), verdict(Outcome.ENVIRONMENT)],
            "GREEN: the code of 2 of 2 cells did not lose; 2 environment",
        ),
        (
            [verdict(Outcome.ENVIRONMENT), verdict(PASSED, detectable=None)],
            "GREEN: 1 of 2 cells decided, all passed; 1 environment",
        ),
        (
            [verdict(OPEN, detectable=0.07), verdict(OPEN, detectable=0.12)],
            (
                "UNDECIDED: 0 of 2 cells could be judged at the 4 % margin (a loss of 7 to 12 % "
                "would have shown)"
            ),
        ),
        (
            [verdict(OPEN), replace(verdict(OPEN), margin=0.9), verdict(Outcome.NEW)],
            (
                "UNDECIDED: 0 of 2 cells could be judged at margins of 4 to 90 % (a loss of 5 % "
                "would have shown); 2 inconclusive, 1 new"
            ),
        ),
        (
            [replace(verdict(REGRESSED), acknowledged="reviewed"), verdict(Outcome.NEW, "b")],
            ("UNDECIDED: 1 of 1 cell lost what was acknowledged, and no other was decided; 1 new"),
        ),
        ([], "UNDECIDED: no cell was judged"),
        ([verdict(Outcome.SKIPPED)], "UNDECIDED: no cell was judged; 1 skipped"),
        (
            [verdict(Outcome.NEW), verdict(Outcome.NEW, "b")],
            "NEW: nothing to compare with yet: 2 new",
        ),
    ],
)
def test_the_first_line(verdicts: list[Verdict], line: str) -> None:
    """Says where a run stands, with what it rests on."""
    assert word(*verdicts) == line


def test_a_first_run_without_saved_ones_is_not_green() -> None:
    """Other than a first pull request, which has a base that could be looked at."""
    assert word(verdict(Outcome.NEW), allowed=()) == "NOT GREEN: 1 new: a[thread-2]"


def test_strictness_is_named_by_what_it_refuses() -> None:
    """The cells that are not decided."""
    line = word(verdict(OPEN), verdict(PASSED, "b"), allowed=())
    assert line == "NOT GREEN: 1 of 2 cells inconclusive: a[thread-2]"


def test_many_cells_are_named_by_a_few() -> None:
    """And long names by their ends: this is one line."""
    red = [verdict(REGRESSED, f"{index}{'x' * 1000}") for index in range(30)]
    line = word(*red)
    assert line.startswith("RED: 30 of 30 cells regressed: 0xxx")
    assert line.endswith(" and 25 more")
    assert len(line) < 600


@pytest.mark.parametrize("allowed", [(), ALLOWED])
def test_the_first_line_is_true_of_every_run(allowed: tuple[Outcome, ...]) -> None:
    """All sets of outcomes: what is wrong is named, what is open counted, no cell forgotten."""
    sizes = range(len(Outcome) + 1)
    every = chain.from_iterable(combinations(Outcome, size) for size in sizes)
    for outcomes in every:
        line = word(*(verdict(one, one.name.lower()) for one in outcomes), allowed=allowed)
        kind, _, rest = line.partition(": ")
        assert "lost speedup" not in line
        for outcome in (Outcome.BROKEN, REGRESSED, Outcome.UNCONFIRMED):
            if outcome in outcomes:
                assert kind not in {Kind.GREEN.value, Kind.NEW.value, Kind.UNDECIDED.value}, line
                assert outcome.value in rest
        if kind == Kind.GREEN.value:
            assert all(one.value in rest for one in outcomes if one is not PASSED), line
        if OPEN in outcomes and kind == Kind.GREEN.value:
            assert "decided" in rest or "the code of 1 of" in rest
            assert "1 inconclusive" in rest
        assert " 0 " not in rest.removeprefix("0 of ")
