"""What a whole run came to."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_speedup.model.outcome import Outcome
    from pytest_speedup.model.verdict import Verdict


class Kind(enum.Enum):
    """Where a run stands, with its wording in reports."""

    MEASURED = "MEASURED"
    GREEN = "GREEN"
    NEW = "NEW"
    UNDECIDED = "UNDECIDED"
    NOT_GREEN = "NOT GREEN"
    RED = "RED"
    BROKEN = "BROKEN"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the cells of a run came to together.

    Attributes:
        kind: where the run stands.
        counts: how many cells came to what, for each outcome that occurred.
        judged: cells that were to be judged: all but new and skipped ones.
        decided: cells of these about which the run is sure.
        acknowledged: cells that regressed and whose loss the project accepted.
        failing: verdicts that keep the run from being green, the gravest first.
        margins: the margins of the judged cells, each once, from the smallest.
        would_show: the smallest and the largest, over the cells that are not known to have lost,
            of the losses that would have shown; None where that is not known of each.
    """

    kind: Kind
    counts: tuple[tuple[Outcome, int], ...] = ()
    judged: int = 0
    decided: int = 0
    acknowledged: int = 0
    failing: tuple[Verdict, ...] = ()
    margins: tuple[float, ...] = ()
    would_show: tuple[float, float] | None = None

    @property
    def is_green(self) -> bool:
        """Whether nothing keeps the run from passing the gate."""
        return self.kind in (Kind.MEASURED, Kind.GREEN, Kind.NEW)

    def count(self, outcome: Outcome) -> int:
        """How many cells came to that outcome."""
        return dict(self.counts).get(outcome, 0)
