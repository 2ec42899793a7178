"""A cell on its bench: an open executor, and the arms that take turns on it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice
from random import Random
from typing import TYPE_CHECKING, Protocol

from pytest_speedup.measurement import (
    balanced_orders,
    kernel_arms,
    measure_ceiling,
    rounds,
    rounds_around,
)
from pytest_speedup.model import PARALLEL, SERIAL, Bound, Ceiling

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from pytest_speedup.executors import Executor
    from pytest_speedup.measurement import Order, Plan
    from pytest_speedup.model import Round
    from pytest_speedup.plugin.benchmark import Benchmark


class Target(Protocol):
    """What pytest-benchmark runs and times."""

    def run(self) -> None:
        """Run once."""

    def check(self) -> None:
        """Look at what the run came to, outside the timed region."""

    def forget(self) -> None:
        """Let go of what the run came to, before the next one and outside the timed region."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What is needed to measure a cell, for as long as its executor is open.

    Attributes:
        executor: the executor.
        cold_start: seconds that it took to open.
        bound: what the workload spends its time on.
        plan: how many rounds, and what is in one.
        serial: runs the workload serially once and returns its seconds.
        parallel: runs it on the executor once and returns its seconds.
    """

    executor: Executor
    cold_start: float
    bound: Bound
    plan: Plan
    serial: Callable[[], float]
    parallel: Callable[[], float]

    @property
    def has_drift(self) -> bool:
        """Whether its ceiling drifts, so that each round is to have the kernel's turns too."""
        return self.bound is Bound.CPU and self.executor.workers > 1

    def rounds(self, count: int) -> tuple[Round, ...]:
        """Measure rounds, timed by this project's clock."""
        arms = {SERIAL: self.serial, PARALLEL: self.parallel, **self._kernel()}
        return tuple(rounds(arms, islice(self._orders(), count)))

    def benchmarked_rounds(self, benchmark: Benchmark, target: Target) -> tuple[Round, ...]:
        """Measure the planned rounds, with the parallel turns run and timed by pytest-benchmark.

        Args:
            benchmark: pytest-benchmark's fixture.
            target: runs the workload on the executor.
        """
        arms = {SERIAL: self.serial, **self._kernel()}
        orders = islice(self._orders(), self.plan.rounds)
        driver = _Driver(rounds_around(PARALLEL, arms, orders))

        def after_turn() -> None:
            target.check()
            driver.took(benchmark.stats.stats.data[-1])

        benchmark.pedantic(
            target.run, setup=target.forget, teardown=after_turn, rounds=self.plan.parallel_turns
        )
        return driver.rounds

    def ceiling(
        self, own: tuple[Round, ...], known: dict[tuple[str, int], Ceiling]
    ) -> Ceiling | None:
        """Find the ceiling: in the cell's own rounds, or measured once per executor and count."""
        if self.executor.workers == 1:
            return None
        if self.has_drift:
            return Ceiling(self.bound, own)
        key = (self.executor.name, self.executor.workers)
        if key not in known:
            known[key] = measure_ceiling(self.executor, self.bound)
        return known[key]

    def _kernel(self) -> dict[str, Callable[[], float]]:
        return kernel_arms(self.executor, self.bound) if self.has_drift else {}

    def _orders(self) -> Iterator[Order]:
        return balanced_orders(tuple(chain(self.plan.arms, self._kernel())), Random())


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
