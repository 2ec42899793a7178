"""Shares of what was counted, with exact intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from scipy.stats import binomtest

if TYPE_CHECKING:
    from collections.abc import Iterable

CONFIDENCE = 0.95


class Share(NamedTuple):
    """A share.

    Attributes:
        hits: how often it was so.
        total: of how many.
    """

    hits: int
    total: int

    @property
    def value(self) -> float:
        """The share itself; 0 of nothing is 0."""
        return self.hits / self.total if self.total else 0.0

    def interval(self) -> tuple[float, float]:
        """Find where the true share lies (Clopper and Pearson, Biometrika 26(4), 1934)."""
        if not self.total:
            return 0.0, 1.0
        found = binomtest(self.hits, self.total).proportion_ci(CONFIDENCE, method="exact")
        return float(found.low), float(found.high)

    def __str__(self) -> str:
        """Word it, such as ``3 of 40 (1.6-20.4 %)``; a dash where nothing was counted."""
        if not self.total:
            return "-"
        low, high = (100 * end for end in self.interval())
        return f"{self.hits} of {self.total} ({low:.1f}-{high:.1f} %)"


def share_of(truths: Iterable[bool]) -> Share:
    """Count how many are true."""
    listed = list(truths)
    return Share(sum(listed), len(listed))
