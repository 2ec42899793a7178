"""The state of one pytest session."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.executors import Conditions
from pytest_speedup.measurement import now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pytest_speedup.gate import Ending, RunEnd
    from pytest_speedup.losses.trace import Trace
    from pytest_speedup.measurement import Reference
    from pytest_speedup.model import (
        Bound,
        Ceiling,
        Cell,
        Machine,
        ProvedRun,
        SavedChange,
        Shard,
        Summary,
        Touch,
    )
    from pytest_speedup.plugin.gate import Gate
    from pytest_speedup.plugin.serving import Serving
    from pytest_speedup.plugin.settings import Settings


@dataclass(frozen=True, slots=True)
class Selected:
    """A cell that is to run.

    Attributes:
        cell: the cell.
        line: where its test stands in its file, from 1.
        shares: what the cells have in common that run the same serial code.
    """

    cell: Cell
    line: int
    shares: str


@dataclass(slots=True)
class Run:
    """What the session has learned so far; its parts grow as cells are measured.

    Attributes:
        settings: what the user asked for.
        machine: where it runs.
        started: when it began, on the measurement's clock.
        summaries: what was measured, in the order of the tests.
        references: serial runs by what cells share: what every executor must return too; one
            goes when its last cell is done.
        grown: runs of the work of several workers, by what cells share and their number, likewise.
        serial_traces: recorded serial runs of waiting workloads, likewise.
        gate: what cells are judged by.
        at_once: workloads whose threads were seen to compute at once, by what cells share.
        ceilings: kernels that were measured by themselves, by executor, worker count and kind.
        collected: the tests of the cells that were found, selected or not, by id.
        selected: the cells that were selected, by id.
        to_come: ids of the cells that are not done yet, by what they share.
        endings: how the tests of cells ended, by id.
        absent: cells that saved runs have and this one has not, where no loss is to fail.
        notices: what is to be said of the run, and fails nothing.
        moved: what the change moves of the rules that it is judged by, a line each.
        complaints: why the gate cannot turn green although no cell is red.
        regressions: what --benchmark-compare-fail found, which fails the run.
        save_errors: what could not be saved.
        reports: what is to be said of the reports that were written.
        uncollected: ids of what could not be collected.
        base_commit: full name of the commit that it was compared with; None without.
        shard: which part of the suite it judges; None for all of it.
        end: how it ended; None where it has not.
        spent: seconds inside the turns of each workload of a comparison.
        proof: what base and head are known to have run; None where they were not compared.
        touches: whether the change touches a cell, by id of those that were to be compared.
        refusal: why each cell fails before it runs; empty where they run.
        uncompared: why nothing was compared although it was asked for; empty where that is right.
        interrupted: whether the user or a runner interrupted it.
        crashed: whether pytest, a plugin or a conftest.py raised outside of tests.
        session: pytest's, once it began.
        closed: whether every cell that was selected has its outcome.
        seconds_inside: seconds spent inside workloads so far, warm-up rounds included.
    """

    settings: Settings
    machine: Machine
    gate: Gate
    started: float = field(default_factory=now)
    summaries: list[Summary] = field(default_factory=list)
    references: dict[str, Reference[object]] = field(default_factory=dict)
    grown: dict[str, dict[int, Reference[object]]] = field(default_factory=dict)
    serial_traces: dict[str, Trace] = field(default_factory=dict)
    at_once: set[str] = field(default_factory=set)
    ceilings: dict[tuple[str, int, Bound], Ceiling] = field(default_factory=dict)
    collected: dict[str, pytest.Item] = field(default_factory=dict)
    selected: dict[str, Selected] = field(default_factory=dict)
    to_come: dict[str, set[str]] = field(default_factory=dict)
    endings: dict[str, Ending] = field(default_factory=dict)
    absent: list[SavedChange] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    regressions: list[str] = field(default_factory=list)
    save_errors: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    uncollected: list[str] = field(default_factory=list)
    base_commit: str | None = None
    shard: Shard | None = None
    end: RunEnd | None = None
    spent: dict[str, float] = field(default_factory=dict)
    proof: ProvedRun | None = None
    touches: Mapping[str, Touch] = field(default_factory=dict)
    refusal: str = ""
    uncompared: str = ""
    interrupted: bool = False
    crashed: bool = False
    session: pytest.Session | None = None
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

    def settle(self, settings: Settings) -> None:
        """Go by other settings, once it is known what files of a base say."""
        self.settings = settings
        self.machine = replace(self.machine, start_method=settings.start_method)

    def select(self, selected: Selected) -> None:
        """Take in a cell that is to run."""
        cell = selected.cell
        self.selected[cell.id] = selected
        self.to_come.setdefault(selected.shares, set()).add(cell.id)

    def leave(self, cells: Iterable[str]) -> None:
        """Take out cells that another run judges."""
        for cell in cells:
            self.done(cell)
            self.selected.pop(cell, None)

    def put(self, summary: Summary) -> None:
        """Take in what was measured, in place of what a run before a rerun measured."""
        cell = summary.samples.cell.id
        self.summaries[:] = [one for one in self.summaries if one.samples.cell.id != cell]
        self.summaries.append(summary)

    def done(self, cell_id: str) -> None:
        """Let go of the results of a workload, which can be large, when its last cell is done."""
        if cell_id not in self.selected:
            return
        shares = self.selected[cell_id].shares
        self.to_come[shares].discard(cell_id)
        if not self.to_come[shares]:
            self.references.pop(shares, None)
            self.grown.pop(shares, None)
            self.serial_traces.pop(shares, None)

    def interrupted_save(self, path: Path) -> None:
        """Note that the user interrupted a save, which left nothing behind."""
        self.interrupted = True
        self.save_errors.append(f"{path}: the save was interrupted; nothing was changed")


RUN = pytest.StashKey[Run]()
"""Where a session keeps its :class:`Run`."""

SERVING: pytest.StashKey[Serving] = pytest.StashKey()
"""Where the pytest of a side keeps what it serves with."""


def serves(config: pytest.Config) -> bool:
    """Whether pytest is a side of a comparison, which compares nothing itself."""
    return SERVING in config.stash
