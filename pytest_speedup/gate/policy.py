"""The rules of both gates: what they share, and what each has of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from pytest_speedup.model import Bound

if TYPE_CHECKING:
    from collections.abc import Mapping

V = TypeVar("V")

DEFAULT_MARGIN = 0.1
"""Loss of speedup that is accepted against saved runs, where the user names none."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """How a cell's log speedup varies while its code stays the same, the ceiling's drift taken out.

    Attributes:
        run: standard deviation between runs, which all blocks of a run share.
        block: standard deviation between the blocks of a run, beyond what their rounds show.
    """

    run: float
    block: float


DEVIATIONS = {
    (Bound.WAIT, "thread"): Deviation(run=0.01, block=0.005),
    (Bound.WAIT, "process"): Deviation(run=0.03, block=0.01),
    (Bound.CPU, "thread"): Deviation(run=0.035, block=0.02),
    (Bound.CPU, "process"): Deviation(run=0.08, block=0.06),
}
"""Deviations by what a workload spends its time on, and by executor.

Measured on a shared virtual machine with 2 CPUs; ``python -m benchmarks.lab`` prints
those of the recording that comes with the project.
"""

CONTENDED = 0.5
"""Share of the ceiling below which it is not the machine that holds computing back."""

CONTENDED_DEVIATION = Deviation(run=0.45, block=0.2)
"""Deviation of computing cells below that share, measured likewise: how fast a lock changes hands
depends on which core its next owner runs on, and that differs from minute to minute.
"""

ROUND_DEVIATIONS = {
    (Bound.WAIT, "thread"): 0.006,
    (Bound.WAIT, "process"): 0.015,
    (Bound.CPU, "thread"): 0.05,
    (Bound.CPU, "process"): 0.08,
}
"""Standard deviation of the log change in one round, as measured on a shared machine."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the rules of both gates have in common.

    Attributes:
        margin: loss of speedup that is accepted, as a fraction.
        error_rate: chance that a suite whose cells all lost just the margin shows a red one.
        fall_error: chance that what did not change for the worse is said to have: parallel time
            against saved runs, the speedup against a base.
        pass_error: chance that a cell that lost more than the margin is said to have passed.
        lean_error: chance that a cell that lost nothing seems to have, where it is not decided.
    """

    margin: float = DEFAULT_MARGIN
    error_rate: float = 0.05
    fall_error: float = 0.025
    pass_error: float = 0.05
    lean_error: float = 0.01

    @property
    def limit(self) -> float:
        """The largest loss that is accepted, in natural logarithms."""
        return limit_of(self.margin)


@dataclass(frozen=True, slots=True)
class SavedPolicy(Policy):
    """The rules of a comparison with saved runs, and of floors.

    Attributes:
        confirming_error: chance that the fresh blocks alone confirm a cell that lost just the
            margin.
        looks: how often a cell may be looked at before it is decided: after each of its blocks.
        deviations: how cells vary, where history does not tell.
        contended: how contended cells vary, likewise.
        deviation_weight: how many degrees of freedom these deviations are worth.
    """

    confirming_error: float = 0.05
    looks: int = 5
    deviations: Mapping[tuple[Bound, str], Deviation] = field(
        default_factory=lambda: dict(DEVIATIONS)
    )
    contended: Deviation = CONTENDED_DEVIATION
    deviation_weight: float = 20.0

    def deviation(self, bound: Bound, executor: str, *, contended: bool) -> Deviation:
        """Look up how cells of this kind vary."""
        return self.contended if contended else value_of(self.deviations, bound, executor)


@dataclass(frozen=True, slots=True)
class PairedPolicy(Policy):
    """The rules of a comparison with a base commit.

    A cell that lost nothing seems to have, after so many blocks, with the chance of ``lean_error``
    divided by their number.

    Attributes:
        fewest: blocks that a red cell takes.
        fewest_to_pass: blocks that any other cell takes.
        most: blocks that are measured at most.
        deviations: how rounds vary, where blocks do not tell yet.
    """

    margin: float = 0.04
    lean_error: float = 0.08
    fewest: int = 5
    fewest_to_pass: int = 2
    most: int = 7
    deviations: Mapping[tuple[Bound, str], float] = field(
        default_factory=lambda: dict(ROUND_DEVIATIONS)
    )

    @property
    def red_looks(self) -> int:
        """How often a cell is looked at when it could be red."""
        return 1 + self.most - self.fewest

    @property
    def passing_looks(self) -> int:
        """How often a cell is looked at when it could pass."""
        return 1 + self.most - self.fewest_to_pass

    def deviation(self, bound: Bound, executor: str) -> float:
        """Look up how rounds of cells of this kind vary."""
        return value_of(self.deviations, bound, executor)


def limit_of(margin: float) -> float:
    """Turn a loss of speedup, as a fraction, into natural logarithms."""
    return -math.log1p(-margin)


def value_of(values: Mapping[tuple[Bound, str], V], bound: Bound, executor: str) -> V:
    """Look up what is known of an executor; one that was not measured is taken for processes.

    They vary most of those that were measured.
    """
    return values.get((bound, executor), values[bound, "process"])
