"""Orders, plans, warm-up and opening at their edges."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.executors import SerialExecutor
from pytest_speedup.measurement import (
    MIN_ROUNDS,
    balanced_orders,
    make_plan,
    opened,
    rounds,
    warm_up,
)
from pytest_speedup.measurement.loop import MAX_REPEATS
from pytest_speedup.model import Bound, Round, Turn

if TYPE_CHECKING:
    from types import TracebackType

    from pytest_speedup.executors import Executor


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
