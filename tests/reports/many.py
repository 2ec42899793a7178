"""Reports of a thousand cells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_speedup.gate import group_clean
from pytest_speedup.losses.kinds import Loss
from pytest_speedup.model import Cell, CellReport, Estimate, Outcome, Verdict
from tests.reports.builders import make_report
from tests.stacks import make_stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_speedup.model import RunReport

EXECUTORS = ("thread", "process")
WORKERS = range(2, 11)
CELLS = 1_008
WORKLOADS = CELLS // len(EXECUTORS) // len(WORKERS)


def make_many(
    others: Mapping[int, Verdict] | None = None,
    *,
    workers: range = WORKERS,
    cells: int = CELLS,
    file: str = "benchmarks/test_many.py",
) -> RunReport:
    """A comparison whose cells all passed.

    Args:
        others: what became of some of them, by their number; their ids are put right.
        workers: of each workload's cells, on each executor.
        cells: how many there are.
        file: of the tests; the number of the workload may stand in it.
    """
    made = []
    for index in range(cells):
        workload, rest = divmod(index, len(EXECUTORS) * len(workers))
        executor, at = divmod(rest, len(workers))
        test = f"{file.format(workload)}::test_w{workload:03}"
        cell = f"{test}[{EXECUTORS[executor]}-{workers[at]}]"
        verdict = replace((others or {}).get(index, make_passed()), cell=cell)
        made.append(
            CellReport(
                cell,
                Cell(cell, test, EXECUTORS[executor], workers[at], "default"),
                verdict=verdict,
                stacks=(
                    ("base", make_stack({Loss.GIL: 0.1})),
                    ("head", make_stack({Loss.GIL: 0.3})),
                ),
            )
        )
    return grouped(replace(make_report(*made), against="main"))


def make_passed() -> Verdict:
    return make_verdict(Outcome.PASSED)


def make_verdict(outcome: Outcome, reason: str = "") -> Verdict:
    change = Estimate(0.99, 0.97, 1.01, 0.99)
    return Verdict(
        "",
        outcome,
        change,
        0.06,
        0.06 if outcome.is_good else None,
        reason=reason,
        speedup=1.5,
        before=1.51,
        margin=0.1,
    )


def grouped(report: RunReport) -> RunReport:
    verdicts = [one.verdict for one in report.cells if one.verdict is not None]
    cells = {one.id: one.cell for one in report.cells if one.cell is not None}
    return replace(report, groups=group_clean(verdicts, cells))
