"""What counts as a regression."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_speedup.model import Bound

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_MARGIN = 0.1

DEVIATIONS = {Bound.WAIT: 0.03, Bound.CPU: 0.09}
"""Standard deviation of a cell's log speedup between runs of the same code on one machine,
beyond what its rounds show within a run, and after the ceiling's drift is taken out.

Measured on a shared virtual machine with 2 CPUs; ``python -m pytest_speedup.evaluate`` prints
the figures of the recording that comes with the project.
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of the verdict.

    Attributes:
        margin: loss of speedup that is accepted, as a fraction.
        error_rate: chance that a suite whose cells all lost just the margin shows a red one.
        pass_error: chance that a cell that lost more than the margin is said to have passed.
        looks: how often a cell may be looked at before it is decided.
        deviations: standard deviation between runs by kind of workload, where history does not
            tell.
        deviation_weight: how many runs of history these deviations are worth.
    """

    margin: float = DEFAULT_MARGIN
    error_rate: float = 0.05
    pass_error: float = 0.05
    looks: int = 3
    deviations: Mapping[Bound, float] = field(default_factory=lambda: dict(DEVIATIONS))
    deviation_weight: float = 12.0
