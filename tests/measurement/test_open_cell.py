from __future__ import annotations

import gc
import sys
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import pytest

from pytest_speedup.errors import WrongResultError
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.measurement import OpenCell, Plan, Timed, WorkloadTurn, loop, timed
from pytest_speedup.model import KERNEL_PARALLEL, KERNEL_SERIAL, PARALLEL, SERIAL, Bound, Ceiling

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor

SECONDS = {SERIAL: 4.0, PARALLEL: 1.0}
"""What a workload takes on the fake clock."""


@dataclass
class Clock:
    """Goes on while a workload runs, and not while its result is looked at."""

    time: float = 100.0
    ran: list[str] = field(default_factory=list)

    def work(self, name: str, _executor: Executor) -> list[int]:
        self.time += SECONDS[name]
        self.ran.append(name)
        return [1, 2]

    def turn(self, name: str, *, expected: object = (1, 2)) -> WorkloadTurn:
        executor = cast("Executor", SerialExecutor())
        wanted = list(cast("tuple[int, int]", expected))
        work = partial(self.work, name)
        return WorkloadTurn(name, work, executor, wanted, collect_garbage=True)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock in the place of that which all turns are timed by."""
    clock = Clock()
    monkeypatch.setattr("pytest_speedup.clock.now", lambda: clock.time)
    return clock


def make_cell(
    serial: Callable[[], float],
    parallel: Callable[[], float],
    plan: Plan,
    *,
    workers: int = 1,
    bound: Bound = Bound.WAIT,
) -> OpenCell:
    executor: Any = type("Pool", (SerialExecutor,), {"workers": workers})()
    return OpenCell(executor, 0.0, bound, plan, serial, parallel)


def test_each_duration_lands_in_the_round_of_its_turn() -> None:
    """Here each parallel turn takes a second longer than the one before."""
    calls: list[str] = []

    def serial() -> float:
        calls.append(SERIAL)
        return 0.5

    def parallel() -> float:
        calls.append(PARALLEL)
        return float(calls.count(PARALLEL))

    plan = Plan(rounds=5, repeats=2)
    rounds = make_cell(serial, parallel, plan).rounds(plan.rounds)
    assert [seconds for one in rounds for seconds in one.seconds(PARALLEL)] == [
        float(turn) for turn in range(1, 11)
    ]
    assert [one.seconds(SERIAL) for one in rounds] == [(0.5,)] * 5
    assert [turn.arm for one in rounds for turn in one.turns] == calls[: 5 * 3]
    assert len(calls) == 5 * 3


def test_both_halves_are_timed_by_one_clock(clock: Clock) -> None:
    """From the call of the workload to its return, each on its own executor."""
    cell = make_cell(clock.turn(SERIAL), clock.turn(PARALLEL), Plan(rounds=4, repeats=2))
    rounds = cell.rounds(4)
    assert [one.seconds(SERIAL) for one in rounds] == [(4.0,)] * 4
    assert [one.seconds(PARALLEL) for one in rounds] == [(1.0, 1.0)] * 4
    assert [turn.arm for one in rounds for turn in one.turns] == clock.ran


def test_what_timing_adds_is_added_to_both_halves(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is one call that times; a second one would show here as a half without it."""
    calls: list[bool] = []

    def slower(function: Callable[[], object], *, collect_garbage: bool) -> Timed[object]:
        def longer() -> object:
            clock.time += 0.25
            return function()

        calls.append(collect_garbage)
        return timed(longer, collect_garbage=collect_garbage)

    monkeypatch.setattr(loop, "timed", slower)
    rounds = make_cell(clock.turn(SERIAL), clock.turn(PARALLEL), Plan(3, 1)).rounds(3)
    assert [one.seconds(SERIAL) for one in rounds] == [(4.25,)] * 3
    assert [one.seconds(PARALLEL) for one in rounds] == [(1.25,)] * 3
    assert calls == [True] * 6


def test_every_result_is_checked(clock: Clock) -> None:
    """A wrong result in the last turn is as wrong as in the first, on either side."""
    right, wrong = clock.turn(SERIAL), clock.turn(PARALLEL, expected=(1, 3))
    for serial, parallel in ((right, wrong), (wrong, right)):
        with pytest.raises(WrongResultError, match="parallel returned a wrong result"):
            make_cell(serial, parallel, Plan(3, 1)).rounds(3)
    results = iter([[1], [1], [2]])
    pool = cast("Executor", SerialExecutor())
    last = WorkloadTurn("last", lambda _: next(results), pool, [1], collect_garbage=True)
    with pytest.raises(WrongResultError):
        make_cell(clock.turn(SERIAL), last, Plan(3, 1)).rounds(3)
    assert next(results, None) is None


class Result(list[int]):
    """Something that tells how many of it there are."""

    alive = 0

    def __init__(self) -> None:
        super().__init__([1])
        type(self).alive += 1

    def __del__(self) -> None:
        type(self).alive -= 1


def test_no_turn_is_timed_beside_the_result_of_another(clock: Clock) -> None:
    """Nor is one freed while another is timed: results can be large."""
    seen: list[int] = []

    def work(_executor: Executor) -> Result:
        gc.collect()
        seen.append(Result.alive)
        return Result()

    halves = [
        WorkloadTurn(name, work, cast("Executor", SerialExecutor()), [1], collect_garbage=True)
        for name in (SERIAL, PARALLEL)
    ]
    make_cell(halves[0], halves[1], Plan(2, 2)).rounds(2)
    assert seen == [0] * 6


@pytest.mark.parametrize("collect", [True, False])
def test_the_collector_is_as_wanted_in_both_halves(clock: Clock, *, collect: bool) -> None:
    """As --benchmark-disable-gc says."""
    during: list[bool] = []

    def work(_executor: Executor) -> None:
        during.append(gc.isenabled())

    halves = [
        WorkloadTurn(name, work, cast("Executor", SerialExecutor()), None, collect)
        for name in (SERIAL, PARALLEL)
    ]
    make_cell(halves[0], halves[1], Plan(2, 1)).rounds(2)
    assert during == [collect] * 4
    assert gc.isenabled()


def test_both_halves_are_timed_without_a_tracer(clock: Clock) -> None:
    """What a test has switched on meanwhile would slow the half that runs in this thread."""
    during: list[object] = []

    def trace(*_: object) -> None:
        return

    def work(_executor: Executor) -> None:
        during.append(sys.getprofile())

    halves = [
        WorkloadTurn(name, work, cast("Executor", SerialExecutor()), None, collect_garbage=True)
        for name in (SERIAL, PARALLEL)
    ]
    before = sys.getprofile()
    sys.setprofile(trace)
    try:
        make_cell(halves[0], halves[1], Plan(1, 1)).rounds(1)
        after = sys.getprofile()
    finally:
        sys.setprofile(before)
    assert during == [None, None]
    assert after is trace


def test_own_rounds_are_timed_alike() -> None:
    """Rounds that are added later have the plan's turns too."""
    rounds = make_cell(lambda: 0.5, lambda: 0.25, Plan(rounds=5, repeats=2)).rounds(4)
    assert [sorted(turn.seconds for turn in one.turns) for one in rounds] == [[0.25, 0.25, 0.5]] * 4


def test_the_kernel_takes_turns_where_the_ceiling_drifts(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the same rounds, and in balanced order with the workload's two halves."""
    kernel = {KERNEL_SERIAL: lambda: 2.0, KERNEL_PARALLEL: lambda: 3.0}
    monkeypatch.setattr(
        "pytest_speedup.measurement.open_cell.kernel_arms", lambda _executor, _bound: kernel
    )
    cell = make_cell(lambda: 0.5, lambda: 0.25, Plan(4, 1), workers=2, bound=Bound.CPU)
    rounds = cell.rounds(4)
    assert [sorted(turn.seconds for turn in one.turns) for one in rounds] == [
        [0.25, 0.5, 2.0, 3.0]
    ] * 4
    assert {one.turns[0].arm for one in rounds} == {SERIAL, PARALLEL, *kernel}
    assert cell.ceiling(rounds, {}) == Ceiling(Bound.CPU, rounds)


def test_one_worker_has_no_ceiling() -> None:
    """Its ceiling is 1."""
    assert make_cell(lambda: 0.5, lambda: 0.25, Plan(1, 1)).ceiling((), {}) is None


def test_a_waiting_ceiling_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not drift: the cells of an executor and worker count share it."""
    measured: list[Executor] = []

    def measure(executor: Executor, bound: Bound) -> Ceiling:
        measured.append(executor)
        return Ceiling(bound, ())

    monkeypatch.setattr("pytest_speedup.measurement.open_cell.measure_ceiling", measure)
    known: dict[tuple[str, int], Ceiling] = {}
    cell = make_cell(lambda: 0.5, lambda: 0.25, Plan(1, 1), workers=4)
    assert cell.ceiling((), known) is cell.ceiling((), known)
    assert len(measured) == 1
