"""Base against head: from the changes that blocks show to an outcome.

Where base and head were measured in the same rounds, the change of parallel time by itself is
sharper than that of the speedup, whose serial side adds noise of its own. Red takes both: parallel
time that surely rose by what the margin allows, and a speedup that surely fell (an
intersection-union test: Berger, Technometrics 24(4), 1982, which errs no more than the laxer one).
No cell is closed as better while parallel time may have risen by more than that.

Each look spends an equal part of the error rate (Lan and DeMets, Biometrika 70(3), 1983): looks
that cannot end in red spend nothing on it.

A pass at the first block rests on how the rest of the suite varies: there must be some of it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_speedup.gate.evidence import Chances, Evidence, LogEstimate, judge
from pytest_speedup.gate.spread import mean_of_blocks, weighted_mean
from pytest_speedup.model import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.gate.policy import PairedPolicy
    from pytest_speedup.gate.spread import Spread
    from pytest_speedup.statistics import BlockChange


class PairedRule:
    """A regression is parallel time that rose by more than the margin while the speedup fell."""

    def shows_loss(self, evidence: Evidence) -> bool:
        """Tell whether parallel time surely rose beyond the margin, and the speedup surely fell."""
        rose = evidence.parallel.low(evidence.chances.red) > evidence.limit
        return rose and evidence.speedup.high(evidence.chances.fall) < 0

    def passes(self, evidence: Evidence) -> bool:
        """Tell whether parallel time surely did not rise beyond the margin, or serial time too.

        Where serial time surely rose, a speedup that surely did not fall is enough.
        """
        return evidence.no_rise or (evidence.serial_rose and evidence.no_fall)

    def leans_red(self, evidence: Evidence) -> bool:
        """Tell whether parallel time seems to have risen beyond the margin, and surely rose."""
        seems = evidence.parallel.value > evidence.limit and evidence.speedup.value < 0
        return seems and evidence.parallel.low(evidence.chances.leaning) > 0

    def decided_by(self, evidence: Evidence, outcome: Outcome, /) -> LogEstimate:
        """Take what the change of parallel time alone makes of the speedup, unless that decided."""
        better = outcome in (Outcome.SERIAL_IMPROVED, Outcome.IMPROVED)
        if better or _passed_slower_alike(evidence, outcome):
            return evidence.speedup
        return replace(evidence.parallel, value=-evidence.parallel.value)

    def worst(self, evidence: Evidence, chance: float) -> float:
        """Take the rise of parallel time; where that passed slower alike, the fall of speedup."""
        return evidence.parallel.high(chance) if evidence.no_rise else -evidence.speedup.low(chance)

    def tests(self, evidence: Evidence) -> Sequence[tuple[LogEstimate, float, float]]:
        """Ask for parallel time that rose beyond the margin, and a speedup that fell."""
        chances = evidence.chances
        return (
            (evidence.parallel, evidence.limit, chances.red),
            (evidence.speedup, 0.0, chances.fall),
        )


def judge_paired(
    cell: str,
    blocks: Sequence[BlockChange],
    spread: Spread,
    error: float,
    policy: PairedPolicy,
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
        code that took the same time on both sides. A loss that shows and is not sure leaves the
        cell open, until it is measured no more.
    """
    evidence = weigh(blocks, spread, error, policy)
    verdict = judge(cell, evidence, PairedRule())
    is_open = verdict.outcome.is_open
    return replace(
        verdict,
        outcome=Outcome.INCONCLUSIVE if is_open else verdict.outcome,
        more_would_help=is_open,
        reason=_reason(evidence, verdict.outcome),
        margin=policy.margin,
    )


def weigh(
    blocks: Sequence[BlockChange], spread: Spread, error: float, policy: PairedPolicy
) -> Evidence:
    """Sum up what blocks show; arguments as those of :func:`judge_paired`."""
    parallel = mean_of_blocks([one.parallel for one in blocks], spread.parallel)
    serial = mean_of_blocks([one.serial for one in blocks], spread.serial)
    both = math.hypot(serial.error, parallel.error)
    passing = policy.pass_error_at(len(blocks))
    return Evidence(
        LogEstimate(serial.value - parallel.value, both, parallel.degrees),
        parallel,
        policy.limit,
        Chances(
            red=error / policy.red_looks,
            fall=policy.fall_error / policy.red_looks,
            passing=passing,
            leaning=policy.lean_error / len(blocks),
            suite=error / policy.most,
        ),
        may_decide=len(blocks) > 1 or spread.parallel.seen >= policy.quick_degrees,
        may_redden=len(blocks) >= policy.fewest,
        serial_rose=serial.low(passing) > 0,
    )


def leans_red(evidence: Evidence) -> bool:
    """Tell whether a cell seems to have lost, be that sure or not."""
    return PairedRule().leans_red(evidence)


def is_unconfirmed_loss(
    blocks: Sequence[BlockChange], spread: Spread, error: float, policy: PairedPolicy
) -> bool:
    """Tell whether a cell seems to have lost, and lacks blocks to be red."""
    if not blocks:
        return False
    evidence = weigh(blocks, spread, error, policy)
    shows_loss = not evidence.may_redden and PairedRule().shows_loss(evidence)
    return leans_red(evidence) or shows_loss


def may_have_lost(blocks: Sequence[BlockChange], policy: PairedPolicy) -> bool:
    """Tell whether parallel time rose by more than the margin on average, be that chance or not."""
    return bool(blocks) and weighted_mean([one.parallel for one in blocks]) > policy.limit


def loss_behind(evidence: Evidence, outcome: Outcome) -> float:
    """Tell which loss an outcome rests on, in natural logarithms.

    That is the rise of parallel time, or, where that passed with serial code that got slower
    as well, the fall of the speedup.
    """
    slower_alike = _passed_slower_alike(evidence, outcome)
    return -evidence.speedup.value if slower_alike else evidence.parallel.value


def _passed_slower_alike(evidence: Evidence, outcome: Outcome) -> bool:
    """Whether a cell passed by its speedup alone."""
    return outcome is Outcome.PASSED and not evidence.no_rise


def _reason(evidence: Evidence, outcome: Outcome) -> str:
    if outcome is Outcome.REGRESSED:
        return "against its base, and parallel time rose"
    if outcome is Outcome.PASSED and evidence.parallel.value > evidence.limit:
        rise = math.expm1(evidence.parallel.value)
        return f"parallel time rose by {rise:.0%}, and serial time with it: the speedup held"
    return ""
