"""Turns of code with workers of its own: what they get, what surrounds them, and what is asked."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.clock import leaving_out, timed
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import OwnWorkers, SerialExecutor
from pytest_speedup.losses.recording import recording
from pytest_speedup.measurement import Expected
from pytest_speedup.measurement.own import EQUAL, Handed, HandedPair, OwnWork, Target, read_target
from pytest_speedup.measurement.own.work import LOOKED_AT, Activity, check_compare, check_tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_speedup.measurement.own.surroundings import Kept

GIVEN: dict[str, Any] = {
    "parameter": None,
    "serial": 1,
    "setup": None,
    "setup_once": None,
    "environ": (),
}


def read(function: Callable[..., object], *args: object, **given: object) -> Target:
    return read_target(function, args, **(GIVEN | given))


def noted(*values: object, **named: object) -> tuple[object, ...]:
    return (*values, *sorted(named.items()))


def test_the_count_goes_first_or_by_its_keyword() -> None:
    """Serially it is the serial one; a function that is serial gets none."""
    with OwnWork(read(noted, "x")) as work:
        assert work(OwnWorkers(4)) == (4, "x")
        assert work(SerialExecutor()) == (1, "x")
    with OwnWork(read(noted, "x", parameter="n_jobs", serial=0)) as work:
        assert work(OwnWorkers(4)) == ("x", ("n_jobs", 4))
        assert work(SerialExecutor()) == ("x", ("n_jobs", 0))
    with OwnWork(read(noted, "x", serial=lambda *given: ("serial", *given))) as work:
        assert work(SerialExecutor()) == ("serial", "x")


def test_a_coroutine_is_run_to_its_end() -> None:
    """On an event loop of its own, in each turn."""

    async def crawl(limit: int) -> int:
        return limit

    with OwnWork(read(crawl)) as work:
        assert [work(OwnWorkers(3)), work(OwnWorkers(3))] == [3, 3]


@dataclass
class Log:
    events: list[str] = field(default_factory=list)

    @contextmanager
    def opened(self, count: int) -> Iterator[str]:
        self.events.append(f"open {count}")
        try:
            yield f"pool {count}"
        finally:
            self.events.append(f"close {count}")

    def fresh(self, count: int) -> list[int]:
        self.events.append(f"fresh {count}")
        return [count]

    def work(self, *given: object) -> tuple[object, ...]:
        self.events.append("work")
        return given


def test_a_turn_has_its_own_setup_and_counts_share_theirs() -> None:
    """What they give goes before the arguments; a context manager is left when all is over."""
    log, four = Log(), OwnWorkers(4)
    with OwnWork(read(log.work, "x", setup=log.fresh, setup_once=log.opened)) as work:
        assert work(four) == (4, "pool 4", [4], "x")
        assert work(four) == (4, "pool 4", [4], "x")
        assert work(SerialExecutor()) == (1, "pool 1", [1], "x")
    expected = ["open 4", "fresh 4", "work", "fresh 4", "work", "open 1", "fresh 1", "work"]
    assert log.events == [*expected, "close 1", "close 4"]


def test_a_context_manager_of_a_turn_is_left_after_it() -> None:
    """Entered and left outside of what is timed."""
    log = Log()
    with leaving_out() as left_out, OwnWork(read(log.work, setup=log.opened)) as work:
        work(OwnWorkers(2))
        assert log.events == ["open 2", "work", "close 2"]
        assert len(left_out.spans) == 2


@pytest.mark.parametrize("executor", [OwnWorkers(2), SerialExecutor()])
def test_processes_count_in_the_first_turns_of_each_count(
    monkeypatch: pytest.MonkeyPatch, executor: OwnWorkers | SerialExecutor
) -> None:
    """They tell what the code does; later turns do without looking, which takes time."""
    ticks = iter(range(1000))
    monkeypatch.setattr("pytest_speedup.measurement.own.work.children_cpu", lambda: next(ticks))
    with OwnWork(read(noted)) as work:
        took = [timed(lambda: work(executor)).cpu_seconds for _ in range(LOOKED_AT + 1)]
    assert [round(one) for one in took] == [1] * LOOKED_AT + [0]


def test_a_block_has_everything_anew() -> None:
    """It has an executor of its own; cells of other counts that take turns do not disturb it."""
    log, two, four = Log(), OwnWorkers(2), OwnWorkers(4)
    with OwnWork(read(log.work, setup_once=log.opened)) as work:
        for executor in (two, four, two, four):
            work(executor)
        assert log.events.count("open 2") == log.events.count("open 4") == 1
        with recording(four) as recorded:
            work(recorded.executor)
        assert log.events.count("open 4") == 1
        work(OwnWorkers(4))
    assert log.events.count("open 4") == log.events.count("close 4") == 2


def test_an_error_leaves_what_was_entered_and_is_not_swallowed() -> None:
    """A context manager that would swallow it has no result to return instead."""
    log = Log()

    def fail(*_given: object) -> None:
        raise KeyError

    with pytest.raises(KeyError), OwnWork(read(fail, setup=log.opened)) as work:
        work(OwnWorkers(2))
    assert log.events == ["open 2", "close 2"]
    for name in ("setup", "setup_once"):
        work = OwnWork(read(fail, **{name: lambda _count: suppress(KeyError)}))
        with pytest.raises(KeyError), work:
            work(OwnWorkers(2))


def test_pools_that_are_set_up_are_left_whatever_another_does() -> None:
    """One that cannot be left does not keep others open."""
    log = Log()

    @contextmanager
    def stubborn(count: int) -> Iterator[None]:
        with log.opened(count):
            yield
        if count == 4:
            raise RuntimeError

    work = OwnWork(read(log.work, setup_once=stubborn))
    for count in (2, 4):
        work(OwnWorkers(count))
    with pytest.raises(RuntimeError):
        work.close()
    assert log.events.count("close 2") == log.events.count("close 4") == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"parameter": 4}, "parameter is the name of the keyword that is the number of workers"),
        ({"parameter": "max workers"}, "such as 'max_workers'; got 'max workers'"),
        ({"serial": "one"}, "serial is a number of workers from 0, or a function"),
        ({"serial": -1}, "got -1"),
        ({"serial": True}, "got True"),
        ({"setup": 3}, "setup is a function that takes the number of workers; got 3"),
        ({"setup_once": "x"}, "setup_once is a function that takes the number of workers"),
        ({"environ": "A=B"}, "environ is names of variables"),
        ({"environ": 3}, "environ is names of variables"),
        ({"environ": [""]}, "environ is names of variables"),
        ({"environ": "THREADS"}, "cannot be sent"),
    ],
)
def test_what_cannot_be_is_refused_by_name(given: dict[str, object], said: str) -> None:
    """In one line."""
    with pytest.raises(SpeedupError) as refusal:
        read(lambda n: n, **given)
    assert said in str(refusal.value)


def test_a_target_is_a_function_that_reads_its_count() -> None:
    """Unless what is set up has it, or a variable."""
    with pytest.raises(SpeedupError, match="target is a function; got 3"):
        read(3)  # type: ignore[arg-type] # that is refused
    with pytest.raises(SpeedupError, match="never reads its parameter 'n'"):
        read(lambda n: 1)  # noqa: ARG005 - that is the point
    read(lambda n, _: 1, setup=int)  # noqa: ARG005 - likewise


def test_results_are_compared_as_is_asked() -> None:
    """As those of all workloads, with what was expected last; or not at all."""
    seen: list[tuple[object, object]] = []

    def close(got: object, expected: object) -> bool:
        seen.append((got, expected))
        return got == 2

    target = read(lambda n: n)
    expected = Expected(1, compare=OwnWork(target, close).comparison)
    expected.refuse_wrong("it", 2)
    assert seen == [(2, 1)]
    with pytest.raises(SpeedupError, match="wrong result") as refusal:
        expected.refuse_wrong("it", 3)
    assert "got: 3" in str(refusal.value)
    assert OwnWork(target).comparison is None
    with pytest.raises(SpeedupError, match=r"compare= raised TypeError"):
        Expected(1, compare=OwnWork(target, isinstance).comparison).refuse_wrong("it", 2)


def test_results_that_are_not_compared_may_be_anything() -> None:
    """Even the very object that serial code returned, such as a pool."""
    pool = object()
    expected = Expected(pool, compare=OwnWork(read(lambda n: n), None).comparison)
    expected.refuse_wrong("it", pool)
    expected.refuse_wrong("it", 3)


def test_what_does_not_compare_or_count_is_refused() -> None:
    """By name."""
    assert check_compare(EQUAL) is EQUAL
    with pytest.raises(SpeedupError, match="compare is a function"):
        check_compare("close")
    for wrong in (0, -1, "x", float("inf")):
        with pytest.raises(SpeedupError, match="tasks is a number above 0"):
            check_tasks(wrong)


def test_tasks_are_a_number_or_told_by_the_result() -> None:
    """Which is what the target returned."""
    target = read(lambda n: [n])
    assert OwnWork(target).tasks_of([1]) is None
    assert OwnWork(target, tasks=8).tasks_of([1]) == 8
    assert OwnWork(target, tasks=len).tasks_of([1, 2]) == 2
    with pytest.raises(SpeedupError, match="tasks= gave no number above 0; got 0"):
        OwnWork(target, tasks=len).tasks_of([])


@dataclass
class Fake:
    """Code of which it is known what works."""

    active: dict[int, Activity]
    alone: int = 1
    serial_counts: bool = True
    name: str = "fetch_all"
    carrier: str = "max_workers"

    def ready(self, count: int | None, _kept: Kept) -> Any:  # noqa: ANN401 - nobody asks
        raise AssertionError(count)

    def observe(self, count: int, _kept: Kept) -> Activity:
        return self.active[count]


ALONE = Activity(threads=1, cpu_share=0.1, seconds=1.0)


@pytest.mark.parametrize(
    ("four", "speedup", "asked"),
    [
        (ALONE, 1.0, True),
        (ALONE._replace(threads=2), 1.0, False),
        (ALONE._replace(cpu_share=0.9), 1.0, False),
        (ALONE._replace(threads=None), 1.0, True),
        (ALONE, 3.0, False),
        (ALONE, 0.5, False),
    ],
)
def test_a_count_that_makes_no_difference_is_asked_for(
    four: Activity, speedup: float, *, asked: bool
) -> None:
    """Where neither time nor what works shows any."""
    work = OwnWork(Fake({1: ALONE, 4: four}))
    said = "4 workers ran as 1: is max_workers used?" if asked else ""
    assert work.question(4, speedup) == said


def test_speed_against_another_function_tells_nothing_of_the_count() -> None:
    """The same code with one worker does."""
    same, quicker = ALONE, ALONE._replace(seconds=0.25)
    assert OwnWork(Fake({1: ALONE, 4: same}, serial_counts=False)).question(4, 3.0)
    assert not OwnWork(Fake({1: ALONE, 4: quicker}, serial_counts=False)).question(4, 3.0)


def test_the_serial_count_itself_is_asked_for_nothing() -> None:
    """It is the same by its nature; of none, the others ran as one."""
    assert OwnWork(Fake({1: ALONE})).question(1, 1.0) == ""
    none = OwnWork(Fake({0: ALONE, 4: ALONE}, alone=0))
    assert none.question(4, 1.0).startswith("4 workers ran as 1:")


def test_what_tests_hand_over_takes_turns() -> None:
    """With what surrounds it, as pytest-benchmark does."""
    log: list[object] = []

    def set_up() -> tuple[list[int], dict[str, int]]:
        log.append("setup")
        return [3], {"more": 4}

    def tear_down(*args: int, **kwargs: int) -> None:
        log.append(("teardown", args, kwargs))

    parallel = Handed(noted, setup=set_up, teardown=tear_down)
    with OwnWork(HandedPair(parallel, Handed(noted, (3,), {"more": 4}), "n", 1)) as work:
        assert work(OwnWorkers(4)) == work(SerialExecutor()) == (3, ("more", 4))
    assert log == ["setup", ("teardown", (3,), {"more": 4})]
    with (
        pytest.raises(SpeedupError, match="setup returns arguments"),
        Handed(noted, (1,), setup=set_up).ready(),
    ):
        pytest.fail("it was not refused")
