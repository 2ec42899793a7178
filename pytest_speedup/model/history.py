"""What saved runs say of a cell, one after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_speedup.model.reading import SavedCell


@dataclass(frozen=True, slots=True)
class Move:
    """A change of level.

    Attributes:
        before: the mean speedup of the level that ended.
        after: that of the level that began.
        last: the last run of the one.
        first: the first run of the other.
    """

    before: float
    after: float
    last: SavedCell
    first: SavedCell

    @property
    def change(self) -> float:
        """Speedup after / before."""
        return self.after / self.before


@dataclass(frozen=True, slots=True)
class History:
    """A cell in saved runs that are comparable with each other.

    Attributes:
        runs: oldest first, at least one.
        moves: where its level changed, oldest first.
        left_out: how many runs were saved under other conditions than the last.
    """

    runs: tuple[SavedCell, ...]
    moves: tuple[Move, ...]
    left_out: int
