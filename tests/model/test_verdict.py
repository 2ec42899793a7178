"""What follows from each outcome, written out."""

from __future__ import annotations

import pytest

from pytest_speedup.model import Fails, Outcome, State

DECIDED, OPEN, UNJUDGED, UNASKED = State.DECIDED, State.OPEN, State.UNJUDGED, State.UNASKED

FOLLOWS = {
    "broken": (UNJUDGED, Fails.ALWAYS),
    "regressed": (DECIDED, Fails.ALWAYS),
    "unconfirmed": (OPEN, Fails.ALWAYS),
    "dependencies": (UNJUDGED, Fails.ALWAYS),
    "missing": (UNJUDGED, Fails.UNLESS_ALLOWED),
    "environment": (UNJUDGED, Fails.UNLESS_ALLOWED),
    "incomparable": (UNJUDGED, Fails.UNLESS_ALLOWED),
    "unwatched": (UNJUDGED, Fails.UNLESS_ALLOWED),
    "inconclusive": (OPEN, Fails.IF_STRICT),
    "too short": (UNASKED, Fails.NEVER),
    "new": (UNASKED, Fails.IF_ALONE),
    "skipped": (UNASKED, Fails.NEVER),
    "serial improved": (DECIDED, Fails.NEVER),
    "improved": (DECIDED, Fails.NEVER),
    "passed": (DECIDED, Fails.NEVER),
}
"""By gravity, the gravest first."""


def test_what_follows_from_each() -> None:
    """Nothing that a list elsewhere said is said otherwise here."""
    gravest = sorted(Outcome, key=lambda one: one.gravity, reverse=True)
    assert {one.value: (one.state, one.fails) for one in gravest} == FOLLOWS
    assert [one.value for one in gravest] == list(FOLLOWS)


def test_marks() -> None:
    """Losses, good ones, and those of which it can be said which loss would have shown."""

    def words(mark: str) -> set[str]:
        return {one.value for one in Outcome if getattr(one, mark)}

    assert words("is_loss") == {"regressed", "unconfirmed"}
    assert words("is_good") == {"passed", "improved", "serial improved"}
    assert words("was_compared") == {"passed", "improved", "serial improved", "inconclusive"}
    assert words("is_judged") == set(FOLLOWS) - {"new", "skipped", "too short"}
    assert words("is_open") == {"unconfirmed", "inconclusive"}


@pytest.mark.parametrize("outcome", Outcome)
def test_nothing_that_was_to_be_judged_is_green_without_being_known(outcome: Outcome) -> None:
    """What is not decided fails, as far as nobody allows it."""
    if outcome.is_judged and not outcome.is_decided:
        assert outcome.fails is not Fails.NEVER
    if outcome.is_loss:
        assert outcome.fails is Fails.ALWAYS


@pytest.mark.parametrize("outcome", Outcome)
def test_whatever_can_fail_a_run_alone_says_what_to_do(outcome: Outcome) -> None:
    """But for what the exit codes 1 and 11 say."""
    says = outcome.fails is not Fails.NEVER and outcome.value not in {"regressed", "broken"}
    assert bool(outcome.todo) is says
    if outcome.fails is Fails.UNLESS_ALLOWED:
        assert f"--speedup-allow={outcome.value}" in outcome.todo
