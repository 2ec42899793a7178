"""Base against head: from the changes that blocks show to an outcome.

Where base and head were measured in the same rounds, the change of parallel time by itself is
sharper than that of the speedup, whose serial side adds noise of its own. Red takes both: parallel
time that surely rose by what the margin allows, and a speedup that surely fell (an
intersection-union test: Berger, Technometrics 24(4), 1982, which errs no more than the laxer one).
No cell is closed as better while parallel time may have risen by more than that.

Each look spends an equal part of the error rate (Lan and DeMets, Biometrika 70(3), 1983): looks
that cannot end in red spend nothing on it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_speedup.gate.judge import POWER, UNSURE
from pytest_speedup.gate.policy import value_of
from pytest_speedup.gate.spread import Mean, Typical, mean_of_blocks, typical_of, weighted_mean
from pytest_speedup.model import Bound, Estimate, Outcome, Verdict
from pytest_speedup.statistics import t_quantile

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
        lean_error: chance that a cell that lost nothing seems to have after its first block;
            after more of them it is that divided by their number.
        fewest: blocks that a red cell takes.
        fewest_to_pass: blocks that any other cell takes.
        most: blocks that are measured at most.
        deviations: how rounds vary, where blocks do not tell yet.
    """

    margin: float = 0.04
    error_rate: float = 0.05
    fall_error: float = 0.025
    pass_error: float = 0.05
    lean_error: float = 0.08
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

    @property
    def passing_looks(self) -> int:
        """How often a cell is looked at when it could pass."""
        return 1 + self.most - self.fewest_to_pass

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


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the blocks of a cell show.

    Attributes:
        parallel: the rise of parallel time.
        speedup: the change of the speedup.
        blocks: how many they are.
        error: chance of a false red that one look may spend.
        policy: the rules.
    """

    parallel: Mean
    speedup: Mean
    blocks: int
    error: float
    policy: DifferencePolicy

    @property
    def pass_error(self) -> float:
        """Chance of a false pass that one look may spend."""
        return self.policy.pass_error / self.policy.passing_looks

    @property
    def shows_loss(self) -> bool:
        """Whether parallel time surely rose beyond the margin, and the speedup surely fell."""
        rose = _low(self.parallel, self.error) > self.policy.limit
        return rose and _high(self.speedup, self.fall_error) < 0

    @property
    def fall_error(self) -> float:
        """Chance that one look takes a speedup for one that fell."""
        return self.policy.fall_error / self.policy.red_looks

    @property
    def no_rise(self) -> bool:
        """Whether parallel time surely did not rise beyond the margin."""
        return _high(self.parallel, self.pass_error) < self.policy.limit

    @property
    def no_fall(self) -> bool:
        """Whether the speedup surely did not fall beyond the margin."""
        return _low(self.speedup, self.pass_error) > -self.policy.limit

    @property
    def leans_red(self) -> bool:
        """Whether parallel time seems to have risen beyond the margin, and surely rose."""
        seems = self.parallel.value > self.policy.limit and self.speedup.value < 0
        return seems and _low(self.parallel, self.policy.lean_error / self.blocks) > 0

    def loss_behind(self, verdict: Verdict) -> float:
        """Tell which loss an outcome rests on, in natural logarithms.

        That is the rise of parallel time, or, where that passed with serial code that got slower
        as well, the fall of the speedup.
        """
        slower_alike = verdict.outcome is Outcome.PASSED and not self.no_rise
        return -self.speedup.value if slower_alike else self.parallel.value

    @property
    def detectable(self) -> float:
        """The smallest loss, as a fraction, that would be seen with probability POWER."""
        missed = t_quantile(POWER, self.parallel.degrees)
        red, fall = (
            t_quantile(1 - chance, self.parallel.degrees)
            for chance in (self.error, self.fall_error)
        )
        rise = self.policy.limit + (red + missed) * self.parallel.error
        return -math.expm1(-max(rise, (fall + missed) * self.speedup.error))


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

    Returns:
        A verdict whose change is that of the quantity that decided: of the speedup where the cell
        got better, or where it passed although parallel time rose, since serial code got slower
        with it; else what the change of parallel time alone makes of the speedup, as with serial
        code that took the same time on both sides.
    """
    evidence = weigh(blocks, spread, error, policy)
    outcome = _outcome(evidence)
    return Verdict(
        cell,
        outcome,
        _deciding_interval(evidence, outcome),
        evidence.detectable,
        outcome is Outcome.INCONCLUSIVE,
        _reason(evidence, outcome),
        margin=policy.margin,
    )


def at_the_end_of_time(verdict: Verdict, evidence: Evidence) -> Verdict:
    """Settle what becomes of a cell that is measured no more.

    Args:
        verdict: the last one.
        evidence: what its blocks showed.

    Returns:
        The verdict, UNCONFIRMED where it is open and leans red.
    """
    if verdict.outcome is not Outcome.INCONCLUSIVE or not evidence.leans_red:
        return verdict
    return replace(verdict, outcome=Outcome.UNCONFIRMED, reason=UNSURE)


def weigh(
    blocks: Sequence[BlockChange], spread: Spread, error: float, policy: DifferencePolicy
) -> Evidence:
    """Sum up what blocks show; arguments as those of :func:`judge_difference`."""
    parallel = mean_of_blocks([one.parallel for one in blocks], spread.parallel)
    serial = mean_of_blocks([one.serial for one in blocks], spread.serial)
    both = math.hypot(serial.error, parallel.error)
    speedup = Mean(serial.value - parallel.value, both, parallel.degrees)
    return Evidence(parallel, speedup, len(blocks), error / policy.red_looks, policy)


def is_unconfirmed_loss(
    blocks: Sequence[BlockChange], spread: Spread, error: float, policy: DifferencePolicy
) -> bool:
    """Tell whether a cell seems to have lost, and lacks blocks to be red."""
    if not blocks:
        return False
    evidence = weigh(blocks, spread, error, policy)
    return evidence.leans_red or (evidence.blocks < policy.fewest and evidence.shows_loss)


def may_have_lost(blocks: Sequence[BlockChange], policy: DifferencePolicy) -> bool:
    """Tell whether parallel time rose by more than the margin on average, be that chance or not."""
    return bool(blocks) and weighted_mean([one.parallel for one in blocks]) > policy.limit


def _outcome(evidence: Evidence) -> Outcome:
    policy, speedup = evidence.policy, evidence.speedup
    if evidence.blocks < policy.fewest_to_pass:
        return Outcome.INCONCLUSIVE
    if evidence.shows_loss:
        return Outcome.REGRESSED if evidence.blocks >= policy.fewest else Outcome.INCONCLUSIVE
    if evidence.no_rise and _high(speedup, evidence.error) < -policy.limit:
        return Outcome.SERIAL_IMPROVED
    better = evidence.no_rise and evidence.parallel.value < 0
    if better and _low(speedup, evidence.error) > policy.limit:
        return Outcome.IMPROVED
    return Outcome.PASSED if evidence.no_rise or evidence.no_fall else Outcome.INCONCLUSIVE


def _deciding_interval(evidence: Evidence, outcome: Outcome) -> Estimate:
    implied = replace(evidence.parallel, value=-evidence.parallel.value)
    if outcome is Outcome.PASSED:
        decided = implied if evidence.no_rise else evidence.speedup
        return _interval(decided, evidence.pass_error)
    better = outcome in (Outcome.SERIAL_IMPROVED, Outcome.IMPROVED)
    return _interval(evidence.speedup if better else implied, evidence.error)


def _reason(evidence: Evidence, outcome: Outcome) -> str:
    if outcome is Outcome.REGRESSED:
        return "against its base, and parallel time rose"
    if outcome is Outcome.PASSED and evidence.parallel.value > evidence.policy.limit:
        rise = math.expm1(evidence.parallel.value)
        return f"parallel time rose by {rise:.0%}, and serial time with it: the speedup held"
    return ""


def _low(mean: Mean, error: float) -> float:
    return mean.value - t_quantile(1 - error, mean.degrees) * mean.error


def _high(mean: Mean, error: float) -> float:
    return mean.value + t_quantile(1 - error, mean.degrees) * mean.error


def _interval(mean: Mean, error: float) -> Estimate:
    low, value, high = (
        math.exp(one) for one in (_low(mean, error), mean.value, _high(mean, error))
    )
    return Estimate(value, low, high, 1 - 2 * error)
