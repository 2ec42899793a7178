"""Where a series of measurements changes its level.

Optimal partitioning into segments of constant mean, with a penalty for each (R. Killick,
P. Fearnhead and I. A. Eckley, Optimal detection of changepoints with a linear computational cost,
JASA 107(500), 2012), computed by ruptures (C. Truong, L. Oudre and N. Vayatis, Selective review of
offline change point detection methods, Signal Processing 167, 2020).
"""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORTEST = 3
"""Measurements of a level; fewer may be an accident."""

PENALTY = 5.0
"""Times the logarithm of the length: more than usual, for noise that is not independent."""

FINEST = 0.005
"""Noise in log speedup below which no machine is."""

OF_NORMAL = 0.6745 * math.sqrt(2)
"""Median difference of two normal values, in standard deviations."""


def find_levels(logs: Sequence[float]) -> list[int]:
    """Find where levels begin, other than the first.

    Args:
        logs: logarithms of what was measured, in order of time.

    Returns:
        Indices, in order.

    Raises:
        SpeedupError: ruptures is not installed.
    """
    if len(logs) < 2 * SHORTEST:
        return []
    try:
        import ruptures  # noqa: PLC0415 - an optional extra
        from numpy import array  # noqa: PLC0415 - likewise
    except ImportError as error:
        message = (
            f"a history's changes are found with {error.name}, for Python below 3.14: "
            "python -m pip install 'pytest-speedup[history]'"
        )
        raise SpeedupError(message) from error
    noise = max(FINEST, median(abs(b - a) for a, b in pairwise(logs)) / OF_NORMAL)
    search = ruptures.KernelCPD(kernel="linear", min_size=SHORTEST)
    ends = search.fit_predict(array(logs) / noise, pen=PENALTY * math.log(len(logs)))
    return [int(end) for end in ends[:-1]]
