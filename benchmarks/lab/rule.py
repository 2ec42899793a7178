"""What a rule is: something that calls cells of a run red, or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pytest_speedup.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.lab.prepared import PreparedCell


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule makes of one cell.

    Attributes:
        outcome: REGRESSED is red. Rules that know no doubt call all else PASSED.
        rounds: how many rounds of this run it looked at.
    """

    outcome: Outcome
    rounds: int

    @property
    def red(self) -> bool:
        """Whether it fails the suite."""
        return self.outcome is Outcome.REGRESSED


class Rule(Protocol):
    """Judges the cells of one run against saved ones."""

    @property
    def name(self) -> str:
        """What it is called in tables, with its settings."""

    def judge(
        self, suite: Sequence[PreparedCell], baselines: Sequence[Sequence[PreparedCell]]
    ) -> list[Decision]:
        """Decide on each cell of a suite.

        Args:
            suite: the cells of this run.
            baselines: for each of these cells the saved runs of it, oldest first.
        """
