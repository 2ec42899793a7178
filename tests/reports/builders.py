"""Reports of runs, made from a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.gate import take_stock
from pytest_speedup.losses.kinds import Loss
from pytest_speedup.model import (
    Bound,
    CellReport,
    Estimate,
    Kind,
    Measurement,
    Outcome,
    RunReport,
    Standing,
    Verdict,
)
from tests.samples import MACHINE, make_cell
from tests.stacks import make_stack

if TYPE_CHECKING:
    from collections.abc import Collection

SPEEDUP = Estimate(1.5, 1.4, 1.6, 0.95)
CHANGE = Estimate(0.7, 0.66, 0.73, 0.99)


def make_cell_report(
    outcome: Outcome | None = Outcome.PASSED,
    executor: str = "thread",
    workers: int = 2,
    *,
    name: str = "test_work",
    reason: str = "",
    acknowledged: str | None = None,
) -> CellReport:
    cell = make_cell(executor, workers)
    cell_id = cell.id.replace("test_work[", f"{name}[")
    change = None if outcome in (Outcome.NEW, Outcome.MISSING) else CHANGE
    return CellReport(
        id=cell_id,
        cell=cell,
        measurement=Measurement(
            speedup=SPEEDUP,
            ceiling=Estimate(1.9, 1.8, 2.0, 0.95),
            bound=Bound.CPU,
            oversubscribed=False,
            cold_start=0.1,
            rounds=((0.1, 0.07), (0.1, 0.06)),
        ),
        saved=(2.0, 2.1),
        verdict=outcome
        and Verdict(
            cell_id,
            outcome,
            change,
            0.05,
            reason=reason,
            speedup=1.5,
            before=None if change is None else 2.14,
            margin=0.1,
            acknowledged=acknowledged,
        ),
        stacks=(("saved", make_stack({})), ("now", make_stack({Loss.GIL: 0.3}))),
        poor="",
    )


def make_report(
    *cells: CellReport,
    gated: bool = True,
    complaints: tuple[str, ...] = (),
    moved: tuple[str, ...] = (),
    allowed: Collection[Outcome] = (Outcome.INCONCLUSIVE,),
) -> RunReport:
    verdicts = [cell.verdict for cell in cells if cell.verdict is not None]
    return RunReport(
        created="2026-11-24T01:02:03+00:00",
        version="0.1.0",
        commit="0123456789abcdef",
        against=None,
        machine=MACHINE,
        size="default",
        gated=gated,
        complaints=complaints,
        moved=moved,
        cells=cells,
        standing=take_stock(verdicts, allowed) if gated else Standing(Kind.MEASURED),
    )


def one_of_each() -> RunReport:
    """A cell of each outcome."""
    return make_report(
        *(make_cell_report(outcome, name=f"test_{outcome.name.lower()}") for outcome in Outcome)
    )
