from __future__ import annotations

import pytest

from pytest_speedup.reports.history import MAX_SHOWN_VALUES, sparkline


def test_values_go_from_the_lowest_to_the_highest_sign() -> None:
    """In bars, or in letters where a terminal has none."""
    assert sparkline([1.0, 1.5, 2.0], encoding="utf-8") == "▁▅█"
    assert sparkline([1.0, 1.5, 2.0], encoding="ascii") == "_-#"
    assert sparkline([1.0, 2.0], encoding="no such encoding") == "_#"


def test_what_hardly_varies_looks_flat() -> None:
    """Noise is not stretched to a mountain."""
    assert sparkline([2.0, 2.001, 2.0], encoding="utf-8") == "███"
    assert sparkline([2.0], encoding="utf-8") == "█"


@pytest.mark.parametrize("count", [0, 1, MAX_SHOWN_VALUES, 1000])
def test_a_long_history_shows_its_end(count: int) -> None:
    """As many as fit."""
    line = sparkline([*[1.0] * count, 2.0][-count or None :] if count else [], encoding="utf-8")
    assert len(line) == min(count, MAX_SHOWN_VALUES)
    assert line.endswith("█") or not count
