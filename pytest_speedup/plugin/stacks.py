"""Where the time of a cell goes: runs of it that are recorded, and what stands beside them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from pytest_speedup.executors import SerialExecutor
from pytest_speedup.losses.recording import record_run
from pytest_speedup.losses.stack import mean_stack, stack_losses
from pytest_speedup.model import Bound
from pytest_speedup.statistics import read_readings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor
    from pytest_speedup.losses.explanation import Explanation
    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.losses.trace import Trace
    from pytest_speedup.model import Cell, Samples, Summary
    from pytest_speedup.plugin.gate import Gate
    from pytest_speedup.plugin.run import Run

RECORDED = 3
"""Runs that are recorded: as many as it takes to tell what they have in common."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """Records a workload in a cell.

    Attributes:
        run: the session's state.
        cell: the cell.
        work: the workload.
        expected: what it returns serially.
    """

    run: Run
    cell: Cell
    work: Callable[[Executor], object]
    expected: object

    def stacks(self, executor: Executor, samples: Samples) -> tuple[Stack, ...]:
        """Run the cell some more times, and say where the time went.

        Serial code has no stack, and what workers with clocks of their own say cannot be put
        together.
        """
        if executor.name == SerialExecutor.name or not executor.shares_clock:
            return ()
        ceiling = read_readings(samples.rounds).ceiling
        kernel = None if ceiling is None else math.exp(ceiling.value)
        return tuple(
            stack_losses(self._serial(samples.bound), self._record(executor), kernel)
            for _ in range(RECORDED)
        )

    def _serial(self, bound: Bound) -> Trace:
        """Record a serial run; waiting is the same at any time, and recorded once."""
        traces, serial = self.run.serial_traces, SerialExecutor()
        shares = self.run.selected[self.cell.id].shares
        if bound is Bound.CPU:
            return self._record(serial)
        if shares not in traces:
            some = [self._record(serial) for _ in range(RECORDED)]
            traces[shares] = sorted(some, key=attrgetter("seconds"))[RECORDED // 2]
        return traces[shares]

    def _record(self, executor: Executor) -> Trace:
        name = f"{self.cell.title} {self.cell.name}"
        trace = record_run(name, self.work, executor, self.expected)
        self.run.seconds_inside += trace.seconds
        return trace


def measured_stacks(gate: Gate, summary: Summary) -> list[tuple[str, Stack]]:
    """Name those of a cell that was measured, and of the saved runs that it is compared with."""
    samples = summary.samples
    named = (("saved", gate.saved_stacks(samples.cell.id)), ("now", samples.stacks))
    return [(name, mean_stack(stacks)) for name, stacks in named if stacks]


def compared_stacks(explanation: Explanation | None) -> list[tuple[str, Stack]]:
    """Name those of a cell whose base and head took turns."""
    if explanation is None:
        return []
    return [("base", explanation.before), ("head", explanation.after)]
