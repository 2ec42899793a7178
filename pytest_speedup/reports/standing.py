"""The verdict on a whole run, in a line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_speedup.model import Outcome
from pytest_speedup.reports.wording import word_cells

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_speedup.model import CellReport, RunReport


QUIET = (Outcome.PASSED, Outcome.INCONCLUSIVE)
"""Outcomes of which a report says no more than how many there are, unless it is asked."""


def is_red(cell: CellReport) -> bool:
    """Whether a cell fails the gate."""
    return cell.verdict is not None and cell.verdict.is_red


def has_changed(cell: CellReport) -> bool:
    """Whether a cell deserves attention: judged, and neither passed nor left open."""
    verdict = cell.verdict
    if verdict is None:
        return False
    return verdict.outcome not in QUIET or bool(verdict.counters)


def is_open(cell: CellReport) -> bool:
    """Whether nobody can tell what became of a cell."""
    return cell.verdict is not None and cell.verdict.outcome is Outcome.INCONCLUSIVE


def word_standing(report: RunReport) -> str:
    """Say in one line whether the run is red, and how many cells are what."""
    if not report.gated:
        return f"{word_cells(len(report.cells))} measured, compared with nothing"
    red = sum(map(is_red, report.cells))
    parts = word_outcomes(report.cells)
    if red:
        return f"RED: {red} of {word_cells(len(report.cells))} lost speedup ({parts})"
    if report.complaints:
        return f"NOT GREEN: {report.complaints[0].removeprefix('speedup gate: ')} ({parts})"
    return f"GREEN: no cell lost speedup ({parts or 'none judged'})"


def word_outcomes(cells: Iterable[CellReport]) -> str:
    """Count outcomes, in the order in which they are defined, without those that did not occur."""
    counts = Counter(cell.verdict.outcome for cell in cells if cell.verdict is not None)
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome])
