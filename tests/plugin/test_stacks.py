from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import pytest

from pytest_speedup.errors import WrongResultError
from pytest_speedup.executors import SerialExecutor, ThreadExecutor
from pytest_speedup.measurement import Expected, Workload
from pytest_speedup.model import Bound, Samples
from pytest_speedup.plugin.run import Selected
from pytest_speedup.plugin.stacks import RECORDED, Recorder
from tests.samples import make_cell, make_samples

if TYPE_CHECKING:
    from pytest_speedup.executors import Executor
    from pytest_speedup.losses.trace import Trace
    from pytest_speedup.model import Cell
    from pytest_speedup.plugin.run import Run


@dataclass
class FakeRun:
    """What a recorder knows of the session."""

    selected: dict[str, Selected] = field(default_factory=dict)
    serial_traces: dict[str, Trace] = field(default_factory=dict)
    seconds_inside: float = 0.0


class Work:
    """Counts its runs by executor."""

    def __init__(self) -> None:
        self.runs: Counter[str] = Counter()

    def __call__(self, executor: Executor) -> list[int]:
        self.runs[executor.name] += 1
        return list(executor.map(abs, [1, 2]))


@pytest.fixture
def run() -> FakeRun:
    return FakeRun()


def make_recorder(run: FakeRun, cell: Cell, work: Work, expected: list[int]) -> Recorder:
    """Select a cell, and stand ready to record it."""
    run.selected[cell.id] = Selected(cell, 1, cell.workload)
    return Recorder(cast("Run", run), cell, Workload(work), *[Expected(expected)] * 2)


def record(run: FakeRun, samples: Samples) -> Counter[str]:
    """Record a cell, and count its runs."""
    work = Work()
    recorder = make_recorder(run, samples.cell, work, [1, 2])
    with ThreadExecutor(2) as executor:
        executor.start()
        stacks = recorder.stacks(executor, samples)
    assert len(stacks) == RECORDED
    assert all(stack.workers == 2 for stack in stacks)
    assert recorder.stacks(SerialExecutor(), samples) == ()
    return work.runs


def test_waiting_has_its_serial_runs_recorded_once_a_workload(run: FakeRun) -> None:
    """It is the same at any time."""
    assert record(run, make_samples()) == {"serial": RECORDED, "thread": RECORDED}
    assert record(run, make_samples(cell=make_cell("thread", 4))) == {"thread": RECORDED}
    assert run.seconds_inside > 0


def test_computing_has_a_serial_run_beside_each(run: FakeRun) -> None:
    """The machine is not the same at any time."""
    samples = replace(make_samples(), bound=Bound.CPU)
    for _ in range(2):
        assert record(run, samples) == {"serial": RECORDED, "thread": RECORDED}


def test_a_wrong_result_is_no_record(run: FakeRun) -> None:
    """As in a round that is timed."""
    recorder = make_recorder(run, make_cell(), Work(), [3])
    with ThreadExecutor(2) as executor:
        executor.start()
        with pytest.raises(WrongResultError, match="expected"):
            recorder.stacks(executor, make_samples())
