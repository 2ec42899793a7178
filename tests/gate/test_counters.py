from __future__ import annotations

import pytest

from pytest_speedup.gate import changed_counters, decide_by_counters
from pytest_speedup.gate.beside_time import OPEN
from pytest_speedup.losses.trace import Counts
from pytest_speedup.model import Outcome, Verdict

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
    (change,) = changed_counters([OLD] * 2, [new] * 2)
    assert (change.name, change.worse) == (name, worse)


@pytest.mark.parametrize(
    "new", [with_(in_flight=3), with_(busiest=9), with_(bytes_per_task=5900), OLD]
)
def test_small_differences_are_chance(new: Counts) -> None:
    """Such as which worker takes the last task."""
    assert changed_counters([OLD] * 5, [new] * 5) == ()


def test_one_block_that_agrees_is_enough_for_no_change() -> None:
    """Counters have almost no noise, but some."""
    assert changed_counters([OLD] * 5, [with_(in_flight=2)] * 4 + [OLD]) == ()
    assert changed_counters([], []) == ()
    assert changed_counters([OLD], []) == ()


def test_other_work_is_not_compared() -> None:
    """Half as many tasks need fewer workers, and may need more pools."""
    fewer = with_(tasks=16, in_flight=2, pools=9)
    assert changed_counters([OLD] * 5, [fewer] * 5) == ()
    verdict = decide_by_counters(Verdict("x", Outcome.INCONCLUSIVE), [OLD] * 5, [fewer] * 5, 5)
    assert (verdict.outcome, verdict.counters) == (Outcome.INCONCLUSIVE, ())


def test_runs_of_equal_work_are_compared_whatever_others_did() -> None:
    """One in which a task was run again says nothing, and hides nothing."""
    head = [with_(pools=9)] * 4 + [with_(pools=1, tasks=33)]
    assert [one.head for one in changed_counters([OLD] * 5, head)] == [9]


def decide(outcome: Outcome, new: Counts, blocks: int = 5) -> Verdict:
    return decide_by_counters(Verdict("x", outcome), [OLD] * blocks, [new] * blocks, fewest=5)


@pytest.mark.parametrize("outcome", [Outcome.INCONCLUSIVE, Outcome.UNCONFIRMED])
def test_a_worse_counter_turns_an_open_cell_red(outcome: Outcome) -> None:
    """After as many blocks as any red cell takes."""
    verdict = decide(outcome, with_(in_flight=2))
    assert verdict.outcome is Outcome.REGRESSED
    assert "peak tasks in flight" in verdict.reason
    assert decide(outcome, with_(in_flight=2), 4).outcome is outcome
    assert decide(outcome, with_(in_flight=9)).outcome is outcome


@pytest.mark.parametrize(
    "outcome",
    [Outcome.PASSED, Outcome.SERIAL_IMPROVED, Outcome.INCONCLUSIVE, Outcome.UNCONFIRMED],
)
def test_more_pools_turn_red_what_passed_by_time(outcome: Outcome) -> None:
    """A cell passes after two blocks, and a number of pools is no matter of chance."""
    verdict = decide(outcome, with_(pools=9), 2)
    assert verdict.outcome is Outcome.REGRESSED
    assert "pools created" in verdict.reason
    assert decide(outcome, with_(pools=9), 1).outcome is outcome


def test_of_what_passed_by_time_other_counters_only_warn() -> None:
    """A gate that is red although nothing got slower would be a false one."""
    verdict = decide(Outcome.PASSED, with_(in_flight=2))
    assert (verdict.outcome, verdict.reason) == (Outcome.PASSED, "")
    assert [change.head for change in verdict.counters] == [2]


@pytest.mark.parametrize(
    "outcome",
    [one for one in Outcome if one not in {Outcome.PASSED, Outcome.SERIAL_IMPROVED, *OPEN}],
)
def test_no_other_outcome_is_touched(outcome: Outcome) -> None:
    """What got faster did, however many pools that took."""
    assert decide(outcome, with_(pools=9)).outcome is outcome
