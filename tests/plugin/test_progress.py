from __future__ import annotations

from pytest_speedup.plugin.progress import progress_note


def test_the_first_cell_has_no_estimate() -> None:
    """Nothing is known yet of how long a cell takes."""
    assert progress_note("test_work[thread-2]", 0, 4, 0.0) == "  test_work[thread-2]: cell 1 of 4"


def test_time_left_follows_from_the_cells_so_far() -> None:
    """Two cells took 10 s, so four more take 20."""
    assert progress_note("x", 2, 6, 10.0) == "  x: cell 3 of 6, 20 s left"
