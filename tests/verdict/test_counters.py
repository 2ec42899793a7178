from __future__ import annotations

import pytest

from pytest_speedup.model import Counts, Outcome, Verdict
from pytest_speedup.verdict import changed_counters, decide_by_counters

OLD = Counts(pools=1, in_flight=4, tasks=32, workers=4, busiest=8, bytes_per_task=5000)


def with_(**changes: float) -> Counts:
    return Counts(**{**{name: getattr(OLD, name) for name in Counts.__slots__}, **changes})


@pytest.mark.parametrize(
    ("new", "name", "worse"),
    [
        (with_(pools=2), "pools created", True),
        (with_(in_flight=2), "peak tasks in flight", True),
        (with_(in_flight=8), "peak tasks in flight", False),
        (with_(busiest=16), "tasks of the busiest worker", True),
        (with_(bytes_per_task=9000), "bytes pickled per task", True),
        (with_(bytes_per_task=100), "bytes pickled per task", False),
    ],
)
def test_a_counter_that_differs_in_every_block_has_changed(
    new: Counts, name: str, *, worse: bool
) -> None:
    """With a word on whether that is for the worse."""
    (change,) = changed_counters([(OLD, new)] * 2)
    assert (change.name, change.worse) == (name, worse)


@pytest.mark.parametrize(
    "new", [with_(in_flight=3), with_(busiest=9), with_(bytes_per_task=5900), OLD]
)
def test_small_differences_are_chance(new: Counts) -> None:
    """Such as which worker takes the last task."""
    assert changed_counters([(OLD, new)] * 5) == ()


def test_one_block_that_agrees_is_enough_for_no_change() -> None:
    """Counters have almost no noise, but some."""
    assert changed_counters([(OLD, with_(in_flight=2))] * 4 + [(OLD, OLD)]) == ()
    assert changed_counters([]) == ()


def decide(outcome: Outcome, new: Counts, blocks: int = 5) -> Verdict:
    return decide_by_counters(Verdict("x", outcome), [(OLD, new)] * blocks, fewest=5)


def test_a_worse_counter_turns_an_open_cell_red() -> None:
    """After as many blocks as any red cell takes."""
    assert decide(Outcome.INCONCLUSIVE, with_(pools=9)).outcome is Outcome.REGRESSED
    assert decide(Outcome.INCONCLUSIVE, with_(pools=9), 4).outcome is Outcome.INCONCLUSIVE
    assert decide(Outcome.INCONCLUSIVE, with_(in_flight=9)).outcome is Outcome.INCONCLUSIVE


def test_where_time_has_decided_a_counter_is_named() -> None:
    """A gate that is red although nothing got slower would be a false one."""
    verdict = decide(Outcome.PASSED, with_(pools=9))
    assert verdict.outcome is Outcome.PASSED
    assert [change.head for change in verdict.counters] == [9]
