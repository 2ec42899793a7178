"""What became of every cell, what they came to together, and the exit code."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations, product

import pytest

from pytest_speedup.gate import (
    BROKEN,
    NOT_GREEN,
    Ending,
    How,
    RunEnd,
    account,
    exit_code,
    missing_cells,
    take_stock,
    worse_of,
)
from pytest_speedup.gate.standing import WRONG_USAGE
from pytest_speedup.model import GRAVEST_FIRST, Cell, Kind, Outcome, Standing, Verdict
from tests.samples import make_cell

DECIDED = (Outcome.PASSED, Outcome.REGRESSED, Outcome.IMPROVED, Outcome.SERIAL_IMPROVED)
NOT_JUDGED = (Outcome.NEW, Outcome.SKIPPED, Outcome.TOO_SHORT)
NEVER_ALLOWED = (Outcome.BROKEN, Outcome.REGRESSED, Outcome.UNCONFIRMED, Outcome.DEPENDENCIES)
ALLOWABLE = (
    Outcome.MISSING,
    Outcome.INCOMPARABLE,
    Outcome.UNWATCHED,
    Outcome.ENVIRONMENT,
    Outcome.INCONCLUSIVE,
    Outcome.NEW,
)


def subsets(outcomes: tuple[Outcome, ...]) -> list[tuple[Outcome, ...]]:
    sizes = (combinations(outcomes, size) for size in range(len(outcomes) + 1))
    return list(chain.from_iterable(sizes))


ALL = subsets(tuple(Outcome))
FEW = [outcomes for outcomes in ALL if len(outcomes) <= 3] + [tuple(Outcome)]
"""Enough for each outcome beside any two others."""


def verdicts(*outcomes: Outcome) -> list[Verdict]:
    return [
        Verdict(f"test_a.py::test_{index}", outcome, detectable=0.05 + index / 100, margin=0.04)
        for index, outcome in enumerate(outcomes)
    ]


def test_no_run_is_green_that_is_not() -> None:
    """Whatever else it has: all sets of outcomes, with all that can be allowed."""
    for outcomes in ALL:
        standing = take_stock(verdicts(*outcomes), ALLOWABLE)
        assert standing.is_green is (
            not {*NEVER_ALLOWED, Outcome.REGRESSED}.intersection(outcomes)
            and (
                bool({*DECIDED, Outcome.ENVIRONMENT}.intersection(outcomes))
                or (Outcome.NEW in outcomes and set(outcomes) <= {Outcome.NEW, Outcome.SKIPPED})
            )
        ), outcomes


@pytest.mark.parametrize("allowed", subsets(ALLOWABLE))
def test_what_is_not_allowed_is_not_green(allowed: tuple[Outcome, ...]) -> None:
    """Beside any others."""
    refused = set(ALLOWABLE) - {Outcome.NEW} - set(allowed)
    for outcomes in FEW:
        standing = take_stock(verdicts(*outcomes), allowed)
        if refused.intersection(outcomes):
            assert not standing.is_green
            assert refused.intersection(outcomes) <= {one.outcome for one in standing.failing}


@pytest.mark.parametrize("refused", [one for one in ALLOWABLE if one is not Outcome.NEW])
def test_one_that_is_not_allowed_is_enough(refused: Outcome) -> None:
    """Beside all sets of others, and with everything else allowed."""
    allowed = [one for one in ALLOWABLE if one is not refused]
    for outcomes in ALL:
        if refused in outcomes:
            standing = take_stock(verdicts(*outcomes), allowed)
            assert not standing.is_green
            assert refused in {one.outcome for one in standing.failing}


@pytest.mark.parametrize("outcome", NEVER_ALLOWED)
def test_some_outcomes_cannot_be_allowed(outcome: Outcome) -> None:
    """Not even by a caller that would."""
    assert not take_stock(verdicts(Outcome.PASSED, outcome), tuple(Outcome)).is_green


def test_the_gravest_outcome_names_the_run() -> None:
    """As the exit code does: broken before red before whatever is not green."""
    for outcomes in ALL:
        kind = take_stock(verdicts(*outcomes), ()).kind
        assert (kind is Kind.BROKEN) is (Outcome.BROKEN in outcomes)
        if Outcome.BROKEN not in outcomes:
            assert (kind is Kind.RED) is (Outcome.REGRESSED in outcomes)


def test_what_keeps_it_from_green_is_named_gravest_first() -> None:
    """And nothing else is."""
    outcomes = (Outcome.NEW, Outcome.MISSING, Outcome.PASSED, Outcome.REGRESSED, Outcome.BROKEN)
    standing = take_stock(verdicts(*outcomes), ())
    assert [one.outcome for one in standing.failing] == [
        Outcome.BROKEN,
        Outcome.REGRESSED,
        Outcome.MISSING,
    ]


def test_an_acknowledged_loss_is_green_beside_a_cell_that_is() -> None:
    """It is counted apart; a suite of nothing else vouches for nothing."""
    loss = Verdict("x", Outcome.REGRESSED, acknowledged="reviewed")
    standing = take_stock([loss, *verdicts(Outcome.REGRESSED)], ())
    assert (standing.kind, standing.acknowledged) == (Kind.RED, 1)
    assert take_stock([loss, *verdicts(Outcome.PASSED)], ()).kind is Kind.GREEN
    for others in ((), (Outcome.NEW,), (Outcome.SKIPPED,), (Outcome.INCONCLUSIVE,)):
        assert take_stock([loss, *verdicts(*others)], ALLOWABLE).kind is Kind.UNDECIDED


@pytest.mark.parametrize(
    ("outcomes", "allowed", "kind"),
    [
        ((), ALLOWABLE, Kind.UNDECIDED),
        ((Outcome.SKIPPED,), ALLOWABLE, Kind.UNDECIDED),
        ((Outcome.INCONCLUSIVE,), ALLOWABLE, Kind.UNDECIDED),
        ((Outcome.INCOMPARABLE,), ALLOWABLE, Kind.UNDECIDED),
        ((Outcome.NEW, Outcome.MISSING), ALLOWABLE, Kind.UNDECIDED),
        ((Outcome.NEW, Outcome.INCONCLUSIVE), ALLOWABLE, Kind.UNDECIDED),
        ((Outcome.NEW, Outcome.SKIPPED), ALLOWABLE, Kind.NEW),
        ((Outcome.NEW, Outcome.TOO_SHORT), ALLOWABLE, Kind.UNDECIDED),
        ((Outcome.UNWATCHED,), ALLOWABLE, Kind.UNDECIDED),
        ((Outcome.ENVIRONMENT,), (), Kind.NOT_GREEN),
        ((Outcome.ENVIRONMENT,), ALLOWABLE, Kind.GREEN),
        ((Outcome.ENVIRONMENT, Outcome.INCONCLUSIVE), ALLOWABLE, Kind.GREEN),
        ((Outcome.ENVIRONMENT, Outcome.REGRESSED), ALLOWABLE, Kind.RED),
        ((Outcome.NEW,), (), Kind.NOT_GREEN),
        ((Outcome.NEW, Outcome.PASSED), (), Kind.GREEN),
    ],
)
def test_where_nothing_is_decided_nothing_is_green(
    outcomes: tuple[Outcome, ...], allowed: tuple[Outcome, ...], kind: Kind
) -> None:
    """But for the pull request that brings the suite, which has nothing to be compared with."""
    assert take_stock(verdicts(*outcomes), allowed).kind is kind


def test_cells_are_counted_once() -> None:
    """New and skipped ones are nobody's to judge."""
    standing = take_stock(verdicts(*Outcome), ())
    assert standing.judged == len(Outcome) - len(NOT_JUDGED)
    assert standing.decided == len(DECIDED)
    assert sum(count for _, count in standing.counts) == len(Outcome)


def test_what_would_have_shown_is_known_of_each_or_not_at_all() -> None:
    """One cell of which it is not known would make it untrue."""
    some = verdicts(Outcome.PASSED, Outcome.INCONCLUSIVE, Outcome.REGRESSED)
    assert take_stock(some, ()).would_show == (0.05, 0.05 + 1 / 100)
    assert take_stock([*some, Verdict("x", Outcome.PASSED)], ()).would_show is None
    assert take_stock([], ()).would_show is None


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


ALLOWABLE_OUTCOMES = tuple(one for one in ALLOWABLE if one is not Outcome.NEW)

CODES = {
    Outcome.PASSED: 0,
    Outcome.IMPROVED: 0,
    Outcome.SERIAL_IMPROVED: 0,
    Outcome.NEW: 10,
    Outcome.SKIPPED: 10,
    Outcome.INCONCLUSIVE: 10,
    Outcome.UNCONFIRMED: 10,
    Outcome.DEPENDENCIES: 10,
    Outcome.UNWATCHED: 10,
    Outcome.ENVIRONMENT: 10,
    Outcome.TOO_SHORT: 10,
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
    together = take_stock(verdicts, allowed=(*ALLOWABLE_OUTCOMES, Outcome.NEW))
    expected = {
        Outcome.REGRESSED: 1,
        Outcome.BROKEN: 11,
        Outcome.UNCONFIRMED: 10,
        Outcome.DEPENDENCIES: 10,
    }
    assert exit_code(RunEnd(0), together) == expected.get(outcome, 0)


def make(outcome: Outcome, reason: str = "", *, helps: bool = False) -> Verdict:
    return Verdict("x", outcome, reason=reason, more_would_help=helps)


def test_every_outcome_has_its_place() -> None:
    """One that had none could hide another."""
    assert sorted(GRAVEST_FIRST, key=list(Outcome).index) == list(Outcome)
    assert len({one.gravity for one in Outcome}) == len(Outcome)


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        (Outcome.REGRESSED, Outcome.UNCONFIRMED),
        (Outcome.UNCONFIRMED, Outcome.INCOMPARABLE),
        (Outcome.INCOMPARABLE, Outcome.INCONCLUSIVE),
        (Outcome.INCONCLUSIVE, Outcome.NEW),
        (Outcome.NEW, Outcome.PASSED),
        (Outcome.INCONCLUSIVE, Outcome.IMPROVED),
    ],
)
def test_the_worse_outcome_is_taken(worse: Outcome, better: Outcome) -> None:
    """Whichever comes first."""
    assert worse_of(make(worse), make(better)).outcome is worse
    assert worse_of(make(better), make(worse)).outcome is worse


def test_nothing_hides_a_regression() -> None:
    """But what broke, which is as bad."""
    for pair in product(Outcome, Outcome):
        if Outcome.REGRESSED in pair and Outcome.BROKEN not in pair:
            assert worse_of(*map(make, pair)).outcome is Outcome.REGRESSED


def test_the_reasons_of_both_are_kept_where_neither_is_green() -> None:
    """The worse one first."""
    red, still_open = make(Outcome.REGRESSED, "it fell"), make(Outcome.INCONCLUSIVE, "its floor")
    assert worse_of(still_open, red).reason == "it fell; its floor"
    assert worse_of(make(Outcome.PASSED, "slower alike"), red).reason == "it fell"
    assert worse_of(make(Outcome.INCONCLUSIVE), red).reason == "it fell"


def test_it_is_measured_on_while_either_can_be_decided() -> None:
    """Red is decided."""
    still_open = make(Outcome.INCONCLUSIVE, helps=True)
    assert worse_of(make(Outcome.INCOMPARABLE), still_open).more_would_help
    assert worse_of(make(Outcome.PASSED), still_open).more_would_help
    assert not worse_of(make(Outcome.REGRESSED), still_open).more_would_help


def test_of_two_equals_the_first_is_taken() -> None:
    """The one against the baseline, which knows more."""
    one, other = make(Outcome.PASSED), make(Outcome.PASSED)
    assert worse_of(one, other) == one


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


FIRST = Cell("test_work[thread-2]", "test_work", "thread", 2, "quick")
SECOND = replace(FIRST, id="test_work[thread-4]", workers=4)


def test_a_cell_is_missed_once_whatever_its_size_was() -> None:
    """Runs of several sizes have the same cell: its id identifies it."""
    saved = [FIRST, SECOND, replace(FIRST, size="default")]
    missed = missing_cells(saved, set(), lambda _: True)
    assert [verdict.cell for verdict in missed] == [FIRST.id, SECOND.id]


def test_the_latest_size_decides_what_is_in_scope() -> None:
    """The selection is asked about the cell as it was saved last."""
    saved = [FIRST, replace(FIRST, size="default")]
    assert missing_cells(saved, set(), lambda cell: cell.size == "quick") == []
    assert len(missing_cells(saved, set(), lambda cell: cell.size == "default")) == 1


OLD, KEPT, DESELECTED = (make_cell("thread", workers) for workers in (1, 2, 4))


def test_cells_that_were_to_be_measured_are_missed_once() -> None:
    """However many saved runs have them; deselected ones are not missed."""
    verdicts = missing_cells(
        [OLD, OLD, KEPT, DESELECTED], {KEPT.id}, lambda cell: cell != DESELECTED
    )
    assert [(one.cell, one.outcome) for one in verdicts] == [(OLD.id, Outcome.MISSING)]
    assert "--speedup-allow=missing" in verdicts[0].reason
