"""Base against head: from the changes that blocks show to an outcome.

Where base and head were measured in the same rounds, the change of parallel time by itself is
sharper than that of the speedup, whose serial side adds noise of its own. Red takes both: parallel
time that surely rose by what the margin allows, and a speedup that surely fell (an
intersection-union test: Berger, Technometrics 24(4), 1982, which errs no more than the laxer one).

Blocks are the replicas: the error is that of their mean, from how they vary, moderated by stated
defaults as if those were some more blocks (Smyth, Statistical Applications in Genetics and
Molecular Biology 3(1), 2004). Each look spends an equal part of the error rate (Lan and DeMets,
Biometrika 70(3), 1983).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import fmean, variance
from typing import TYPE_CHECKING

from pytest_speedup.model import Bound, Estimate, Outcome, Reading, Verdict
from pytest_speedup.statistics import t_quantile
from pytest_speedup.verdict.judge import POWER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_speedup.statistics import BlockChange

BLOCK_DEVIATIONS = {
    (Bound.WAIT, "thread"): 0.004,
    (Bound.WAIT, "process"): 0.01,
    (Bound.CPU, "thread"): 0.015,
    (Bound.CPU, "process"): 0.03,
}
"""Standard deviation of the log change between blocks, beyond what their rounds show."""


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
        deviations: how blocks vary, where they do not tell.
        deviation_weight: how many degrees of freedom these deviations are worth.
    """

    margin: float = 0.04
    error_rate: float = 0.05
    fall_error: float = 0.01
    pass_error: float = 0.05
    fewest: int = 5
    fewest_to_pass: int = 2
    most: int = 8
    deviations: Mapping[tuple[Bound, str], float] = field(
        default_factory=lambda: dict(BLOCK_DEVIATIONS)
    )
    deviation_weight: float = 12.0


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean change over blocks, in natural logarithms, with its standard errors.

    Attributes:
        parallel: change of the parallel time.
        speedup: change of the speedup.
        degrees: degrees of freedom of the errors.
    """

    parallel: Reading
    speedup: Reading
    degrees: float


def measure_difference(
    blocks: Sequence[BlockChange], deviation: float, policy: DifferencePolicy
) -> Difference:
    """Average over blocks.

    Args:
        blocks: at least one.
        deviation: how blocks of cells of its kind vary, beyond what their rounds show.
        policy: the rules.
    """
    return Difference(
        parallel=_mean([one.parallel for one in blocks], deviation, policy),
        speedup=_mean([one.speedup for one in blocks], deviation, policy),
        degrees=policy.deviation_weight + len(blocks) - 1,
    )


def judge_difference(
    cell: str,
    blocks: Sequence[BlockChange],
    deviation: float,
    error: float,
    policy: DifferencePolicy,
) -> Verdict:
    """Decide on one cell after another block.

    Args:
        cell: the id of the cell.
        blocks: its blocks so far, at least one.
        deviation: how blocks of cells of its kind vary.
        error: chance of a false red that the cell may spend, all looks together.
        policy: the rules.
    """
    difference = measure_difference(blocks, deviation, policy)
    parallel, speedup = difference.parallel, difference.speedup
    limit = -math.log1p(-policy.margin)
    red, fall, passing = (
        t_quantile(1 - chance / policy.most, difference.degrees)
        for chance in (error, policy.fall_error, policy.pass_error)
    )
    change = _interval(speedup, red, error / policy.most)
    missed = t_quantile(POWER, difference.degrees)
    detectable = -math.expm1(-limit - (red + missed) * parallel.error)

    def verdict(outcome: Outcome, reason: str = "") -> Verdict:
        return Verdict(cell, outcome, change, detectable, outcome is Outcome.INCONCLUSIVE, reason)

    if len(blocks) < policy.fewest_to_pass:
        return verdict(Outcome.INCONCLUSIVE)
    rose = parallel.value - red * parallel.error > limit
    fell = speedup.value + fall * speedup.error < 0
    if rose and fell:
        enough = len(blocks) >= policy.fewest
        reason = "against its base, and parallel time rose"
        return verdict(Outcome.REGRESSED, reason) if enough else verdict(Outcome.INCONCLUSIVE)
    if speedup.value + red * speedup.error < -limit and parallel.value < -speedup.value / 2:
        return verdict(Outcome.SERIAL_IMPROVED)
    if speedup.value - red * speedup.error > limit and parallel.value < 0:
        return verdict(Outcome.IMPROVED)
    no_rise = parallel.value + passing * parallel.error < limit
    no_fall = speedup.value - passing * speedup.error > -limit
    return verdict(Outcome.PASSED if no_rise or no_fall else Outcome.INCONCLUSIVE)


def _mean(readings: Sequence[Reading], deviation: float, policy: DifferencePolicy) -> Reading:
    values = [one.value for one in readings]
    within = fmean(one.error**2 for one in readings)
    expected = deviation**2 + within
    seen = variance(values) if len(values) > 1 else 0.0
    weight, degrees = policy.deviation_weight, len(values) - 1
    moderated = (weight * expected + degrees * seen) / (weight + degrees)
    return Reading(fmean(values), math.sqrt(moderated / len(values)))


def _interval(speedup: Reading, critical: float, error: float) -> Estimate:
    value, low, high = (
        math.exp(speedup.value + side * critical * speedup.error) for side in (0, -1, 1)
    )
    return Estimate(value, low, high, 1 - 2 * error)
