"""The executor as a workload gets it: user code that takes one of the standard library's runs."""

from __future__ import annotations

import concurrent.futures as cf
import operator
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.errors import UnsuitableError
from pytest_speedup.executors import (
    Conditions,
    SerialExecutor,
    ThreadExecutor,
    TurnExecutor,
    create,
    plain,
)
from tests.executors import tasks
from tests.executors.here import HERE
from tests.executors.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_speedup.executors import AwaitableExecutor, Executor, Speedup

WITH_FUTURES = tuple(name for name in HERE if name != "asyncio")


@pytest.fixture(scope="module", params=WITH_FUTURES)
def inner(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with create(request.param, 2, Conditions(import_main=False)) as one:
        one.start()
        yield one


def squares_of(executor: cf.Executor, numbers: list[int]) -> list[int]:
    """Code as users have it, with a pool of its own until now."""
    with executor:
        futures = {executor.submit(pow, number, exp=2): number for number in numbers}
        found = {futures[one]: one.result() for one in cf.as_completed(futures)}
    return [found[number] for number in numbers]


def measure_users_code(speedup: Speedup) -> list[int]:
    """Types are checked: of the executor, of arguments, and of what comes back."""
    numbers: list[int] = speedup(squares_of, [1, 2])
    speedup(squares_of, "a")  # type: ignore[call-overload]
    made: list[int] = speedup(squares_of, setup=lambda: [1], compare=operator.eq)
    return numbers + made


async def double(number: int) -> int:
    return 2 * number


async def doubles_of(executor: AwaitableExecutor, numbers: list[int]) -> list[int]:
    return await executor.map(double, numbers)


def measure_coroutines(speedup: Speedup) -> list[int]:
    """Likewise: what comes back is awaited, however it is set up and compared."""
    numbers: list[int] = speedup(doubles_of, [1, 2])
    speedup(doubles_of, "a")  # type: ignore[call-overload]
    made: list[int] = speedup(doubles_of, setup=lambda: [1])
    compared: list[int] = speedup(doubles_of, [1], compare=operator.eq)
    return numbers + made + compared


class Followed(SerialExecutor):
    """Notes what maps of coroutines run."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def follow(self, function: object, tasks: list[object]) -> tuple[object, list[object]]:
        self.seen.extend(tasks)
        return function, tasks


def test_who_watches_an_executor_follows_its_coroutines() -> None:
    """Else nothing would be known of their tasks; and none runs once the turn is over."""
    inner = Followed()
    turn = TurnExecutor(inner)
    assert plain(doubles_of)(turn, [1, 2]) == [2, 4]
    assert inner.seen == [1, 2]
    assert plain(doubles_of)(TurnExecutor(SerialExecutor()), [3]) == [6]
    turn.finish()
    with pytest.raises(RuntimeError, match="after shutdown"):
        plain(doubles_of)(turn, [1])


def test_code_that_takes_an_executor_runs_unchanged(inner: Executor) -> None:
    """Each turn anew, although the code leaves the executor as if it were its own."""
    for _ in range(2):
        executor = TurnExecutor(inner)
        assert isinstance(executor, cf.Executor)
        assert squares_of(executor, [1, 2, 3]) == [1, 4, 9]
        with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
            executor.submit(abs, 1)
        with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
            executor.map(abs, [1])
    assert list(inner.map(tasks.double, [1])) == [2]


def test_waiting_for_futures_is_the_standard_library_s(inner: Executor) -> None:
    """For all of them, or for the first error."""
    executor = TurnExecutor(inner)
    futures = [executor.submit(tasks.fail_at_three, number) for number in (1, 3)]
    done, left = cf.wait(futures, timeout=PATIENCE)
    assert (done, left) == (set(futures), set())
    assert futures[0].result() == 1
    with pytest.raises(ValueError, match="three"):
        futures[1].result()
    executor.finish()
    assert [str(error) for error in executor.errors()] == ["three"]


@pytest.mark.parametrize("options", [{}, {"chunksize": 2}, {"timeout": PATIENCE}])
def test_map_takes_several_iterables(inner: Executor, options: dict[str, Any]) -> None:
    """As many tasks as the shortest has, in their order."""
    executor = TurnExecutor(inner)
    assert list(executor.map(operator.sub, range(5, 10), range(4), **options)) == [5] * 4
    assert list(executor.map(operator.neg, range(3), **options)) == [0, -1, -2]
    assert list(executor.map(tasks.double, [], **options)) == []


def test_an_error_in_a_chunk_reaches_the_caller(inner: Executor) -> None:
    """In the place of the first result of its chunk at the latest."""
    results = TurnExecutor(inner).map(tasks.fail_at_three, range(10), chunksize=2)
    assert [next(results) for _ in range(2)] == [0, 1]
    with pytest.raises(ValueError, match="three"):
        list(results)


def test_chunks_are_one_task_where_they_are_sent(inner: Executor) -> None:
    """And nothing changes where they are not, as in the standard library."""
    sent: list[object] = []

    class Noting:
        pickles = inner.pickles

        def map(self, function: Callable[[Any], Any], given: Any) -> Iterator[Any]:  # noqa: ANN401
            sent.extend(given)
            return map(function, sent)

    executor = TurnExecutor(Noting())  # type: ignore[arg-type]
    assert list(executor.map(abs, range(5), chunksize=2)) == [0, 1, 2, 3, 4]
    assert sent == ([[0, 1], [2, 3], [4]] if inner.pickles else [0, 1, 2, 3, 4])
    with pytest.raises(ValueError, match="chunksize must be >= 1"):
        executor.map(abs, [1], chunksize=0)


def test_a_result_that_does_not_come_in_time_is_an_error() -> None:
    """Of the standard library; the turn waits for the task all the same."""
    hold = threading.Event()
    with ThreadExecutor(1) as inner:
        executor = TurnExecutor(inner)
        results = executor.map(hold.wait, [PATIENCE], timeout=0)
        with pytest.raises(cf.TimeoutError):
            next(results)
        hold.set()
        executor.finish()


@pytest.mark.skipif(sys.version_info < (3, 14), reason="buffersize came with Python 3.14")
def test_what_newer_pythons_take_is_taken() -> None:
    """By the standard library's own map."""
    executor = TurnExecutor(SerialExecutor())
    assert list(executor.map(abs, [1, 2], buffersize=1)) == [1, 2]


def test_shutting_down_runs_what_nobody_asked_for(inner: Executor) -> None:
    """Results and errors stand where they would have stood."""
    with TurnExecutor(inner) as executor:
        taken = executor.map(tasks.double, range(3))
        assert next(taken) == 0
        failing = executor.map(tasks.fail_at_three, range(6))
    assert list(taken) == [2, 4]
    assert [next(failing) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(failing)
    assert list(failing) == []


def test_serial_code_runs_mapped_tasks_by_the_end_of_the_shutdown() -> None:
    """They run while results are asked for, and nobody did."""
    ran: list[int] = []
    with TurnExecutor(SerialExecutor()) as executor:
        executor.map(ran.append, range(3))
        assert ran == []
    assert ran == [0, 1, 2]


@pytest.mark.parametrize("end", [TurnExecutor.finish, TurnExecutor.shutdown])
def test_a_turn_lasts_until_its_tasks_have_ended(end: Callable[[TurnExecutor], None]) -> None:
    """Nobody looks at this one's future."""
    ran: list[int] = []

    def late() -> None:
        time.sleep(0.05)  # the caller is far quicker
        ran.append(1)

    with ThreadExecutor(1) as inner:
        inner.start()
        executor = TurnExecutor(inner)
        executor.submit(late)
        end(executor)
        assert ran == [1]


def test_what_has_not_begun_can_be_dropped() -> None:
    """By cancel_futures, without waiting for what has: that is for the end of the turn."""
    began, hold = threading.Event(), threading.Event()

    def block() -> bool:
        began.set()
        return hold.wait(PATIENCE)

    with ThreadExecutor(1) as inner:
        executor = TurnExecutor(inner)
        first, second = executor.submit(block), executor.submit(hold.wait, PATIENCE)
        assert began.wait(PATIENCE)
        executor.shutdown(wait=False, cancel_futures=True)
        assert (first.done(), second.cancelled()) == (False, True)
        hold.set()
        executor.finish()
        assert first.result()
        assert executor.errors() == []


def test_the_executor_s_own_calls_pass_through(inner: Executor) -> None:
    """And the count of workers by the name by which much code asks for it."""
    executor = TurnExecutor(inner)
    executor.start()
    assert (executor.name, executor.workers) == (inner.name, inner.workers)
    assert (executor.pickles, executor.shares_clock) == (inner.pickles, inner.shares_clock)
    assert executor._max_workers == inner.workers  # noqa: SLF001 - as much code does
    assert len(executor.each(tasks.who)) == inner.workers
    counter, channel = executor.counter(), executor.queue()
    executor.submit(tasks.add, counter, 3).result()
    executor.submit(tasks.pass_on, channel, "item").result()
    assert (counter.value, channel.get(timeout=PATIENCE)) == (3, "item")


def test_an_event_loop_has_no_futures_to_wait_for() -> None:
    """Its cells are skipped, with the reason; several iterables suit it."""
    with create("asyncio", 2, Conditions()) as inner:
        inner.start()
        executor = TurnExecutor(inner)
        with pytest.raises(UnsuitableError, match=r"asyncio executor: .*executor\.map"):
            executor.submit(tasks.double, 1)
        assert list(executor.map(tasks.double, [1, 2])) == [2, 4]
        with pytest.raises(UnsuitableError, match="sub is no coroutine"):
            executor.map(operator.sub, [1], [2])


def test_an_executor_of_others_may_have_no_futures() -> None:
    """One that was written before there was submit still maps."""

    class Old(SerialExecutor):
        submit: Any = None

    executor = TurnExecutor(Old())
    with pytest.raises(UnsuitableError, match=r"serial executor: it has no submit\(\)"):
        executor.submit(abs, 1)
    assert list(executor.map(abs, [-1])) == [1]


def test_an_interrupt_of_serial_code_is_no_result() -> None:
    """It reaches the caller at once."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        TurnExecutor(SerialExecutor()).submit(interrupt)
