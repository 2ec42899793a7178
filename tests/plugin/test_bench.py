from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pytest_speedup.executors import SerialExecutor
from pytest_speedup.measurement import Plan
from pytest_speedup.model import PARALLEL, SERIAL, Bound, Ceiling
from pytest_speedup.plugin.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from pytest_speedup.executors import Executor
    from pytest_speedup.plugin.benchmark import Benchmark


@dataclass
class FakeTimes:
    data: list[float] = field(default_factory=list)


@dataclass
class FakeStats:
    stats: FakeTimes = field(default_factory=FakeTimes)


@dataclass
class FakeBenchmark:
    """Times the first turn 1 s, the second 2 s and so on, and one more for a profiler."""

    stats: FakeStats = field(default_factory=FakeStats)

    def pedantic(
        self,
        target: Callable[[], object],
        *,
        setup: Callable[[], None],
        teardown: Callable[[], None],
        rounds: int,
    ) -> None:
        for turn in range(rounds + 1):
            if turn < rounds:
                setup()
            target()
            self.stats.stats.data.append(turn + 1.0)
            teardown()


@dataclass
class FakeTarget:
    """Notes what is asked of it."""

    calls: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def run(self) -> None:
        self.calls.append(PARALLEL)
        self.asked.append("run")

    def check(self) -> None:
        self.asked.append("check")

    def forget(self) -> None:
        self.asked.append("forget")


def make_bench(calls: list[str], rounds: int, repeats: int, workers: int = 1) -> Bench:
    def serial() -> float:
        calls.append(SERIAL)
        return 0.5

    executor = SerialExecutor()
    if workers > 1:
        executor = cast("Any", type("Pool", (SerialExecutor,), {"workers": workers})())
    return Bench(
        cast("Executor", executor),
        cold_start=0.0,
        bound=Bound.WAIT,
        plan=Plan(rounds, repeats),
        serial=serial,
        parallel=lambda: 0.25,
    )


def test_pytest_benchmarks_turns_are_paired_with_serial_ones() -> None:
    """Each of its durations lands in the round in which its turn ran."""
    calls: list[str] = []
    bench = make_bench(calls, rounds=5, repeats=2)
    benchmark = cast("Benchmark", FakeBenchmark())
    rounds = bench.benchmarked_rounds(benchmark, FakeTarget(calls))
    assert [seconds for one in rounds for seconds in one.seconds(PARALLEL)] == [
        float(turn) for turn in range(1, 11)
    ]
    assert [one.seconds(SERIAL) for one in rounds] == [(0.5,)] * 5
    assert [turn.arm for one in rounds for turn in one.turns] == calls[: 5 * 3]


def test_every_result_is_checked() -> None:
    """A wrong result in the last turn is as wrong as in the first."""
    target = FakeTarget()
    make_bench([], rounds=3, repeats=1).benchmarked_rounds(
        cast("Benchmark", FakeBenchmark()), target
    )
    assert target.asked == [*["forget", "run", "check"] * 3, "run", "check"]


def test_own_rounds_are_timed_alike() -> None:
    """Rounds that are added later have the plan's turns too."""
    rounds = make_bench([], rounds=5, repeats=2).rounds(4)
    assert [sorted(turn.seconds for turn in one.turns) for one in rounds] == [[0.25, 0.25, 0.5]] * 4


def test_one_worker_has_no_ceiling() -> None:
    """Its ceiling is 1."""
    assert make_bench([], rounds=1, repeats=1).ceiling((), {}) is None


def test_a_waiting_ceiling_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not drift: the cells of an executor and worker count share it."""
    measured: list[Executor] = []

    def measure(executor: Executor, bound: Bound) -> Ceiling:
        measured.append(executor)
        return Ceiling(bound, ())

    monkeypatch.setattr("pytest_speedup.plugin.bench.measure_ceiling", measure)
    known: dict[tuple[str, int], Ceiling] = {}
    bench = make_bench([], rounds=1, repeats=1, workers=4)
    assert bench.ceiling((), known) is bench.ceiling((), known)
    assert len(measured) == 1
