"""What was found beside what was aimed at."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.lab.shares import Share

if TYPE_CHECKING:
    from collections.abc import Sequence


class State(enum.Enum):
    """Whether a target is met."""

    NONE = ""
    MET = "met"
    UNSURE = "unsure"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity that each of several suites has.

    Attributes:
        values: that of each.
        unit: of these.
    """

    values: Sequence[float]
    unit: str

    def interval(self) -> tuple[float, float]:
        """Tell their mean, twice: of how sure it is nothing is said."""
        mean = sum(self.values) / len(self.values)
        return mean, mean

    def __str__(self) -> str:
        """Word their mean and the largest."""
        mean, _ = self.interval()
        return f"{mean:.2f} {self.unit} (at most {max(self.values):.2f})"


@dataclass(frozen=True, slots=True)
class Longest(Amount):
    """A quantity of which the largest counts."""

    def interval(self) -> tuple[float, float]:
        """Tell the largest, twice."""
        return max(self.values), max(self.values)


@dataclass(frozen=True, slots=True)
class Target:
    """What is aimed at.

    Attributes:
        value: the bound; shares as fractions.
        is_floor: whether what is found should be no less than it, and not no more.
    """

    value: float
    is_floor: bool = False

    def word(self, found: Share | Amount) -> str:
        """Word it, such as ``>= 95 %``; without a unit, which what is found has."""
        sign = ">=" if self.is_floor else "<="
        return (
            f"{sign} {100 * self.value:g} %"
            if isinstance(found, Share)
            else f"{sign} {self.value:g}"
        )

    def state(self, found: Share | Amount) -> State:
        """Tell whether it is met: the whole interval has to lie on its right side.

        Where none is allowed, or all are asked for, none and all meet it.
        """
        low, high = found.interval()
        if isinstance(found, Share) and self.value in (0, 1):
            low = high = found.value
        if self.is_floor:
            return _state(met=low >= self.value, missed=high < self.value)
        return _state(met=high <= self.value, missed=low > self.value)


def _state(*, met: bool, missed: bool) -> State:
    if met:
        return State.MET
    return State.MISSED if missed else State.UNSURE


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a table.

    Attributes:
        scenario: what was simulated.
        what: what was looked for.
        found: what was found.
        target: what was aimed at; None where nothing was.
        note: what else there is to say.
    """

    scenario: str
    what: str
    found: Share | Amount
    target: Target | None = None
    note: str = ""

    @property
    def state(self) -> State:
        """Whether its target is met."""
        return State.NONE if self.target is None else self.target.state(self.found)
