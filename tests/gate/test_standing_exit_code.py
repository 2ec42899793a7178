"""From how pytest ended, and what cells came to, to one exit code."""

from __future__ import annotations

from itertools import product

import pytest

from pytest_speedup.gate import BROKEN, NOT_GREEN, RunEnd, exit_code, take_stock
from pytest_speedup.gate.standing import WRONG_USAGE
from pytest_speedup.model import Kind, Outcome, Standing, Verdict

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


PYTEST = (0, 1, 2, 3, 4, 5, 10, 11)
"""pytest's own exit codes, and ours, which may have been set before."""

SWITCHES = (False, True)
ENDINGS = [
    RunEnd(code, interrupted, uncollected, unsaved)
    for code in PYTEST
    for interrupted, uncollected, unsaved in product(SWITCHES, SWITCHES, SWITCHES)
]
GREEN = (Kind.GREEN, Kind.NEW)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("ending", ENDINGS, ids=str)
def test_nothing_but_a_green_run_that_ended_well_is_0(ending: RunEnd, kind: Kind) -> None:
    """Whatever tests and plugins made of pytest's own code."""
    well = not (ending.code or ending.interrupted or ending.unsaved)
    green = kind is Kind.MEASURED or (kind in GREEN and not ending.uncollected)
    assert (exit_code(ending, Standing(kind)) == 0) == (well and green)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("ending", ENDINGS, ids=str)
def test_the_gravest_that_holds_is_the_code(ending: RunEnd, kind: Kind) -> None:
    """Interrupted, wrong usage, broken, red or failed, not green: in this order."""
    if kind is Kind.MEASURED:
        return
    holds = {
        2: ending.interrupted,
        4: ending.code == 4 and not ending.uncollected,
        11: kind is Kind.BROKEN or ending.uncollected or ending.code in {3, 11},
        1: kind is Kind.RED or ending.code == 1,
        10: kind not in GREEN or ending.code != 0 or ending.unsaved,
        0: True,
    }
    assert exit_code(ending, Standing(kind)) == next(code for code, on in holds.items() if on)


@pytest.mark.parametrize("ending", ENDINGS, ids=str)
def test_where_nothing_is_judged_pytest_has_the_word(ending: RunEnd) -> None:
    """But an interrupted run is interrupted, and one that could not be saved is not green."""
    code = exit_code(ending, Standing(Kind.MEASURED))
    if ending.interrupted:
        assert code == 2
    elif ending.code == 0 and ending.unsaved:
        assert code == 10
    else:
        assert code == ending.code


@pytest.mark.parametrize("code", PYTEST)
def test_a_red_cell_is_1_whatever_became_of_its_test(code: int) -> None:
    """As long as nothing is broken and nobody called it wrongly."""
    expected = {3: 11, 11: 11, 4: 4}.get(code, 1)
    assert exit_code(RunEnd(code), Standing(Kind.RED)) == expected


ALLOWABLE = (Outcome.MISSING, Outcome.INCOMPARABLE, Outcome.INCONCLUSIVE)

CODES = {
    Outcome.PASSED: 0,
    Outcome.IMPROVED: 0,
    Outcome.SERIAL_IMPROVED: 0,
    Outcome.NEW: 10,
    Outcome.SKIPPED: 10,
    Outcome.INCONCLUSIVE: 10,
    Outcome.UNCONFIRMED: 10,
    Outcome.DEPENDENCIES: 10,
    Outcome.DEPENDENCIES: 10,
    Outcome.MISSING: 10,
    Outcome.INCOMPARABLE: 10,
    Outcome.REGRESSED: 1,
    Outcome.BROKEN: 11,
}


@pytest.mark.parametrize("outcome", Outcome)
def test_each_outcome_alone_has_its_code(outcome: Outcome) -> None:
    """Where nothing is allowed: a run that decided nothing is not green."""
    assert exit_code(RunEnd(0), standing(outcome)) == CODES[outcome]


@pytest.mark.parametrize("outcome", Outcome)
def test_no_allowance_reaches_what_is_red_or_broken(outcome: Outcome) -> None:
    """With a cell beside it that passed, and with all allowed that there is."""
    verdicts = [Verdict("w[thread-2]", outcome), Verdict("v[thread-2]", Outcome.PASSED)]
    together = take_stock(verdicts, allowed=(*ALLOWABLE, Outcome.NEW))
    expected = {
        Outcome.REGRESSED: 1,
        Outcome.BROKEN: 11,
        Outcome.UNCONFIRMED: 10,
        Outcome.DEPENDENCIES: 10,
    }
    assert exit_code(RunEnd(0), together) == expected.get(outcome, 0)
