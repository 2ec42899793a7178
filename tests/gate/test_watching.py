"""Where no cell has a speedup to lose, green would say nothing."""

from __future__ import annotations

import pytest

from pytest_speedup.gate import Watch, mark_unwatched
from pytest_speedup.model import Outcome, Verdict

THREADS = ("work", "thread")


def marked(*cells: tuple[Outcome, float | None, float | None]) -> list[Verdict]:
    """Mark the cells of a workload: what they came to, the base's speedup, and the ceiling."""
    verdicts = {
        f"work[thread-{number}]": Verdict(f"work[thread-{number}]", outcome, before=before)
        for number, (outcome, before, _) in enumerate(cells)
    }
    ceilings = (ceiling for _, _, ceiling in cells)
    watches = {
        cell: Watch(THREADS, ceiling) for cell, ceiling in zip(verdicts, ceilings, strict=True)
    }
    return list(mark_unwatched(verdicts, watches).values())


def outcomes(*cells: tuple[Outcome, float | None, float | None]) -> list[Outcome]:
    return [one.outcome for one in marked(*cells)]


def test_one_cell_that_watches_is_enough() -> None:
    """The others stay what they are, and say that they had nothing to lose."""
    verdicts = marked((Outcome.PASSED, 1.9, 2.0), (Outcome.PASSED, 1.1, 4.0))
    assert [one.outcome for one in verdicts] == [Outcome.PASSED] * 2
    assert [one.watches for one in verdicts] == [True, False]


@pytest.mark.parametrize("before", [None, 0.4, 1.19])
@pytest.mark.parametrize("ceiling", [None, 1.2, 8.0])
def test_what_passed_and_had_no_speedup_is_unwatched(
    before: float | None, ceiling: float | None
) -> None:
    """Where the machine allows one, or nobody knows whether it does."""
    (one,) = marked((Outcome.PASSED, before, ceiling))
    assert one.outcome is Outcome.UNWATCHED
    assert "has a speedup to lose" in one.reason


@pytest.mark.parametrize(("now", "outcome"), [(1.9, Outcome.IMPROVED), (1.1, Outcome.UNWATCHED)])
def test_a_change_that_brings_the_speedup_is_no_worse_for_it(now: float, outcome: Outcome) -> None:
    """The base had none to lose, and what there is now was seen."""
    verdict = Verdict("x", Outcome.IMPROVED, before=0.9, speedup=now)
    (one,) = mark_unwatched({"x": verdict}, {"x": Watch(("w", "thread"), 2.0)}).values()
    assert one.outcome is outcome


def test_what_was_left_open_watches_nothing() -> None:
    """However fast it was: a loss would not have been seen."""
    open_cell = (Outcome.INCONCLUSIVE, 3.9, 4.0)
    assert outcomes(open_cell, open_cell) == [Outcome.UNWATCHED] * 2
    watched = [Outcome.INCONCLUSIVE, Outcome.PASSED]
    assert outcomes(open_cell, (Outcome.PASSED, 1.9, 2.0)) == watched


def test_what_cannot_speed_up_here_need_not() -> None:
    """As threads that compute under the GIL; their green says so."""
    (one,) = marked((Outcome.PASSED, 1.0, 1.02))
    assert one.outcome is Outcome.PASSED
    assert not one.watches


def test_a_ceiling_that_is_one_of_many_proves_nothing() -> None:
    """Each is that of a few turns, and noise."""
    cells = [(Outcome.PASSED, 1.0, ceiling) for ceiling in (1.0, 1.3, 1.01)]
    assert outcomes(*cells) == [Outcome.PASSED] * 3


def test_more_than_the_ceiling_is_something_to_lose() -> None:
    """The ceiling's kernel holds the GIL, and code may do without."""
    (one,) = marked((Outcome.PASSED, 1.9, 1.0))
    assert one.outcome is Outcome.PASSED
    assert one.watches


@pytest.mark.parametrize("outcome", [Outcome.REGRESSED, Outcome.UNCONFIRMED])
def test_a_loss_was_seen(outcome: Outcome) -> None:
    """Whatever else is left open beside it."""
    assert outcomes((outcome, 1.9, 2.0), (Outcome.INCONCLUSIVE, 1.9, 2.0)) == [
        outcome,
        Outcome.INCONCLUSIVE,
    ]


@pytest.mark.parametrize(
    "outcome", [one for one in Outcome if not one.is_good and one is not Outcome.INCONCLUSIVE]
)
def test_what_is_not_green_keeps_its_outcome(outcome: Outcome) -> None:
    """It stands for itself, and watches for nobody but where it lost."""
    assert outcomes((outcome, None, None)) == [outcome]
    beside = outcomes((outcome, None, None), (Outcome.INCONCLUSIVE, None, None))
    assert beside == [outcome, Outcome.INCONCLUSIVE if outcome.is_loss else Outcome.UNWATCHED]


def test_each_executor_is_watched_by_itself() -> None:
    """Threads that were judged say nothing of processes."""
    verdicts = {
        "a": Verdict("a", Outcome.PASSED, before=1.9),
        "b": Verdict("b", Outcome.INCONCLUSIVE, before=1.9),
    }
    watches = {"a": Watch(THREADS, 2.0), "b": Watch(("work", "process"), 2.0)}
    marks = mark_unwatched(verdicts, watches)
    assert [one.outcome for one in marks.values()] == [Outcome.PASSED, Outcome.UNWATCHED]
