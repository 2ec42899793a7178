"""Base against head: from the changes that blocks show, and how rounds vary, to an outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from pytest_speedup.gate.evidence import Chances, Evidence, LogEstimate, judge
from pytest_speedup.model import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_speedup.gate.policy import PairedPolicy
    from pytest_speedup.statistics import BlockChange, Shift


STATED_WEIGHT = 4.0
"""Degrees of freedom that a stated deviation is worth."""

MAX_SIBLING_DEGREES = 1.0
"""Degrees of freedom of the other cells of a workload: what befell one mostly befell all."""

MAX_OTHER_DEGREES = 12.0
"""Degrees of freedom of other workloads: they are of a kind, and not the same."""

ENOUGH_DEGREES = 4.0
"""Degrees of freedom from which those that were measured again and again tell by themselves."""


@dataclass(frozen=True, slots=True)
class Scatter:
    """How rounds vary in units of what is stated for them.

    Attributes:
        variance: 1 where they vary as is stated.
        degrees: degrees of freedom that it rests on; 0 where nothing is known.
    """

    variance: float = 1.0
    degrees: float = 0.0


NOTHING_KNOWN = Scatter()


@dataclass(frozen=True, slots=True)
class Typical:
    """How rounds of a cell vary, as far as others tell.

    Attributes:
        deviation: standard deviation of the log change in one round.
        degrees: degrees of freedom that it rests on.
        seen: how many of these were seen in this run, and not stated.
    """

    deviation: float
    degrees: float
    seen: float = 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """How rounds of a cell vary, as far as others tell.

    Attributes:
        parallel: in the parallel time.
        serial: in the serial time.
    """

    parallel: Typical
    serial: Typical


def scatter_of(cells: Sequence[Sequence[Shift]], stated: float) -> Scatter:
    """Find how the cells of one workload on one executor scatter, or its serial code.

    They share what befalls their processes, so that all of them together have no more degrees of
    freedom than one. Of a single block nothing but its distance from no change is known: where
    nothing changed that is chance, where something did it is too wide, and never too narrow.

    Args:
        cells: the blocks of each.
        stated: the standard deviation of a round that is stated for them.
    """
    known = [blocks for blocks in cells if blocks]
    if not known:
        return NOTHING_KNOWN
    degrees = sum(max(1, len(blocks) - 1) for blocks in known)
    variance = sum(map(_squares_or_square, known)) / degrees
    return Scatter(variance / stated**2, max(max(1, len(blocks) - 1) for blocks in known))


def _squares_or_square(blocks: Sequence[Shift]) -> float:
    if len(blocks) > 1:
        return squares(blocks)
    return blocks[0].rounds * blocks[0].value ** 2


def pooled(scatters: Iterable[Scatter]) -> Scatter:
    """Find how others scatter, by the median of what each shows.

    Where all of a suite got slower, single blocks show that, and no scatter: those of more blocks
    tell by themselves, if there are enough.
    """
    known = [one for one in scatters if one.degrees]
    if not known:
        return NOTHING_KNOWN
    repeated = [one for one in known if one.degrees > 1]
    if sum(one.degrees for one in repeated) >= ENOUGH_DEGREES:
        known = repeated
    variance = median(one.variance / _median_of_chi_square(one.degrees) for one in known)
    return Scatter(variance, min(sum(one.degrees for one in known), MAX_OTHER_DEGREES))


def typical_of(stated: float, *sources: Scatter, weight: float = STATED_WEIGHT) -> Typical:
    """Find how rounds vary, by what is stated and what was seen.

    The stated deviation was measured on a machine that had nothing else to do. The more rounds
    vary than that, the less it counts: with its full weight, blocks that agree by chance would look
    sure.

    Args:
        stated: the standard deviation of a round in such cells.
        sources: how others scatter in its units.
        weight: degrees of freedom that it is worth where nothing contradicts it.
    """
    seen = sum(one.degrees for one in sources)
    squared = sum(one.degrees * one.variance for one in sources)
    if squared > seen:
        weight *= seen / squared
    variance = (weight + squared) / (weight + seen)
    return Typical(stated * math.sqrt(variance), weight + seen, seen)


def joined(scatters: Iterable[Scatter]) -> Scatter:
    """Find how the cells of a workload scatter on all executors: what befell one befell all."""
    known = [one for one in scatters if one.degrees]
    if not known:
        return NOTHING_KNOWN
    degrees = sum(one.degrees for one in known)
    variance = sum(one.degrees * one.variance for one in known) / degrees
    return Scatter(variance, max(one.degrees for one in known))


def siblings(scatters: Iterable[Scatter]) -> Scatter:
    """Find how the other cells of a workload scatter.

    Args:
        scatters: of those on the same executor, and of the others.
    """
    scatter = joined(scatters)
    return Scatter(scatter.variance, min(scatter.degrees, MAX_SIBLING_DEGREES))


def mean_of_blocks(blocks: Sequence[Shift], typical: Typical) -> LogEstimate:
    """Average over blocks, each weighted by its rounds.

    What others show counts the less, the more these blocks vary than that; and the mean is at no
    time taken for better known than the rounds within its blocks agree.

    Args:
        blocks: at least one.
        typical: how rounds vary, as far as others tell.
    """
    own_degrees, own = len(blocks) - 1, squares(blocks)
    weight = typical.degrees
    expected = own_degrees * typical.deviation**2
    if own_degrees and own > expected:
        weight *= expected / own
    degrees = max(1.0, weight + own_degrees)
    variance = (weight * typical.deviation**2 + own) / (weight + own_degrees)
    rounds = sum(one.rounds for one in blocks)
    within = math.hypot(*(one.rounds * one.error for one in blocks)) / rounds
    error = max(math.sqrt(variance / rounds), within)
    return LogEstimate(weighted_mean(blocks), error, degrees)


def deviation_of(blocks: Sequence[Shift], typical: Typical) -> float:
    """Find how rounds of a cell vary, by its own blocks and by what others show.

    Args:
        blocks: at least one.
        typical: how rounds vary, as far as others tell.

    Returns:
        The standard deviation of the log change in one round.
    """
    rounds = sum(one.rounds for one in blocks)
    return mean_of_blocks(blocks, typical).error * math.sqrt(rounds)


def weighted_mean(blocks: Sequence[Shift]) -> float:
    """Average over blocks, each weighted by its rounds."""
    return sum(one.rounds * one.value for one in blocks) / sum(one.rounds for one in blocks)


def squares(blocks: Sequence[Shift]) -> float:
    """Sum the squared distances of blocks from their mean, each weighted by its rounds."""
    mean = weighted_mean(blocks)
    return sum(one.rounds * (one.value - mean) ** 2 for one in blocks)


def _median_of_chi_square(degrees: float) -> float:
    """The median of a mean square, which is 1 on average (Wilson and Hilferty, 1931)."""
    return (1 - 2 / (9 * degrees)) ** 3


COARSE = (
    "its blocks differ too much on this machine for a margin of {usual:.0%}, and it passed by one "
    "of {coarse:.0%}"
)


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
    verdict = _judged(cell, evidence, policy)
    if verdict.outcome.is_open and len(blocks) >= policy.fewest:
        return judge_coarsely(cell, evidence, policy) or verdict
    return verdict


def judge_coarsely(cell: str, evidence: Evidence, policy: PairedPolicy) -> Verdict | None:
    """Let a cell pass by the coarse margin that is open by the usual one.

    Only one that does not even seem to have lost more than the usual one: how far blocks lie apart
    is no reason to accept a loss, and every reason to say that a smaller one would not have shown.

    Args:
        cell: the id of the cell.
        evidence: what its blocks show, held against the usual margin.
        policy: the rules, with that margin.

    Returns:
        A verdict by the coarse margin; None where it does not pass by that one, or where somebody
        named a margin.
    """
    if policy.coarse is None or evidence.parallel.value > evidence.limit:
        return None
    coarse = replace(policy, margin=policy.coarse)
    verdict = _judged(cell, replace(evidence, limit=coarse.limit), coarse)
    if not verdict.outcome.is_good:
        return None
    return replace(verdict, reason=COARSE.format(coarse=coarse.margin, usual=policy.margin))


def _judged(cell: str, evidence: Evidence, policy: PairedPolicy) -> Verdict:
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


def shows_among(evidence: Evidence, cells: int, policy: PairedPolicy) -> bool:
    """Tell whether a cell shows a loss that is not sure, as time ends.

    Of many cells that stay open some seem to have lost by chance. So the chance with which one of
    them does that lost nothing is shared among all (Bonferroni's inequality).

    Args:
        evidence: what its blocks show.
        cells: how many stay open.
        policy: the rules.
    """
    leaning = min(evidence.chances.leaning, policy.unconfirmed_error / cells)
    among = replace(evidence, chances=replace(evidence.chances, leaning=leaning))
    return PairedRule().shows_loss(evidence) or leans_red(among)


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
