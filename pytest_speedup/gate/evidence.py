"""From what is known of a cell to its outcome, its interval and the loss that would have shown.

The rules differ in what they measure and in what shows a loss; all else stands here, once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from pytest_speedup.model import Estimate, Outcome, Verdict
from pytest_speedup.statistics import t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

POWER = 0.9
"""How often a detectable loss is seen."""

UNSURE = "a loss shows and is not sure: give it more time, or a machine with less noise"
"""Why a cell is unconfirmed."""


MAX_LOG = 700.0
"""Of a ratio that a float holds; beyond, nothing is known of it."""


@dataclass(frozen=True, slots=True)
class LogEstimate:
    """A quantity in natural logarithms, and how sure it is.

    Attributes:
        value: the estimate.
        error: its standard error.
        degrees: degrees of freedom of the error.
    """

    value: float
    error: float
    degrees: float

    def low(self, chance: float) -> float:
        """Find the value that it lies below with that chance."""
        return self.value - self.half_width(chance)

    def high(self, chance: float) -> float:
        """Find the value that it lies above with that chance."""
        return self.value + self.half_width(chance)

    def half_width(self, chance: float) -> float:
        """Find how far its limit lies, to either side, that errs with that chance."""
        return t_quantile(1 - chance, self.degrees) * self.error

    def interval(self, chance: float) -> Estimate:
        """Make it a ratio, with the interval that errs on either side with that chance."""
        ends = (self.low(chance), self.value, self.high(chance))
        low, value, high = (math.exp(min(end, MAX_LOG)) for end in ends)
        return Estimate(value, low, high, 1 - 2 * chance)


@dataclass(frozen=True, slots=True)
class Chances:
    """How often one look may err.

    Attributes:
        red: chance of a false red, and of a false improvement.
        fall: chance that what did not change for the worse is said to have.
        passing: chance of a false pass.
        leaning: chance that what lost nothing seems to have.
        suite: chance that a loss which is said to be ruled out in all cells is in this one.
    """

    red: float
    fall: float
    passing: float
    leaning: float
    suite: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the blocks of a cell show.

    Attributes:
        speedup: its change, or its distance from a floor.
        parallel: the rise of parallel time.
        limit: the loss that is accepted, in natural logarithms.
        chances: how often this look may err.
        may_decide: whether they are enough for any outcome.
        may_redden: whether they are enough for a red one: until then a loss leaves the cell open.
        serial_rose: whether serial time surely rose.
    """

    speedup: LogEstimate
    parallel: LogEstimate
    limit: float
    chances: Chances
    may_decide: bool = True
    may_redden: bool = True
    serial_rose: bool = False

    @property
    def no_rise(self) -> bool:
        """Whether parallel time surely did not rise beyond the limit."""
        return self.parallel.high(self.chances.passing) < self.limit

    @property
    def no_fall(self) -> bool:
        """Whether the speedup surely did not fall beyond the limit."""
        return self.speedup.low(self.chances.passing) > -self.limit

    @property
    def worse(self) -> bool:
        """Whether the speedup surely fell beyond the limit."""
        return self.speedup.high(self.chances.red) < -self.limit

    @property
    def better(self) -> bool:
        """Whether the speedup surely rose beyond the limit."""
        return self.speedup.low(self.chances.red) > self.limit


class Rule(Protocol):
    """What a rule has of its own."""

    def shows_loss(self, evidence: Evidence, /) -> bool:
        """Tell whether the cell surely lost more than is accepted."""

    def passes(self, evidence: Evidence, /) -> bool:
        """Tell whether it is known well enough that it did not."""

    def leans_red(self, evidence: Evidence, /) -> bool:
        """Tell whether it seems to have, where neither is known."""

    def decided_by(self, evidence: Evidence, outcome: Outcome, /) -> LogEstimate:
        """Choose the change of speedup that an outcome rests on."""

    def worst(self, evidence: Evidence, chance: float, /) -> float:
        """Find the loss, in natural logarithms, that a cell which did not lose surely is below."""

    def tests(self, evidence: Evidence, /) -> Sequence[tuple[LogEstimate, float, float]]:
        """List what must be seen of a loss, all of it.

        Returns:
            Quantities, the size in natural logarithms beyond which each must lie, and the chance
            with which that may err.
        """


def judge(cell: str, evidence: Evidence, rule: Rule) -> Verdict:
    """Decide on one cell.

    Args:
        cell: the id of the cell.
        evidence: what is known of it.
        rule: by which it is judged.

    Returns:
        What it comes to if nothing more is measured, without a reason.
    """
    outcome = outcome_of(evidence, rule)
    chances = evidence.chances
    chance = chances.passing if outcome is Outcome.PASSED else chances.red
    change = rule.decided_by(evidence, outcome).interval(chance)
    verdict = Verdict(cell, outcome, change, detectable_loss(evidence, rule))
    if not outcome.is_good:
        return verdict
    ruled_out, of_all = (
        -math.expm1(-max(0.0, rule.worst(evidence, one)))
        for one in (chances.passing, chances.suite)
    )
    return replace(verdict, ruled_out=ruled_out, ruled_out_of_all=of_all)


def outcome_of(evidence: Evidence, rule: Rule) -> Outcome:
    """Find what a cell comes to if nothing more is measured."""
    decided = _decided(evidence, rule)
    if decided is not None:
        return decided
    return Outcome.UNCONFIRMED if rule.leans_red(evidence) else Outcome.INCONCLUSIVE


def _decided(evidence: Evidence, rule: Rule) -> Outcome | None:
    """Find what a cell surely came to; None where that is open.

    A loss lowers the speedup, and so does faster serial code: that is told from it by parallel
    time that surely did not rise.
    """
    if not evidence.may_decide:
        return None
    if rule.shows_loss(evidence):
        return Outcome.REGRESSED if evidence.may_redden else None
    if evidence.no_rise and evidence.worse:
        return Outcome.SERIAL_IMPROVED
    if evidence.no_rise and evidence.better and evidence.parallel.value < 0:
        return Outcome.IMPROVED
    return Outcome.PASSED if rule.passes(evidence) else None


def detectable_loss(evidence: Evidence, rule: Rule) -> float:
    """Find the smallest loss, as a fraction, that would be seen with probability POWER."""
    needed = (
        limit + (t_quantile(1 - chance, one.degrees) + t_quantile(POWER, one.degrees)) * one.error
        for one, limit, chance in rule.tests(evidence)
    )
    return -math.expm1(-max(needed))
