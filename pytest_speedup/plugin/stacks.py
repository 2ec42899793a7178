"""Where the time of a cell goes: runs of it that are recorded, and what stands beside them.

The GIL has to stay as the run found it. On a free-threaded build it is switched back on when an
extension is imported that does not declare to do without
(https://docs.python.org/3/howto/free-threading-python.html): threads that scaled until then no
longer do, and nothing else says why.

A free-threaded build runs with the GIL where the environment asks for it
(https://docs.python.org/3/using/cmdline.html#envvar-PYTHON_GIL), but cannot switch meanwhile: each
takes a process of its own.
"""

from __future__ import annotations

import sysconfig
from contextlib import ExitStack
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.against import Code, copy_plugin, running, scratch, sources_in
from pytest_speedup.against.protocol import Close, Closed, Open, Opened, Record, Recorded
from pytest_speedup.executors import SerialExecutor, ThreadExecutor
from pytest_speedup.losses.recording import record_run
from pytest_speedup.losses.stack import mean_stack, stack_losses
from pytest_speedup.losses.trace import in_a_row
from pytest_speedup.measurement import gil_enabled
from pytest_speedup.model import Bound
from pytest_speedup.plugin import serving
from pytest_speedup.plugin.passing import passed_options, paths_of_side
from pytest_speedup.plugin.serving import own_place
from pytest_speedup.statistics import estimate_ceiling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_speedup.against import Side
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


GIL = {"GIL off": "0", "GIL on": "1"}
"""Values of the environment variable ``PYTHON_GIL``."""


def can_switch() -> bool:
    """Whether this interpreter runs with the GIL and without."""
    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def record_both(
    config: pytest.Config, cells: Sequence[Cell]
) -> Iterator[tuple[Cell, list[tuple[str, Stack]]]]:
    """Record cells in two processes side by side, one of them with the GIL.

    Args:
        config: pytest's.
        cells: those to choose from; only threads share a GIL.

    Returns:
        For each cell of several threads, its stacks by whether the GIL was on.

    Raises:
        SideError: a process could not do it.
    """
    threads = [cell for cell in cells if cell.executor == ThreadExecutor.name and cell.workers > 1]
    if not threads or not can_switch():
        return
    root = config.rootpath
    arguments = passed_options(config, root).arguments
    with scratch.made("gil") as logs, ExitStack() as stack:
        plugin = copy_plugin(logs, serving.__name__)
        sides = {}
        for name, value in GIL.items():
            (folder := logs / value).mkdir()
            place = own_place(config, folder)
            code = Code(
                root,
                sources_in(root),
                arguments=(*place.arguments, *arguments),
                paths=paths_of_side(config, root, ()),
                variables={**place.environment, "PYTHON_GIL": value},
            )
            sides[name] = stack.enter_context(running(name, code, plugin, logs, seed=0))
        for cell in threads:
            yield cell, [(name, _record(serving, cell)) for name, serving in sides.items()]


def _record(serving: Side, cell: Cell) -> Stack:
    """Record a cell on one side, beside serial code."""
    serving.ask(Open((cell.id,), None), Opened)
    stacks = []
    for _ in range(RECORDED):
        serial, parallel = (
            serving.ask(Record(turn), Recorded).trace for turn in ("serial-1", cell.name)
        )
        stacks.append(stack_losses(in_a_row(serial, cell.growth), parallel))
    serving.ask(Close(), Closed)
    return mean_stack(stacks)
