"""Base against head: from the changes that blocks show to an outcome.

Where base and head were measured in the same rounds, the change of parallel time by itself is
sharper than that of the speedup, whose serial side adds noise of its own. Red takes both: parallel
time that surely rose by what the margin allows, and a speedup that surely fell (an
intersection-union test: Berger, Technometrics 24(4), 1982, which errs no more than the laxer one).

Each look spends an equal part of the error rate (Lan and DeMets, Biometrika 70(3), 1983): looks
that cannot end in red spend nothing on it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_speedup.model import Bound, Estimate, Outcome, Verdict
from pytest_speedup.statistics import t_quantile
from pytest_speedup.verdict.judge import POWER
from pytest_speedup.verdict.policy import value_of
from pytest_speedup.verdict.spread import Mean, Typical, mean_of_blocks, typical_of, weighted_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_speedup.statistics import BlockChange

ROUND_DEVIATIONS = {
    (Bound.WAIT, "thread"): 0.006,
    (Bound.WAIT, "process"): 0.015,
    (Bound.CPU, "thread"): 0.05,
    (Bound.CPU, "process"): 0.08,
}
"""Standard deviation of the log change in one round, as measured on a shared machine."""


@dataclass(frozen=True, slots=True)
class DifferencePolicy:
    """The rules of a comparison with a base commit.

    Attributes:
        margin: loss of speedup that is accepted, as a fraction.
        error_rate: chance that a suite whose cells all lost just the margin shows a red one.
        fall_error: chance that a cell whose speedup did not fall is said to have.
        pass_error: chance that a cell that lost more than the margin is said to have passed.
        fewest: blocks that a red cell takes.
        fewest_to_pass: blocks that any other cell takes.
        most: blocks that are measured at most.
        deviations: how rounds vary, where blocks do not tell yet.
    """

    margin: float = 0.04
    error_rate: float = 0.05
    fall_error: float = 0.025
    pass_error: float = 0.05
    fewest: int = 5
    fewest_to_pass: int = 2
    most: int = 7
    deviations: Mapping[tuple[Bound, str], float] = field(
        default_factory=lambda: dict(ROUND_DEVIATIONS)
    )

    @property
    def limit(self) -> float:
        """The largest rise of parallel time that is accepted, in natural logarithms."""
        return -math.log1p(-self.margin)

    @property
    def red_looks(self) -> int:
        """How often a cell is looked at when it could be red."""
        return 1 + self.most - self.fewest

    def deviation(self, bound: Bound, executor: str) -> float:
        """Look up how rounds of cells of this kind vary."""
        return value_of(self.deviations, bound, executor)


@dataclass(frozen=True, slots=True)
class Spread:
    """How rounds of cells of one kind vary.

    Attributes:
        parallel: in the parallel time.
        serial: in the serial time.
    """

    parallel: Typical
    serial: Typical


def spread_of(cells: Sequence[Sequence[BlockChange]], default: float) -> Spread:
    """Estimate it from the cells that run one workload on one executor.

    Args:
        cells: the blocks of each cell.
        default: the standard deviation that is stated for such cells.
    """
    return Spread(
        typical_of([[one.parallel for one in blocks] for blocks in cells], default),
        # Cells of a workload share their serial turns: these are known once.
        typical_of([[one.serial for one in blocks] for blocks in cells[:1]], default),
    )


def judge_difference(
    cell: str,
    blocks: Sequence[BlockChange],
    spread: Spread,
    error: float,
    policy: DifferencePolicy,
) -> Verdict:
    """Decide on one cell after another block.

    Args:
        cell: the id of the cell.
        blocks: its blocks so far, at least one.
        spread: how rounds of cells of its kind vary.
        error: chance of a false red that the cell may spend, all looks together.
        policy: the rules.
    """
    parallel, speedup = _means(blocks, spread)
    limit = policy.limit
    looks = 1 + policy.most - policy.fewest_to_pass
    red, passing = (
        t_quantile(1 - chance, parallel.degrees)
        for chance in (error / policy.red_looks, policy.pass_error / looks)
    )
    change = _interval(speedup, red, error / policy.red_looks)
    missed = t_quantile(POWER, parallel.degrees)
    detectable = -math.expm1(-limit - (red + missed) * parallel.error)

    def verdict(outcome: Outcome, reason: str = "") -> Verdict:
        return Verdict(cell, outcome, change, detectable, outcome is Outcome.INCONCLUSIVE, reason)

    if len(blocks) < policy.fewest_to_pass:
        return verdict(Outcome.INCONCLUSIVE)
    if _shows_loss(blocks, spread, error, policy):
        if len(blocks) < policy.fewest:
            return verdict(Outcome.INCONCLUSIVE)
        return verdict(Outcome.REGRESSED, "against its base, and parallel time rose")
    if speedup.value + red * speedup.error < -limit and parallel.value < -speedup.value / 2:
        return verdict(Outcome.SERIAL_IMPROVED)
    if speedup.value - red * speedup.error > limit and parallel.value < 0:
        return verdict(Outcome.IMPROVED)
    no_rise = parallel.value + passing * parallel.error < limit
    no_fall = speedup.value - passing * speedup.error > -limit
    return verdict(Outcome.PASSED if no_rise or no_fall else Outcome.INCONCLUSIVE)


def is_unconfirmed_loss(
    blocks: Sequence[BlockChange], spread: Spread, error: float, policy: DifferencePolicy
) -> bool:
    """Tell whether a cell lacks nothing but blocks to be red."""
    return len(blocks) < policy.fewest and _shows_loss(blocks, spread, error, policy)


def leans_red(blocks: Sequence[BlockChange], policy: DifferencePolicy) -> bool:
    """Tell whether parallel time seems to have risen by more than the margin, sure or not."""
    return bool(blocks) and weighted_mean([one.parallel for one in blocks]) > policy.limit


def _shows_loss(
    blocks: Sequence[BlockChange], spread: Spread, error: float, policy: DifferencePolicy
) -> bool:
    """Tell whether parallel time surely rose by what the margin allows, and the speedup fell."""
    parallel, speedup = _means(blocks, spread)
    red, fall = (
        t_quantile(1 - chance / policy.red_looks, parallel.degrees)
        for chance in (error, policy.fall_error)
    )
    rose = parallel.value - red * parallel.error > policy.limit
    return rose and speedup.value + fall * speedup.error < 0


def _means(blocks: Sequence[BlockChange], spread: Spread) -> tuple[Mean, Mean]:
    """Average the changes of parallel time and of speedup."""
    parallel = mean_of_blocks([one.parallel for one in blocks], spread.parallel)
    serial = mean_of_blocks([one.serial for one in blocks], spread.serial)
    error = math.hypot(serial.error, parallel.error)
    return parallel, Mean(serial.value - parallel.value, error, parallel.degrees)


def _interval(speedup: Mean, critical: float, error: float) -> Estimate:
    value, low, high = (
        math.exp(speedup.value + side * critical * speedup.error) for side in (0, -1, 1)
    )
    return Estimate(value, low, high, 1 - 2 * error)
