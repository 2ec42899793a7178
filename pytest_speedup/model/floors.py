"""What a test demands of its cells, whatever they are compared with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Floors:
    """What a cell must reach; None where nothing is demanded.

    Attributes:
        at_least: a speedup.
        at_least_of_ceiling: a share of the measured ceiling.
    """

    at_least: float | None = None
    at_least_of_ceiling: float | None = None

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(one is not None for one in (self.at_least, self.at_least_of_ceiling))


NO_FLOORS = Floors()
"""What a test demands that says nothing."""
