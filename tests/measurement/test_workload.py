"""A workload that is set up before each turn, and timed until its tasks have ended."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.errors import SpeedupError, WrongResultError
from pytest_speedup.executors import SerialExecutor, ThreadExecutor, WorkerDiedError
from pytest_speedup.measurement import (
    Expected,
    Workload,
    WorkloadTurn,
    run_once,
    watch_reference,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_speedup.executors import AwaitableExecutor, Executor, TurnExecutor


@dataclass
class Clock:
    """Goes on by what tests say, and notes what happens."""

    time: float = 100.0
    seen: list[object] = field(default_factory=list)

    def make(self) -> list[int]:
        self.time += 1000
        self.seen.append("made")
        return [3, 1, 2]

    @contextmanager
    def folder(self) -> Iterator[str]:
        self.seen.append("made")
        yield "folder"
        self.time += 1000
        self.seen.append("cleared")

    def sort(self, executor: Executor, numbers: list[int], more: int = 0) -> list[int]:
        self.time += 2
        numbers.sort()
        return list(executor.map(abs, [*numbers, more]))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("pytest_speedup.clock.now", lambda: clock.time)
    return clock


def turn(workload: Workload[Any], expected: object) -> WorkloadTurn:
    return WorkloadTurn("work", workload, SerialExecutor(), Expected(expected), True)  # noqa: FBT003


def test_each_turn_gets_what_was_made_for_it_alone(clock: Clock) -> None:
    """Before other arguments, and no second of making it is timed."""
    workload = Workload.of(clock.sort, (7,), {"setup": clock.make})
    one = turn(workload, [1, 2, 3, 7])
    assert [one(), one()] == [2, 2]
    assert clock.seen == ["made"] * 2
    assert watch_reference(workload, run_once).run.seconds == 2


def test_a_coroutine_function_is_set_up_and_timed_as_others_are(clock: Clock) -> None:
    """Each turn on an event loop of its own, which is a part of its time."""
    loops: list[object] = []

    async def sort(executor: AwaitableExecutor, numbers: list[int], more: int) -> list[int]:
        loops.append(asyncio.get_running_loop())
        return await executor.map(double, clock.sort(SerialExecutor(), numbers, more))

    async def double(number: int) -> int:
        clock.time += 1
        return 2 * number

    workload = Workload.of(sort, (7,), {"setup": clock.make})
    one = turn(workload, [2, 4, 6, 14])
    assert [one(), one()] == [6, 6]
    assert clock.seen == ["made"] * 2
    assert len(set(map(id, loops))) == 2
    reference = watch_reference(workload, run_once)
    assert (reference.run.seconds, reference.runs_its_own) == (6, False)


def test_a_context_manager_is_left_once_the_result_was_looked_at(clock: Clock) -> None:
    """After the turn, untimed: the result may lie in what is cleared away."""

    def compare(result: object, expected: object) -> bool:
        clock.seen.append("compared")
        return result == expected

    workload = Workload.of(
        lambda _executor, name: [name], (), {"setup": clock.folder, "compare": compare}
    )
    expected = Expected(["folder"], compare=compare)
    assert WorkloadTurn("work", workload, SerialExecutor(), expected, True)() == 0  # noqa: FBT003
    assert clock.seen == ["made", "compared", "cleared"]


def test_a_context_manager_is_left_after_an_error_too(clock: Clock) -> None:
    """As by a with statement."""
    left: list[object] = []

    class Folder:
        def __enter__(self) -> str:
            return "folder"

        def __exit__(self, kind: object, *_: object) -> None:
            left.append(kind)

    def fail(_executor: Executor, _folder: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        turn(Workload(fail, setup=Folder), None)()
    assert left == [ZeroDivisionError]


def test_a_setup_that_makes_nothing_adds_no_argument(clock: Clock) -> None:
    """It may be there to empty a cache."""
    workload = Workload(clock.sort, ([2, 1],), {"more": 5}, setup=lambda: None)
    assert turn(workload, [1, 2, 5])() == 2


def test_the_profiled_run_is_set_up_and_compared_too(clock: Clock) -> None:
    """Nothing but the workload goes through the profiler."""
    through: list[object] = []

    def caller(call: Callable[[], Any]) -> object:
        clock.seen.append("profiled")
        through.append(call())
        return through[-1]

    one = turn(Workload(clock.sort, setup=clock.make), [0, 1, 2, 3])
    with pytest.raises(WrongResultError):
        one.run_by(caller)
    assert through == [[1, 2, 3, 0]]
    assert clock.seen == ["made", "profiled"]


async def later() -> list[int]:
    return [1]


def takes_setup(executor: Executor, setup: int) -> int:
    return next(executor.map(abs, [setup]))


UNCLEAR: list[tuple[Callable[..., object], dict[str, object], str]] = [
    (takes_setup, {"setup": 3}, "setup= is for speedup itself, and a function; got 3: .*position"),
    (takes_setup, {"setup": int}, "takes_setup takes an argument of that name, too.*partial"),
    (abs, {"compare": "=="}, "compare= is for speedup itself, and a function; got '=='"),
]


@pytest.mark.parametrize(("function", "kwargs", "complaint"), UNCLEAR)
def test_an_argument_that_may_be_the_workload_s_is_refused(
    function: Callable[..., object], kwargs: dict[str, object], complaint: str
) -> None:
    """It would be swallowed; by position it is the workload's."""
    with pytest.raises(SpeedupError, match=complaint) as error:
        Workload.of(function, (), kwargs)
    assert "\n" not in str(error.value)


def test_by_position_it_is_the_workload_s() -> None:
    assert turn(Workload.of(takes_setup, (-3,), {}), 3)() >= 0


def test_a_setup_that_nobody_awaits_is_refused() -> None:
    """The workload would get a coroutine."""
    made = later()
    with pytest.raises(SpeedupError, match=r"setup= returned a coroutine.*plain function"):
        turn(Workload(abs, setup=lambda: made), None)()
    made.close()


def test_tasks_that_nobody_waits_for_are_timed(clock: Clock) -> None:
    """Handing them over would be all that is seen of a turn; serial code ran them at once."""

    def late() -> None:
        time.sleep(0.05)  # the workload returns far sooner
        clock.time += 5

    def forget(executor: Executor) -> int:
        executor.submit(late)
        return 1

    with ThreadExecutor(1) as executor:
        executor.start()
        one = WorkloadTurn("work", Workload(forget), executor, Expected(1), True)  # noqa: FBT003
        assert one() == 5
    assert not watch_reference(Workload(forget), run_once).runs_its_own


def fail_elsewhere() -> None:
    if threading.current_thread() is not threading.main_thread():
        message = "not here"
        raise ValueError(message)


def forget_errors(executor: Executor) -> int:
    executor.submit(fail_elsewhere)
    return 1


def test_tasks_that_fail_unseen_are_no_speedup() -> None:
    """The result is right, and nothing was done for it."""
    reference = watch_reference(Workload(forget_errors), run_once)
    with ThreadExecutor(1) as executor:
        executor.start()
        one = WorkloadTurn(
            "work thread-1",
            Workload(forget_errors),
            executor,
            reference.expected,
            True,  # noqa: FBT003
        )
        with pytest.raises(WrongResultError, match=r"1 of the tasks .* ValueError: not here"):
            one()


def fail_in_a_task(executor: Executor) -> str:
    return str(executor.submit(int, "x").exception())


def test_tasks_that_fail_in_serial_code_may_fail() -> None:
    """What a workload makes of that is its result."""
    reference = watch_reference(Workload(fail_in_a_task), run_once)
    assert reference.expected.errors == 1
    with ThreadExecutor(1) as executor:
        executor.start()
        WorkloadTurn("work", Workload(fail_in_a_task), executor, reference.expected, True)()  # noqa: FBT003


class Dying(SerialExecutor):
    """Says that its workers are gone."""

    def __init__(self, *, pickles: bool) -> None:
        self.pickles = pickles


@pytest.mark.parametrize(
    ("pickles", "error"), [(True, WorkerDiedError), (False, BrokenProcessPool)]
)
def test_a_worker_that_died_is_told_in_a_line(pickles: bool, error: type[Exception]) -> None:  # noqa: FBT001
    """Where it is one of the executor's own."""

    def die(_turn: TurnExecutor) -> None:
        message = "terminated abruptly"
        raise BrokenProcessPool(message)

    with pytest.raises(BrokenProcessPool) as raised:
        Workload(die).run(Dying(pickles=pickles), lambda *_: None)
    assert type(raised.value) is error
