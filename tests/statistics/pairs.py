"""The averages of all pairs, made one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def walsh_averages(values: Sequence[float]) -> list[float]:
    """Averages of all pairs of values, each value with itself included, in ascending order."""
    return sorted(
        (first + second) / 2 for index, first in enumerate(values) for second in values[index:]
    )
