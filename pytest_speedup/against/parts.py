"""Which workloads of a suite a comparison judges, where others judge the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.against.cells import Matched, Wanted


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a suite.

    Attributes:
        elsewhere: workloads that other comparisons judge.
        tells_missing: whether it names the cells that the base alone has: no workload of head's
            has them, and one comparison has to.
    """

    elsewhere: frozenset[str] = frozenset()
    tells_missing: bool = True

    def own(self, wanted: Sequence[Wanted]) -> list[Wanted]:
        """Choose the cells that it judges."""
        return [one for one in wanted if one.workload not in self.elsewhere]

    def cut(self, matched: Matched, wanted: Sequence[Wanted]) -> tuple[Matched, int]:
        """Take what it judges of what the whole suite has.

        Args:
            matched: what base and head have of all cells.
            wanted: all cells that were selected.

        Returns:
            its own, and how many cells and floors are judged elsewhere: one error rate is for all.
        """
        workloads = {one.id: one.workload for one in wanted}
        others = [
            one
            for workload, cells in matched.cells.items()
            if workload in self.elsewhere
            for one in cells
        ]
        apart = [one for one in matched.alone if one.workload in self.elsewhere]
        floors = sum(one.floor.floors.count for one in (*others, *apart))
        own = replace(
            matched,
            cells={
                workload: cells
                for workload, cells in matched.cells.items()
                if workload not in self.elsewhere
            },
            verdicts={
                cell: verdict
                for cell, verdict in matched.verdicts.items()
                if (
                    workloads[cell] not in self.elsewhere
                    if cell in workloads
                    else self.tells_missing
                )
            },
            alone=tuple(one for one in matched.alone if one.workload not in self.elsewhere),
        )
        return own, len(others) + floors


WHOLE = Part()
"""All of it."""
