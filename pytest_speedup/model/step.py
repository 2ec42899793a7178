"""Where a comparison is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """What a comparison with a base commit does next.

    Attributes:
        block: the number of the block, from 1.
        most: blocks that there are at most.
        workload: the workload that is measured.
        undecided: cells that are not decided yet.
        seconds_left: of the budget; negative where a loss is still being confirmed.
    """

    block: int
    most: int
    workload: str
    undecided: int
    seconds_left: float
