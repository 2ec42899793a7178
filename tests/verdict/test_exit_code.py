"""From how pytest ended, and what cells came to, to one exit code."""

from __future__ import annotations

import pytest

from pytest_speedup.model import Kind, Outcome, Standing, Verdict
from pytest_speedup.verdict import BROKEN, NOT_GREEN, RunEnd, exit_code, take_stock
from pytest_speedup.verdict.exit_code import WRONG_USAGE

UNDECIDED = take_stock([], [])


def standing(outcome: Outcome) -> Standing:
    return take_stock([Verdict("test_work.py::test_work[thread-2]", outcome)], [])


@pytest.mark.parametrize(
    ("end", "outcome", "expected"),
    [
        (RunEnd(0), Outcome.PASSED, 0),
        (RunEnd(0), Outcome.REGRESSED, 1),
        (RunEnd(0), Outcome.BROKEN, BROKEN),
        (RunEnd(1), Outcome.BROKEN, BROKEN),
        (RunEnd(1), Outcome.PASSED, 1),
        (RunEnd(2), Outcome.REGRESSED, 1),
        (RunEnd(5), Outcome.PASSED, NOT_GREEN),
    ],
)
def test_the_gravest_wins(end: RunEnd, outcome: Outcome, expected: int) -> None:
    """Of what cells came to and of what pytest ended with."""
    assert exit_code(end, standing(outcome)) == expected


def test_what_cannot_be_collected_is_broken() -> None:
    """Although pytest, asked for a test of that file by its id, calls it wrong usage."""
    assert UNDECIDED.kind is Kind.UNDECIDED
    assert exit_code(RunEnd(WRONG_USAGE), UNDECIDED) == WRONG_USAGE
    assert exit_code(RunEnd(WRONG_USAGE, uncollected=True), UNDECIDED) == BROKEN
