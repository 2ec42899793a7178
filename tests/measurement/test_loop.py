"""Rounds: who takes turns when, plans, warm executors, and a cell that is open."""

from __future__ import annotations

import errno
import gc
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.errors import SpeedupError, WrongResultError
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.executors.coroutines import AsyncioExecutor
from pytest_speedup.measurement import (
    MIN_ROUNDS,
    Expected,
    OpenCell,
    Plan,
    Timed,
    Workload,
    WorkloadTurn,
    balanced_orders,
    make_plan,
    mirrored_orders,
    opened,
    rounds,
    timed,
    warm_up,
    workload,
)
from pytest_speedup.measurement.loop import MAX_REPEATS
from pytest_speedup.model import (
    KERNEL_PARALLEL,
    KERNEL_SERIAL,
    PARALLEL,
    SERIAL,
    Bound,
    Ceiling,
    Round,
    Turn,
)
from pytest_speedup.statistics import estimate_ceiling

if TYPE_CHECKING:
    from collections.abc import Callable
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
    runs = [(one.result, one.seconds) for one in warm_up(partial(timed, run), Bound.CPU)]
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
        return WorkloadTurn(name, Workload(work), executor, Expected(wanted), collect_garbage=True)


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
    return OpenCell(SerialExecutor(workers), 0.0, bound, plan, serial, parallel)


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

    monkeypatch.setattr(workload, "timed", slower)
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
    last = WorkloadTurn(
        "last", Workload(lambda _: next(results)), pool, Expected([1]), collect_garbage=True
    )
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
        WorkloadTurn(name, Workload(work), SerialExecutor(), Expected([1]), collect_garbage=True)
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
        WorkloadTurn(name, Workload(work), SerialExecutor(), Expected(None), collect)
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
        WorkloadTurn(name, Workload(work), SerialExecutor(), Expected(None), collect_garbage=True)
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
        "pytest_speedup.measurement.loop.kernel_arms", lambda _executor, _bound: kernel
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
    measured: list[Bound] = []

    def measure(_arms: object, bound: Bound) -> Ceiling:
        measured.append(bound)
        return Ceiling(bound, ())

    monkeypatch.setattr("pytest_speedup.measurement.loop.measure_ceiling", measure)
    known: dict[tuple[str, int, Bound], Ceiling] = {}
    cell = make_cell(lambda: 0.5, lambda: 0.25, Plan(1, 1), workers=4)
    assert cell.ceiling((), known) is cell.ceiling((), known)
    assert measured == [Bound.WAIT]


def test_threads_that_compute_at_once_have_a_ceiling_that_does_so_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Their own rounds still have the usual kernel, by which runs are held against each other."""
    native = {KERNEL_SERIAL: lambda: 2.0, KERNEL_PARALLEL: lambda: 0.5}
    monkeypatch.setattr(
        "pytest_speedup.measurement.loop.native_kernel_arms", lambda _executor: native
    )
    monkeypatch.setattr(
        "pytest_speedup.measurement.loop.kernel_arms",
        lambda _executor, _bound: {KERNEL_SERIAL: lambda: 1.0, KERNEL_PARALLEL: lambda: 1.0},
    )
    usual = make_cell(lambda: 0.5, lambda: 0.25, Plan(1, 1), bound=Bound.CPU, workers=4)
    rounds = usual.rounds(2)
    known: dict[tuple[str, int, Bound], Ceiling] = {}
    assert usual.ceiling(rounds, known) == Ceiling(Bound.CPU, rounds)
    ceiling = replace(usual, at_once=True).ceiling(rounds, known)
    assert ceiling is not None
    assert estimate_ceiling(ceiling).value == pytest.approx(4.0)
    assert replace(usual, at_once=True).rounds(1)[0].seconds(KERNEL_PARALLEL) == (1.0,)


@pytest.mark.parametrize("bound", Bound)
def test_the_kernel_of_an_event_loop_waits(bound: Bound) -> None:
    """Whatever its client computes: no two tasks of a loop do so at once."""
    with AsyncioExecutor(2) as executor:
        cell = OpenCell(executor, 0.0, bound, Plan(1, 1), lambda: 0.5, lambda: 0.25)
        assert (cell.kernel, cell.has_drift) == (Bound.WAIT, False)
        ceiling = cell.ceiling((), {})
    assert ceiling is not None
    assert ceiling.bound is Bound.WAIT
