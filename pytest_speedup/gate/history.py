"""The history of a cell: what can be compared of it, and where it moved."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_speedup.gate.saved import differences
from pytest_speedup.model import History, Move
from pytest_speedup.statistics import find_levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import SavedCell


def read_history(saved: Sequence[SavedCell]) -> History:
    """Find where a cell moved.

    Args:
        saved: the cell in all saved runs, oldest first, at least one. Those that were saved under
            other conditions than the last are left out.

    Raises:
        SpeedupError: what finds changes is not installed.
    """
    last = saved[-1]
    runs = tuple(one for one in saved if not differences(one, last.cell, last.machine))
    logs = [one.readings.speedup.value for one in runs]
    begins = find_levels(logs)
    edges = [0, *begins, len(runs)]
    levels = [math.exp(fmean(logs[a:b])) for a, b in pairwise(edges)]
    moves = tuple(
        Move(levels[index], levels[index + 1], runs[begin - 1], runs[begin])
        for index, begin in enumerate(begins)
    )
    return History(runs, moves, len(saved) - len(runs))
