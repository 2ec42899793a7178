"""Where the time of a cell goes: runs of it that are recorded, and what stands beside them.

The GIL has to stay as the run found it. On a free-threaded build it is switched back on when an
extension is imported that does not declare to do without
(https://docs.python.org/3/howto/free-threading-python.html): threads that scaled until then no
longer do, and nothing else says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.executors import SerialExecutor
from pytest_speedup.losses.recording import record_run
from pytest_speedup.losses.stack import mean_stack, stack_losses
from pytest_speedup.losses.trace import in_a_row
from pytest_speedup.measurement import gil_enabled
from pytest_speedup.model import Bound
from pytest_speedup.statistics import estimate_ceiling

if TYPE_CHECKING:
    from pytest_speedup.executors import Executor
    from pytest_speedup.losses.explanation import Explanation
    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.losses.trace import Trace
    from pytest_speedup.measurement import Expected, Workload
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
        workload: the workload.
        serial: what serial code returns.
        expected: what the cell returns, which is more where the work grows with the workers.
    """

    run: Run
    cell: Cell
    workload: Workload[Any]
    serial: Expected
    expected: Expected

    def stacks(self, executor: Executor, samples: Samples) -> tuple[Stack, ...]:
        """Run the cell some more times, and say where the time went.

        Serial code has no stack, and what workers with clocks of their own say cannot be put
        together.
        """
        if executor.name == SerialExecutor.name or not executor.shares_clock:
            return ()
        known = samples.ceiling
        if known is None or known.bound is Bound.WAIT:
            kernel = None
        else:
            kernel = estimate_ceiling(known).value
        return tuple(
            stack_losses(
                in_a_row(self._serial(samples.bound), self.cell.growth),
                self._record(executor, self.expected),
                kernel,
            )
            for _ in range(RECORDED)
        )

    def _serial(self, bound: Bound) -> Trace:
        """Record a serial run; waiting is the same at any time, and recorded once."""
        traces, serial = self.run.serial_traces, SerialExecutor()
        shares = self.run.selected[self.cell.id].shares
        if bound is Bound.CPU:
            return self._record(serial, self.serial)
        if shares not in traces:
            some = [self._record(serial, self.serial) for _ in range(RECORDED)]
            traces[shares] = sorted(some, key=attrgetter("seconds"))[RECORDED // 2]
        return traces[shares]

    def _record(self, executor: Executor, expected: Expected) -> Trace:
        name = f"{self.cell.title} {self.cell.name}"
        trace = record_run(name, self.workload, executor, expected)
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


def refuse_switched(*, was_on: bool) -> None:
    """Fail a cell in which the GIL was switched on.

    Args:
        was_on: whether it was on when the run began.
    """
    if was_on or not gil_enabled():
        return
    pytest.fail(
        "the GIL was off when the run began, and is on now: an extension module was imported that "
        "does not support free threading (run with -W always to see which); import it before the "
        "run begins, or set PYTHON_GIL=0 to keep it off",
        pytrace=False,
    )
