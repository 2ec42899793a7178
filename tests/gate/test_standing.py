from __future__ import annotations

from itertools import chain, combinations

import pytest

from pytest_speedup.gate import take_stock
from pytest_speedup.model import Kind, Outcome, Verdict

DECIDED = (Outcome.PASSED, Outcome.REGRESSED, Outcome.IMPROVED, Outcome.SERIAL_IMPROVED)
NOT_JUDGED = (Outcome.NEW, Outcome.SKIPPED)
NEVER_ALLOWED = (Outcome.BROKEN, Outcome.REGRESSED, Outcome.UNCONFIRMED, Outcome.DEPENDENCIES)
ALLOWABLE = (Outcome.MISSING, Outcome.INCOMPARABLE, Outcome.INCONCLUSIVE, Outcome.NEW)


def subsets(outcomes: tuple[Outcome, ...]) -> list[tuple[Outcome, ...]]:
    sizes = (combinations(outcomes, size) for size in range(len(outcomes) + 1))
    return list(chain.from_iterable(sizes))


ALL = subsets(tuple(Outcome))


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
                bool(set(DECIDED).intersection(outcomes))
                or (Outcome.NEW in outcomes and set(outcomes) <= set(NOT_JUDGED))
            )
        ), outcomes


@pytest.mark.parametrize("allowed", subsets(ALLOWABLE))
def test_what_is_not_allowed_is_not_green(allowed: tuple[Outcome, ...]) -> None:
    """Beside any others."""
    refused = {Outcome.MISSING, Outcome.INCOMPARABLE, Outcome.INCONCLUSIVE} - set(allowed)
    for outcomes in ALL:
        standing = take_stock(verdicts(*outcomes), allowed)
        if refused.intersection(outcomes):
            assert not standing.is_green
            assert refused.intersection(outcomes) <= {one.outcome for one in standing.failing}


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


def test_an_acknowledged_loss_is_decided_and_green() -> None:
    """It is counted apart."""
    loss = Verdict("x", Outcome.REGRESSED, acknowledged="reviewed")
    standing = take_stock([loss, *verdicts(Outcome.REGRESSED)], ())
    assert (standing.kind, standing.acknowledged) == (Kind.RED, 1)
    assert take_stock([loss], ()).kind is Kind.GREEN


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
