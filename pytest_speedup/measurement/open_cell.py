"""A cell whose executor is open, and the arms that take turns on it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice
from random import Random
from typing import TYPE_CHECKING

from pytest_speedup.measurement.loop import balanced_orders, rounds
from pytest_speedup.measurement.machine import kernel_arms, measure_ceiling
from pytest_speedup.model import PARALLEL, SERIAL, Bound, Ceiling

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor
    from pytest_speedup.measurement.loop import Plan
    from pytest_speedup.model import Round


@dataclass(frozen=True, slots=True)
class OpenCell:
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
        """Measure rounds: the plan's turns and the kernel's, in balanced order."""
        kernel = kernel_arms(self.executor, self.bound) if self.has_drift else {}
        orders = balanced_orders(tuple(chain(self.plan.arms, kernel)), Random())
        arms = {SERIAL: self.serial, PARALLEL: self.parallel, **kernel}
        return tuple(rounds(arms, islice(orders, count)))

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
