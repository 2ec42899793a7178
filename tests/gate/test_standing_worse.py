from __future__ import annotations

from itertools import product

import pytest

from pytest_speedup.gate import worse_of
from pytest_speedup.model import GRAVEST_FIRST, Outcome, Verdict


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
