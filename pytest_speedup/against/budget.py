"""The time of a comparison: which blocks still fit, and how long they may take."""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST = 0.6
"""Share of a block's time that is left when the rounds of its computing cells get ever fewer."""

BEYOND = 1.5
"""Share of the budget that may be spent in all where a loss that shows is being confirmed."""


@dataclass(slots=True)
class Budget:
    """What is spent on a comparison.

    Attributes:
        seconds: for all of it.
        pace: share of the time for computing cells with which the blocks that a red cell takes
            fit in.
    """

    seconds: float
    pace: float = 1.0

    def has_time(self, took: float, left: float, missing: int) -> bool:
        """Tell whether another block fits, and shorten those to come where too few would fit.

        Args:
            took: seconds of the block before.
            left: seconds for what is open still.
            missing: how many blocks a red cell still takes, at least one.
        """
        wanted = took * missing
        scale = min(1 / self.pace, left / wanted) if wanted else 1.0
        if took * max(scale, SHORTEST) > left:
            return False
        self.pace *= scale
        return True

    def may_confirm(self, spent: float, took: float) -> bool:
        """Tell whether another block fits that is to confirm a loss.

        Args:
            spent: seconds of the comparison so far.
            took: seconds that the block is expected to take.
        """
        return spent + took <= BEYOND * self.seconds
