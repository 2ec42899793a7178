from __future__ import annotations

import pytest

from pytest_speedup.gate import Ending, How, account
from pytest_speedup.model import Outcome, Verdict

CELL = "test_a.py::test_a[thread-2]"
UNRUN = Ending(How.NOT_RUN, "the run was stopped before it")


def outcome(
    ending: Ending | None, *, known: bool, judged: Outcome | None = None
) -> tuple[Outcome | None, str]:
    verdicts = account(
        [CELL],
        {} if ending is None else {CELL: ending},
        {CELL} if known else set(),
        {} if judged is None else {CELL: Verdict(CELL, judged)},
        UNRUN,
    )
    return (verdicts[0].outcome, verdicts[0].reason) if verdicts else (None, "")


@pytest.mark.parametrize(
    ("how", "known", "expected"),
    [
        (How.MEASURED, True, None),  # serial code, which nobody judges
        (How.MEASURED, False, None),
        (How.SKIPPED, True, Outcome.MISSING),
        (How.SKIPPED, False, Outcome.SKIPPED),
        (How.NOT_CALLED, True, Outcome.MISSING),
        (How.NOT_CALLED, False, Outcome.BROKEN),
        (How.FAILED, True, Outcome.BROKEN),
        (How.FAILED, False, Outcome.BROKEN),
        (How.TWICE, True, Outcome.BROKEN),
        (How.TWICE, False, Outcome.BROKEN),
        (None, True, Outcome.MISSING),
        (None, False, Outcome.MISSING),
    ],
)
def test_a_cell_without_a_verdict_has_an_outcome(
    how: How | None,
    known: bool,  # noqa: FBT001 - a column of the table
    expected: Outcome | None,
) -> None:
    """Nothing that was to be measured ends without a word."""
    ending = None if how is None else Ending(how, "why")
    assert outcome(ending, known=known)[0] is expected


@pytest.mark.parametrize("how", [how for how in How if how is not How.TWICE])
def test_a_verdict_stands(how: How) -> None:
    """Its test has failed for another reason, which pytest's exit code tells."""
    assert outcome(Ending(how), known=True, judged=Outcome.PASSED) == (None, "")


def test_a_second_call_takes_a_pass_away_and_never_a_loss() -> None:
    """Which of two workloads passed is not known."""
    twice = Ending(How.TWICE)
    assert outcome(twice, known=True, judged=Outcome.PASSED)[0] is Outcome.BROKEN
    assert outcome(twice, known=True, judged=Outcome.REGRESSED)[0] is None


def test_the_reason_is_in_the_verdict() -> None:
    """A reader need not look for it in the log."""
    assert outcome(Ending(How.FAILED, "ZeroDivisionError: x"), known=True)[1] == (
        "failed: ZeroDivisionError: x"
    )
    assert outcome(Ending(How.SKIPPED, "no network"), known=True)[1] == (
        "it was measured before, and now is not: skipped: no network"
    )
    assert outcome(None, known=True)[1] == "not run: the run was stopped before it"
