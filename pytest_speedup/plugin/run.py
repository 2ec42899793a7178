"""The state of one pytest session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.executors import Conditions
from pytest_speedup.measurement import now

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_speedup.measurement import Timed
    from pytest_speedup.model import Ceiling, Cell, Machine, Summary, Trace
    from pytest_speedup.plugin.gate import Gate
    from pytest_speedup.settings import Settings


@dataclass(frozen=True, slots=True)
class Selected:
    """A cell that is to run.

    Attributes:
        cell: the cell.
        line: where its test stands in its file, from 1.
    """

    cell: Cell
    line: int


@dataclass(slots=True)
class Run:
    """What the session has learned so far; its parts grow as cells are measured.

    Attributes:
        settings: what the user asked for.
        machine: where it runs.
        started: when it began, on the measurement's clock.
        summaries: what was measured, in the order of the tests.
        references: serial results by workload: what every executor must return too.
        serial_traces: recorded serial runs of waiting workloads.
        gate: what cells are judged by.
        ceilings: kernels of waiting cells by executor and worker count.
        selected: the cells that were selected, by id.
        complaints: why the gate cannot turn green although no cell is red.
        save_errors: what could not be saved.
        reports: what is to be said of the reports that were written.
        remarks: what is to be said of the run beside its verdicts.
        uncollected: ids of what could not be collected.
        base_commit: full name of the commit that it was compared with; None without.
        interrupted: whether the user or a runner interrupted it.
        started_session: whether its session began.
        closed: whether every cell that was selected has its outcome.
        seconds_inside: seconds spent inside workloads so far, warm-up rounds included.
    """

    settings: Settings
    machine: Machine
    gate: Gate
    started: float = field(default_factory=now)
    summaries: list[Summary] = field(default_factory=list)
    references: dict[str, Timed[object]] = field(default_factory=dict)
    serial_traces: dict[str, Trace] = field(default_factory=dict)
    ceilings: dict[tuple[str, int], Ceiling] = field(default_factory=dict)
    selected: dict[str, Selected] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    save_errors: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    uncollected: list[str] = field(default_factory=list)
    base_commit: str | None = None
    interrupted: bool = False
    started_session: bool = False
    closed: bool = False
    seconds_inside: float = 0.0

    def conditions(self, *, collect_garbage: bool) -> Conditions:
        """Conditions of all executors; pytest's own script defines no task."""
        return Conditions(
            self.settings.start_method,
            collect_garbage,
            import_main=False,
            dask_scheduler=self.settings.dask_scheduler,
        )

    def interrupted_save(self, path: Path) -> None:
        """Note that the user interrupted a save, which left nothing behind."""
        self.interrupted = True
        self.save_errors.append(f"{path}: the save was interrupted; nothing was changed")


RUN = pytest.StashKey[Run]()
"""Where a session keeps its :class:`Run`."""
