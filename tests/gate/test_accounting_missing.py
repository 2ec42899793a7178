from __future__ import annotations

from pytest_speedup.gate import missing_cells
from pytest_speedup.model import Outcome
from tests.samples import make_cell

OLD, KEPT, DESELECTED = (make_cell("thread", workers) for workers in (1, 2, 4))


def test_cells_that_were_to_be_measured_are_missed_once() -> None:
    """However many saved runs have them; deselected ones are not missed."""
    verdicts = missing_cells(
        [OLD, OLD, KEPT, DESELECTED], {KEPT.id}, lambda cell: cell != DESELECTED
    )
    assert [(one.cell, one.outcome) for one in verdicts] == [(OLD.id, Outcome.MISSING)]
    assert "--speedup-allow=missing" in verdicts[0].reason
