"""The fixture ``speedup``."""

from __future__ import annotations

from functools import partial
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import pytest

from pytest_speedup import executors
from pytest_speedup.measurement import (
    Plan,
    balanced_orders,
    make_plan,
    measure_ceiling,
    opened,
    rounds_around,
    stopwatch,
    timed,
    warm_up,
)
from pytest_speedup.model import PARALLEL, SERIAL, Bound, Cell, Samples
from pytest_speedup.plugin.matrix import read_marks, workload_of
from pytest_speedup.plugin.run import RUN, Run
from pytest_speedup.statistics import summarize
from pytest_speedup.storage import KEY, to_extra_info

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pytest_speedup.executors import Executor
    from pytest_speedup.measurement import Timed
    from pytest_speedup.model import Ceiling, Round
    from pytest_speedup.plugin.benchmark import Benchmark
    from pytest_speedup.settings import Marks

P = ParamSpec("P")
R = TypeVar("R")

COMPUTING = 0.5
"""Share of CPU time in a serial run from which a workload counts as computing."""


class Speedup:
    """Measures one workload on the cell's executor against serial code.

    Attributes:
        cell: the cell.
    """

    def __init__(self, run: Run, benchmark: Benchmark, cell: Cell, marks: Marks) -> None:
        """Stand ready for one call."""
        self.cell = cell
        self._run = run
        self._benchmark = benchmark
        self._marks = marks

    @property
    def size(self) -> str:
        """The size that the workload is to have: quick, default or seed."""
        return self.cell.size

    def __call__(
        self,
        workload: Callable[Concatenate[Executor, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Measure ``workload(executor, *args, **kwargs)``, and return what it returned.

        Every result is compared with that of the serial executor. Where results come in no
        special order, have the workload sort them.
        """
        benchmark = self._benchmark
        if benchmark.group is None:
            benchmark.group = self.cell.title

        def work(executor: Executor) -> R:
            return workload(executor, *args, **kwargs)

        try:
            return self._measure(work) if benchmark.enabled else self._check_once(work)
        except BaseException:
            # pytest's own outcomes are no Exceptions: pytest-benchmark would save such a cell.
            benchmark.has_error = True
            raise

    def _check_once(self, work: Callable[[Executor], R]) -> R:
        expected = self._reference(work).result
        with opened(self._create) as (executor, _):
            result = self._benchmark.pedantic(partial(work, executor))
        self._compare(result, expected)
        return result

    def _measure(self, work: Callable[[Executor], R]) -> R:
        reference = self._reference(work)
        bound = _bound(reference)
        with opened(self._create) as (executor, cold_start):
            for warm in warm_up(partial(work, executor), bound):
                self._compare(warm.result, reference.result)
                self._run.seconds_inside += warm.seconds
            plan = self._plan(reference.seconds, warm.seconds, bound)
            rounds = self._rounds(work, executor, plan, reference.result)
            ceiling = self._ceiling(executor, bound)
        effective = self._run.machine.cpus.effective
        samples = Samples(
            cell=self.cell,
            rounds=rounds,
            ceiling=ceiling,
            cold_start=cold_start,
            bound=bound,
            oversubscribed=bound is Bound.CPU and self.cell.workers > effective,
        )
        summary = summarize(samples)
        self._run.seconds_inside += sum(one.total for one in rounds)
        self._run.summaries.append(summary)
        self._benchmark.extra_info[KEY] = to_extra_info(summary)
        return warm.result

    def _reference(self, work: Callable[[Executor], object]) -> Timed[object]:
        """Run serially once per workload: the result is the same for each of its cells."""
        references, key = self._run.references, self.cell.workload
        if key not in references:
            references[key] = timed(partial(work, executors.SerialExecutor()))
            self._run.seconds_inside += references[key].seconds
        return references[key]

    def _plan(self, serial: float, parallel: float, bound: Bound) -> Plan:
        options = self._benchmark
        plan = make_plan(
            serial,
            parallel,
            bound,
            max_seconds=options._max_time,  # noqa: SLF001 - its option and marker in one
            min_rounds=options._min_rounds,  # noqa: SLF001
        )
        if self._marks.rounds is not None:
            return Plan(self._marks.rounds, plan.repeats)
        return plan

    def _rounds(
        self, work: Callable[[Executor], R], executor: Executor, plan: Plan, expected: object
    ) -> tuple[Round, ...]:
        """Let pytest-benchmark run the parallel turns, and run the serial ones between them."""
        results: list[object] = []
        serial = executors.SerialExecutor()

        def serial_turn() -> float:
            seconds = stopwatch(
                lambda: results.append(work(serial)), collect_garbage=self._collect_garbage
            )
            self._compare(results.pop(), expected)
            return seconds

        orders = islice(balanced_orders(plan.arms, Random()), plan.rounds)
        loop = rounds_around(PARALLEL, {SERIAL: serial_turn}, orders)
        driver = _Driver(loop)

        def after_parallel_turn() -> None:
            self._compare(results.pop(), expected)
            driver.took(self._benchmark.stats.stats.data[-1])

        self._benchmark.pedantic(
            lambda: results.append(work(executor)),
            teardown=after_parallel_turn,
            rounds=plan.parallel_turns,
        )
        return driver.rounds

    def _ceiling(self, executor: Executor, bound: Bound) -> Ceiling | None:
        """Measure once per executor, worker count and kind, in the pool of a cell that has it."""
        if self.cell.workers == 1:
            return None
        key = (self.cell.executor, self.cell.workers, bound)
        if key not in self._run.ceilings:
            self._run.ceilings[key] = measure_ceiling(executor, bound)
        return self._run.ceilings[key]

    def _create(self) -> Executor:
        conditions = self._run.conditions(collect_garbage=self._collect_garbage)
        return executors.create(self.cell.executor, self.cell.workers, conditions)

    @property
    def _collect_garbage(self) -> bool:
        return not self._benchmark._disable_gc  # noqa: SLF001 - its option and marker in one

    def _compare(self, result: object, expected: object) -> None:
        if result != expected:
            message = (
                f"{self.cell.title} {self.cell.name} returned a wrong result.\n"
                f"expected, as from serial code: {_short(expected)}\n"
                f"got: {_short(result)}"
            )
            pytest.fail(message, pytrace=False)


class _Driver:
    """Sends durations into a loop, and keeps the rounds that it returns at its end."""

    def __init__(self, loop: Generator[None, float, tuple[Round, ...]]) -> None:
        self.rounds: tuple[Round, ...] = ()
        self._loop = loop
        next(loop)

    def took(self, seconds: float) -> None:
        """Tell how long the turn took; turns after the end, a profiler's, are not counted."""
        if self.rounds:
            return
        try:
            self._loop.send(seconds)
        except StopIteration as end:
            self.rounds = end.value


@pytest.fixture
def speedup_executor() -> str:
    """Name of the cell's executor; every test that uses ``speedup`` is parametrized over it."""
    raise NotImplementedError


@pytest.fixture
def speedup_workers() -> int:
    """Worker count of the cell; every test that uses ``speedup`` is parametrized over it."""
    raise NotImplementedError


@pytest.fixture
def speedup(
    request: pytest.FixtureRequest,
    benchmark: Benchmark,
    speedup_executor: str,
    speedup_workers: int,
) -> Speedup:
    """Measure a workload's speedup: ``speedup(workload, *args)``.

    The workload takes an executor first: ``executor.map(function, tasks)``, ``.counter()``,
    ``.queue()``, ``.workers``. The test runs once per executor and worker count.
    """
    run = request.config.stash[RUN]
    cell = Cell(
        id=request.node.nodeid,
        workload=workload_of(request.node),
        executor=speedup_executor,
        workers=speedup_workers,
        size=run.settings.size,
    )
    return Speedup(run, benchmark, cell, read_marks(request.node))


def _bound(reference: Timed[object]) -> Bound:
    computing = reference.cpu_seconds >= COMPUTING * reference.seconds
    return Bound.CPU if computing else Bound.WAIT


def _short(value: object, limit: int = 200) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."
