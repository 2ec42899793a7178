from __future__ import annotations

from dataclasses import replace

from pytest_speedup.gate import missing_cells
from pytest_speedup.model import Cell

FIRST = Cell("test_work[thread-2]", "test_work", "thread", 2, "quick")
SECOND = replace(FIRST, id="test_work[thread-4]", workers=4)


def test_a_cell_is_missed_once_whatever_its_size_was() -> None:
    """Runs of several sizes have the same cell: its id identifies it."""
    saved = [FIRST, SECOND, replace(FIRST, size="default")]
    missed = missing_cells(saved, set(), lambda _: True)
    assert [verdict.cell for verdict in missed] == [FIRST.id, SECOND.id]


def test_the_latest_size_decides_what_is_in_scope() -> None:
    """The selection is asked about the cell as it was saved last."""
    saved = [FIRST, replace(FIRST, size="default")]
    assert missing_cells(saved, set(), lambda cell: cell.size == "quick") == []
    assert len(missing_cells(saved, set(), lambda cell: cell.size == "default")) == 1
