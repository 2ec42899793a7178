from __future__ import annotations

import pytest

from pytest_speedup.statistics import read_readings


def test_no_rounds_cannot_be_read() -> None:
    """They are refused as values are: there is no estimate of nothing."""
    with pytest.raises(ValueError, match="at least one value"):
        read_readings([])
