"""Controlling the chance that any cell of a suite is red by mistake.

The fallback procedure (Wiens and Dmitrienko, The fallback procedure for evaluating a single
family of hypotheses, Journal of Biopharmaceutical Statistics 15(6), 2005): each cell has an equal
share of the suite's error rate, and a cell that was found red hands its share on to the next.
Like Holm's it controls the chance of any false red whatever the cells' dependence, and reddens a
suite in just the same cases; unlike Holm's it can decide on each cell while its test still runs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class ErrorBudget:
    """The error rate of a suite, spent cell by cell.

    Attributes:
        total: chance of any false red in the suite.
        cells: how many cells will be judged.
        handed_on: what cells found red have handed on.
    """

    total: float
    cells: int
    handed_on: float = 0.0

    @property
    def next_share(self) -> float:
        """What the next cell may spend."""
        return self.total / max(1, self.cells) + self.handed_on

    def settle(self, *, red: bool) -> None:
        """Close a cell: hand its share on if it was red."""
        self.handed_on = self.next_share if red else 0.0
