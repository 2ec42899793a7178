"""The verdict on a whole run, in a line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_speedup.model import Outcome
from pytest_speedup.reports.wording import word_cells

if TYPE_CHECKING:
    from pytest_speedup.model import CellReport, RunReport


def is_red(cell: CellReport) -> bool:
    """Whether a cell fails the gate: it regressed, and nobody accepted that."""
    verdict = cell.verdict
    if verdict is None or verdict.acknowledged is not None:
        return False
    return verdict.outcome is Outcome.REGRESSED


def has_changed(cell: CellReport) -> bool:
    """Whether a cell deserves attention: judged, and not just passed."""
    verdict = cell.verdict
    return verdict is not None and (verdict.outcome is not Outcome.PASSED or bool(verdict.counters))


def word_standing(report: RunReport) -> str:
    """Say in one line whether the run is red, and how many cells are what."""
    if not report.gated:
        return f"{word_cells(len(report.cells))} measured, compared with nothing"
    red = sum(map(is_red, report.cells))
    counts = Counter(cell.verdict.outcome for cell in report.cells if cell.verdict is not None)
    parts = ", ".join(f"{count} {outcome.value}" for outcome, count in sorted_counts(counts))
    if red:
        return f"RED: {red} of {word_cells(len(report.cells))} lost speedup ({parts})"
    if report.complaints:
        return f"NOT GREEN: {report.complaints[0].removeprefix('speedup gate: ')} ({parts})"
    return f"GREEN: no cell lost speedup ({parts or 'none judged'})"


def sorted_counts(counts: Counter[Outcome]) -> list[tuple[Outcome, int]]:
    """Sort counts of outcomes as they are defined, without those that did not occur."""
    return [(outcome, counts[outcome]) for outcome in Outcome if counts[outcome]]
