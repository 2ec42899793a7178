"""Orders, plans, warm-up and opening at their edges."""

from __future__ import annotations

import errno
from collections import Counter
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.measurement import (
    MIN_ROUNDS,
    balanced_orders,
    make_plan,
    mirrored_orders,
    opened,
    rounds,
    warm_up,
)
from pytest_speedup.measurement.loop import MAX_REPEATS
from pytest_speedup.model import PARALLEL, SERIAL, Bound, Round, Turn

if TYPE_CHECKING:
    from types import TracebackType

    from pytest_speedup.executors import Executor


@given(st.integers(1, 7), st.integers(0, 2**32))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_every_turn_takes_every_place_equally_often(arms: int, seed: int) -> None:
    """What comes first, or after what, favours nobody."""
    names = [f"arm {n}" for n in range(arms)]
    orders = list(islice(balanced_orders(names, Random(seed)), 3 * arms))
    for position in range(arms):
        assert Counter(order[position] for order in orders) == dict.fromkeys(names, 3)
    assert all(sorted(order) == sorted(names) for order in orders)


def test_an_arm_may_take_several_turns() -> None:
    """Each of its turns is balanced."""
    orders = list(islice(balanced_orders(("s", "p", "p"), Random(1)), 30))
    assert Counter(order[0] for order in orders) == {"s": 10, "p": 20}


def test_orders_do_not_repeat_themselves() -> None:
    """Nothing in the code under test can follow them."""
    orders = list(islice(balanced_orders("abcd", Random(1)), 400))
    assert len(set(orders)) > 15


PAIRS = [("base a", "head a"), ("base b", "head b"), ("base c", "head c")]


def test_mirrored_pairs_run_close_together_and_turn_about() -> None:
    """A drift that is steady cancels, and neither side is always first."""
    orders = list(islice(mirrored_orders(PAIRS, Random(1)), 60))
    for order in orders:
        fours = [order[start : start + 4] for start in range(0, len(order), 4)]
        assert all(four == four[::-1] and set(four) in map(set, PAIRS) for four in fours)
    for pair in PAIRS:
        begun = [min(pair, key=order.index) for order in orders]
        assert all(one != other for one, other in zip(begun[::2], begun[1::2], strict=True))


def test_mirrored_pairs_come_in_balanced_order() -> None:
    """Every pair is first, second and third equally often."""
    orders = list(islice(mirrored_orders(PAIRS, Random(1)), 30))
    for place in (0, 4, 8):
        counts = Counter(order[place].rpartition(" ")[2] for order in orders)
        assert counts == {"a": 10, "b": 10, "c": 10}


def test_waiting_stops_at_the_fewest_rounds() -> None:
    """It is repeatable, and more rounds would only take time."""
    plan = make_plan(0.4, 0.1, Bound.WAIT, max_seconds=100.0, min_rounds=1)
    assert plan.rounds == MIN_ROUNDS


def test_computing_fills_its_time() -> None:
    """Here ten rounds of one serial turn of 0.1 s and two of 0.025 s."""
    plan = make_plan(0.1, 0.025, Bound.CPU, max_seconds=1.55, min_rounds=1)
    assert plan.arms == (SERIAL, PARALLEL, PARALLEL)
    assert plan.rounds == 10
    assert plan.rounds * plan.arms.count(PARALLEL) == 20


@pytest.mark.parametrize("bound", Bound)
def test_the_user_may_ask_for_more_rounds(bound: Bound) -> None:
    """pytest-benchmark's --benchmark-min-rounds holds."""
    assert make_plan(9.0, 9.0, bound, max_seconds=1.0, min_rounds=20).rounds == 20


@pytest.mark.parametrize(
    ("serial", "parallel", "repeats"), [(1.0, 2.0, 1), (4.0, 1.0, 2), (9.0, 1.0, 3), (1e9, 1.0, 8)]
)
def test_the_longer_side_runs_less_often(serial: float, parallel: float, repeats: int) -> None:
    """By the square root of the ratio, up to a limit."""
    plan = make_plan(serial, parallel, Bound.WAIT, max_seconds=1.0, min_rounds=1)
    assert plan.repeats == repeats <= MAX_REPEATS


def test_workloads_that_take_no_time_are_planned() -> None:
    """A clock may not see them."""
    plan = make_plan(0.0, 0.0, Bound.CPU, max_seconds=1e-8, min_rounds=1)
    assert plan.rounds >= MIN_ROUNDS


def test_a_workload_that_takes_no_time_gets_an_end() -> None:
    """The kernel's turns are not counted, and a million of them would take hours."""
    plan = make_plan(1e-6, 1e-6, Bound.CPU, max_seconds=1.0, min_rounds=5)
    assert plan.rounds == 200
    assert make_plan(1e-6, 1e-6, Bound.CPU, max_seconds=1.0, min_rounds=300).rounds == 300


ORDERS = [("serial", "parallel"), ("parallel", "serial")]


def test_arms_take_turns_in_the_given_order() -> None:
    """A round holds its turns as they ran, with the seconds that each arm told."""
    ran: list[str] = []

    def arm(name: str, seconds: float) -> float:
        ran.append(name)
        return seconds

    arms = {"serial": lambda: arm("serial", 4.0), "parallel": lambda: arm("parallel", 1.0)}
    measured = list(rounds(arms, ORDERS))
    assert ran == ["serial", "parallel", "parallel", "serial"]
    assert measured == [
        Round((Turn("serial", 4.0), Turn("parallel", 1.0))),
        Round((Turn("parallel", 1.0), Turn("serial", 4.0))),
    ]


def test_rounds_come_as_they_are_measured() -> None:
    """Whoever drives the loop can stop it after any of them."""
    ran: list[int] = []

    def serial() -> float:
        ran.append(len(ran))
        return 1.0

    next(rounds({"serial": serial}, [("serial",)] * 5))
    assert ran == [0]


def test_an_arm_takes_its_turns_among_the_others() -> None:
    """It is asked whenever it is its turn, and only then: no two run at once."""
    ran: list[str] = []
    seconds = iter([1.0, 2.0])

    def serial() -> float:
        ran.append("serial")
        return 4.0

    def parallel() -> float:
        ran.append("parallel")
        return next(seconds)

    loop = rounds({"serial": serial, "parallel": parallel}, ORDERS)
    assert ran == []
    measured = [next(loop)]
    assert ran == ["serial", "parallel"]
    measured += loop
    assert ran == ["serial", "parallel", "parallel", "serial"]
    assert measured == [
        Round((Turn("serial", 4.0), Turn("parallel", 1.0))),
        Round((Turn("parallel", 2.0), Turn("serial", 4.0))),
    ]


def test_rows_of_a_square_come_in_random_order() -> None:
    """The second round cannot be told from the first: it is any of the other rotations."""
    orders = balanced_orders("abcd", Random(1))
    steps = set()
    for _ in range(60):
        first, second, _, _ = islice(orders, 4)
        steps.add(first.index(second[0]))
    assert steps == {1, 2, 3}


def test_the_source_of_randomness_is_the_one_given() -> None:
    """A seed repeats the orders."""
    one, other = (balanced_orders("abc", Random(5)) for _ in range(2))
    assert list(islice(one, 30)) == list(islice(other, 30))


DURATIONS = st.floats(0.0, 1e3)


@given(DURATIONS, DURATIONS, st.sampled_from(Bound), st.floats(0.0, 60.0), st.integers(1, 50))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_every_plan_keeps_its_bounds(
    serial: float, parallel: float, bound: Bound, max_seconds: float, min_rounds: int
) -> None:
    """Enough rounds, one to eight repeats, and no more time than allowed unless it must."""
    plan = make_plan(serial, parallel, bound, max_seconds=max_seconds, min_rounds=min_rounds)
    fewest = max(MIN_ROUNDS, min_rounds)
    assert 1 <= plan.repeats <= MAX_REPEATS
    assert plan.rounds >= fewest
    if plan.rounds > fewest:
        assert bound is Bound.CPU
        assert plan.rounds * (serial + plan.repeats * parallel) <= max_seconds * (1 + 1e-9)


def test_a_parallel_side_that_is_far_slower_still_runs_once_a_round() -> None:
    """Without it there would be no pair."""
    plan = make_plan(1.0, 100.0, Bound.CPU, max_seconds=1.0, min_rounds=1)
    assert plan.arms == ("serial", "parallel")


def test_an_arm_may_take_every_turn() -> None:
    """Also several in a row, without the others."""
    seconds = iter([1.0, 2.0, 3.0])
    arms = {"parallel": lambda: next(seconds)}
    assert tuple(rounds(arms, [("parallel", "parallel"), ("parallel",)])) == (
        Round((Turn("parallel", 1.0), Turn("parallel", 2.0))),
        Round((Turn("parallel", 3.0),)),
    )


def test_an_error_of_an_arm_ends_the_rounds() -> None:
    """No other arm runs behind it."""
    ran: list[str] = []

    def serial() -> float:
        ran.append("serial")
        return 1.0

    arms = {"parallel": lambda: 1 / 0, "serial": serial}
    with pytest.raises(ZeroDivisionError):
        list(rounds(arms, [("parallel", "serial")]))
    assert ran == []


def test_warming_up_tells_what_each_run_took(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first run may be the whole warm-up, when it is as long as the ramp."""
    time = 0.0

    def run() -> str:
        nonlocal time
        time += 0.2
        return "done"

    for module in ("measurement.reference", "clock"):
        monkeypatch.setattr(f"pytest_speedup.{module}.now", lambda: time)
    runs = [(one.result, one.seconds) for one in warm_up(run, Bound.CPU)]
    assert runs == [("done", 0.2)]


class Unstartable(SerialExecutor):
    """Fails while it starts."""

    left_by: type[BaseException] | None = None

    def start(self) -> None:
        raise KeyboardInterrupt

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.left_by = exc_type


def test_an_executor_that_cannot_start_is_closed() -> None:
    """Those of its workers that came up are not left behind."""
    executor = Unstartable()
    with pytest.raises(KeyboardInterrupt), opened(lambda: cast("Executor", executor)):
        pytest.fail("it is not handed out")
    assert executor.left_by is KeyboardInterrupt


class FakePool(SerialExecutor):
    """Notes what happens to it."""

    def __init__(self, events: list[str]) -> None:
        self.events = events
        events.append("made")

    def start(self) -> None:
        self.events.append("started")

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.events.append(f"closed by {exc_type.__name__ if exc_type else 'nothing'}")


def test_cold_start_is_from_construction_to_the_last_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The clock is read before the executor is made and after it has started."""
    events: list[str] = []
    times = iter([1.0, 3.5])

    def now() -> float:
        events.append("clock")
        return next(times)

    monkeypatch.setattr("pytest_speedup.measurement.loop.now", now)
    with opened(lambda: cast("Executor", FakePool(events))) as (_, cold_start):
        assert cold_start == 2.5
    assert events == ["clock", "made", "started", "clock", "closed by nothing"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_it_is_closed_whatever_happens(error: type[BaseException]) -> None:
    """The executor learns of the error, and ends its workers at once."""
    events: list[str] = []
    with pytest.raises(error), opened(lambda: cast("Executor", FakePool(events))):
        raise error
    assert events[-1] == f"closed by {error.__name__}"


@pytest.mark.parametrize("part", ["__init__", "start"])
def test_what_the_system_refuses_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """Shared memory takes a file, and workers take processes; what the caller does is not meant."""

    def refuse(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="mine"), opened(lambda: cast("Executor", FakePool([]))):
        raise OSError("mine")  # noqa: EM101 - the caller's own
    monkeypatch.setattr(FakePool, part, refuse)
    with (
        pytest.raises(SpeedupError, match=r"could not start: .*No space left on device; free"),
        opened(lambda: cast("Executor", FakePool([]))),
    ):
        pass
