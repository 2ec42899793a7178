"""Cells that a baseline has and this run has not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.model import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from pytest_speedup.model import Cell


def missing_cells(
    baseline: Iterable[Cell], measured: Collection[str], in_scope: Callable[[Cell], bool]
) -> list[Verdict]:
    """Name each cell of the baseline that this run was to measure and did not.

    Args:
        baseline: the cells of the baseline.
        measured: ids of the cells that this run measured, or whose test failed.
        in_scope: whether the user's selection takes in a cell.
    """
    reason = (
        "a baseline has it, this run does not; was it renamed or removed? "
        "then acknowledge it, or allow it with --speedup-allow=missing"
    )
    cells = {cell.id: cell for cell in baseline}
    return [
        Verdict(cell.id, Outcome.MISSING, reason=reason)
        for cell in cells.values()
        if cell.id not in measured and in_scope(cell)
    ]
