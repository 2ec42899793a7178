"""A cell against saved runs: how far its speedup lies from them, and how sure that is.

The speedup of computing drifts with the ceiling, as neighbours of a shared machine come and go.
Where both were measured in the same rounds, the ceiling's drift is taken out of the change, as
far as it was measured well (a control variate with its coefficient shrunk for the noise of the
control: Lavenberg and Welch, Management Science 27(3), 1981).

Rounds within one pool of workers are no independent replicas. A run is therefore measured in
blocks, each in a pool of its own, and what varies between blocks and between runs counts beside
what the rounds show (Kalibera and Jones, Rigorous benchmarking in reasonable time, ISMM 2013).
That is learned from the saved runs: their successive differences, which a step in the history does
not inflate (von Neumann, Annals of Mathematical Statistics 12(4), 1941), moderated by stated
defaults as if those were some more runs (Smyth, Statistical Applications in Genetics and Molecular
Biology 3(1), 2004). The more the saved runs vary than is stated, or the blocks of this run do, the
less the defaults count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean
from statistics import variance as variance_of
from typing import TYPE_CHECKING

from pytest_speedup.gate.evidence import UNSURE, Chances, Evidence, LogEstimate
from pytest_speedup.gate.evidence import judge as judge_by
from pytest_speedup.gate.paired import NOTHING_KNOWN, Scatter, typical_of
from pytest_speedup.gate.policy import CONTENDED, Deviation, limit_of
from pytest_speedup.model import Bound, Outcome, Reading, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.gate.policy import SavedPolicy
    from pytest_speedup.model import Cell, Machine, Readings, SavedCell

RECENT = 10
"""Runs of a baseline that are averaged: more would hold on to a past that improved since."""

CEILING_DRIFT = 0.3
"""Standard deviation of the log ceiling between runs, as a share of the log ceiling itself."""

PARALLEL_DEVIATION = 1.6
"""How much more parallel times differ between runs and blocks than is stated of speedups.

The most that any kind of cell shows in the recording that comes with the project, computing
threads: what speeds up or slows down serial and parallel code alike does not cancel here.
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A cell as it was measured in this run.

    Attributes:
        cell: the cell.
        bound: what its workload spends its time on.
        machine: where it was measured.
        blocks: what it is compared by, block by block.
    """

    cell: Cell
    bound: Bound
    machine: Machine
    blocks: Sequence[Readings]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is saved of one cell, each oldest first.

    Attributes:
        chosen: the cell in the runs that it is to be compared with.
        history: the cell in all saved runs.
    """

    chosen: Sequence[SavedCell]
    history: Sequence[SavedCell]


@dataclass(frozen=True, slots=True)
class Change:
    """The change of a cell between its baseline and now.

    Attributes:
        speedup: of the speedup, the ceiling's drift taken out.
        parallel: of the parallel time.
        last_error: the standard error of the first that as many blocks as the policy allows would
            leave.
    """

    speedup: LogEstimate
    parallel: LogEstimate
    last_error: float


class SavedRule:
    """A regression is a speedup that fell by more than the margin while parallel time rose.

    That rose by more than the margin, too, or most of the loss is on the parallel side.
    """

    def shows_loss(self, evidence: Evidence) -> bool:
        """Tell whether the speedup surely fell beyond the margin, on the parallel side."""
        return evidence.worse and self._surely_on_parallel_side(evidence)

    def _surely_on_parallel_side(self, evidence: Evidence) -> bool:
        parallel = evidence.parallel
        if parallel.low(evidence.chances.red) > evidence.limit:
            return True
        rose = parallel.low(evidence.chances.fall) > 0
        return rose and parallel.value > -evidence.speedup.value / 2

    def passes(self, evidence: Evidence) -> bool:
        """Tell whether the speedup surely did not fall beyond the margin."""
        return evidence.no_fall

    def leans_red(self, evidence: Evidence) -> bool:
        """Tell whether it seems to have lost more than the margin, and surely lost something."""
        speedup = evidence.speedup
        seems = evidence.parallel.value > min(evidence.limit, -speedup.value / 2)
        lost = speedup.high(evidence.chances.leaning) < 0
        return speedup.value < -evidence.limit and lost and seems

    def worst(self, evidence: Evidence, chance: float) -> float:
        """Take the fall of the speedup."""
        return -evidence.speedup.low(chance)

    def decided_by(self, evidence: Evidence, _outcome: Outcome, /) -> LogEstimate:
        """Take the change of the speedup, whatever the outcome."""
        return evidence.speedup

    def tests(self, evidence: Evidence) -> Sequence[tuple[LogEstimate, float, float]]:
        """Ask for a speedup that fell beyond the margin, and parallel time that rose."""
        chances = evidence.chances
        return (
            (evidence.speedup, evidence.limit, chances.red),
            (evidence.parallel, 0.0, chances.fall),
        )


def compare(
    measured: Measured, baseline: Baseline, *, margin: float, error: float, policy: SavedPolicy
) -> Verdict:
    """Compare a cell with its baseline, as far as there is one that it may be compared with."""
    refused = refuse_baseline(measured, baseline)
    if refused is not None:
        outcome, reason = refused
        return Verdict(measured.cell.id, outcome, reason=reason)
    change = change_of(measured, baseline, policy)
    verdict = judge_saved(measured.cell.id, change, margin=margin, error=error, policy=policy)
    return replace(verdict, before=before_of(measured, baseline))


def refuse_baseline(measured: Measured, baseline: Baseline) -> tuple[Outcome, str] | None:
    """Say why a cell cannot be compared with its baseline: what that comes to, and the reason."""
    if not baseline.chosen:
        return Outcome.NEW, "no baseline has it: it will be compared once a run with it is saved"
    if _comparable(measured, baseline.chosen):
        return None
    differs = "; ".join(differences(baseline.chosen[-1], measured.cell, measured.machine))
    reason = f"the baseline is of another kind: {differs}; save a baseline here"
    return Outcome.INCOMPARABLE, reason


def change_of(measured: Measured, baseline: Baseline, policy: SavedPolicy) -> Change:
    """Compare a cell with a baseline that it may be compared with."""
    chosen = _chosen(measured, baseline)
    history = _comparable(measured, baseline.history)
    bound = _bound(measured, baseline.chosen)
    deviation = policy.deviation(bound, measured.cell.executor, contended=is_contended(chosen))
    return measure_change(measured.blocks, chosen, history, deviation, policy)


def before_of(measured: Measured, baseline: Baseline) -> float:
    """Average the speedup of the runs that a cell is compared with."""
    return math.exp(fmean(one.speedup.value for one in _chosen(measured, baseline)))


def _chosen(measured: Measured, baseline: Baseline) -> list[Readings]:
    return _comparable(measured, baseline.chosen)[-RECENT:]


def judge_saved(
    cell: str, change: Change, *, margin: float, error: float, policy: SavedPolicy
) -> Verdict:
    """Decide on one cell.

    Args:
        cell: the id of the cell.
        change: how far it lies from its baseline.
        margin: loss of speedup that is accepted, as a fraction.
        error: chance of a false red that may be spent on this look.
        policy: the rules.

    Returns:
        What it comes to if nothing more is measured: a loss that shows is UNCONFIRMED until it
        is sure.
    """
    chances = chances_of(error, policy)
    evidence = Evidence(change.speedup, change.parallel, limit_of(margin), chances)
    verdict = judge_by(cell, evidence, SavedRule())
    return replace(
        verdict,
        more_would_help=verdict.outcome.is_open and _can_be_decided(change, evidence),
        reason=UNSURE if verdict.outcome is Outcome.UNCONFIRMED else "",
        margin=margin,
    )


def chances_of(error: float, policy: SavedPolicy) -> Chances:
    """Share the error rates among looks.

    Args:
        error: chance of a false red that may be spent on this look.
        policy: the rules.
    """
    fall, passing = (one / policy.looks for one in (policy.fall_error, policy.pass_error))
    return Chances(error, fall, passing, policy.lean_error, error)


def _can_be_decided(change: Change, evidence: Evidence) -> bool:
    """Whether all blocks that the policy allows would decide it, if they show the same change."""
    last = replace(change.speedup, error=change.last_error)
    to_limit = last.value + evidence.limit
    return to_limit > last.half_width(evidence.chances.passing) or -to_limit > last.half_width(
        evidence.chances.red
    )


def measure_change(
    blocks: Sequence[Readings],
    baseline: Sequence[Readings],
    history: Sequence[Readings],
    deviation: Deviation,
    policy: SavedPolicy,
) -> Change:
    """Compare a cell with its baseline.

    Args:
        blocks: the cell in this run, block by block, at least one.
        baseline: the cell in the runs that it is compared with, at least one; of each the first
            block.
        history: the cell in all comparable saved runs, oldest first.
        deviation: how cells of its kind vary where history does not tell.
        policy: the rules.
    """
    coefficient = ceiling_coefficient(blocks, baseline)
    now, saved, past = (
        [Reading(adjusted(one, coefficient), adjusted_error(one, coefficient)) for one in some]
        for some in (blocks, baseline, history)
    )
    speedup, last_error = _difference(now, saved, past, deviation, policy)
    now, saved, past = ([one.parallel for one in some] for some in (blocks, baseline, history))
    wider = Deviation(PARALLEL_DEVIATION * deviation.run, PARALLEL_DEVIATION * deviation.block)
    parallel, _ = _difference(now, saved, past, wider, policy)
    return Change(speedup, parallel, last_error)


def is_contended(readings: Sequence[Readings]) -> bool:
    """Whether a computing cell reaches so little of its ceiling that something else limits it."""
    shares = [one.speedup.value - one.ceiling.value for one in readings if one.ceiling is not None]
    return bool(shares) and fmean(shares) < math.log(CONTENDED)


def ceiling_coefficient(blocks: Sequence[Readings], baseline: Sequence[Readings]) -> float:
    """How much of the ceiling's change is to be taken out of the speedup's: from 0 to 1."""
    now = [one.ceiling for one in blocks if one.ceiling is not None]
    saved = [one.ceiling for one in baseline if one.ceiling is not None]
    if len(now) < len(blocks) or len(saved) < len(baseline):
        return 0.0
    centre = fmean(one.value for one in saved)
    drift = (CEILING_DRIFT * max(0.0, centre)) ** 2 * (1 / len(now) + 1 / len(saved))
    noise = sum(fmean(one.error**2 for one in side) / len(side) for side in (now, saved))
    return drift / (drift + noise) if drift else 0.0


def adjusted(readings: Readings, coefficient: float) -> float:
    """Log speedup with that share of the log ceiling taken out."""
    if readings.ceiling is None:
        return readings.speedup.value
    return readings.speedup.value - coefficient * readings.ceiling.value


def adjusted_error(readings: Readings, coefficient: float) -> float:
    """Standard error of :func:`adjusted` within the run."""
    if readings.ceiling is None:
        return readings.speedup.error
    return math.hypot(readings.speedup.error, coefficient * readings.ceiling.error)


def successive_variance(values: Sequence[float]) -> tuple[float, float]:
    """Variance from successive differences, and its degrees of freedom; (0, 0) below two values.

    The degrees of freedom are those with the variance's own variance: 2 (n - 1)^2 / (3 n - 4).
    """
    count = len(values)
    if count < 2:  # noqa: PLR2004 - a difference takes two
        return 0.0, 0.0
    differences = pairwise(values)
    variance = fmean((later - earlier) ** 2 for earlier, later in differences) / 2
    return variance, 2 * (count - 1) ** 2 / (3 * count - 4)


def _difference(
    now: Sequence[Reading],
    saved: Sequence[Reading],
    history: Sequence[Reading],
    deviation: Deviation,
    policy: SavedPolicy,
) -> tuple[LogEstimate, float]:
    """Compare the means of a quantity, with what blocks and runs differ by as its error.

    Returns:
        How far it lies from its baseline, and the error that all blocks allowed would leave.
    """
    within_saved, within_now = (fmean(one.error**2 for one in side) for side in (saved, now))
    expected = deviation.run**2 + deviation.block**2 + within_saved
    learned, degrees = successive_variance([one.value for one in history])
    typical = typical_of(
        math.sqrt(expected),
        Scatter(learned / expected, degrees),
        _contradiction(now, deviation.block**2 + within_now),
        weight=policy.deviation_weight,
    )
    variance = typical.deviation**2

    of_run = variance * deviation.run**2 / expected
    of_block = variance - of_run + max(0.0, within_now - within_saved)
    fixed = of_run + variance / len(saved)
    value = fmean(one.value for one in now) - fmean(one.value for one in saved)
    error, last_error = (
        math.sqrt(fixed + of_block / blocks) for blocks in (len(now), max(policy.looks, len(now)))
    )
    return LogEstimate(value, error, typical.degrees), last_error


def _contradiction(blocks: Sequence[Reading], expected: float) -> Scatter:
    """Find how blocks of this run scatter, where that is more than is expected of them.

    What is restless within a run is so between runs, too. Blocks that agree tell nothing of runs.
    """
    if len(blocks) < 2:  # noqa: PLR2004 - a variance takes two
        return NOTHING_KNOWN
    ratio = variance_of(one.value for one in blocks) / expected
    return Scatter(ratio, len(blocks) - 1.0) if ratio > 1 else NOTHING_KNOWN


def differences(saved: SavedCell, cell: Cell, machine: Machine) -> list[str]:
    """Name what differs between a saved cell and the same cell now; empty if comparable."""
    then = saved.machine
    kinds = saved.cell.size, saved.cell.weak
    if kinds == (cell.size, cell.weak) and then == machine:
        return []  # before any word is made of it: there may be a hundred thousand
    pairs = [
        ("size", saved.cell.size, cell.size),
        ("scaling", saved.cell.scaling, cell.scaling),
        ("system", then.system, machine.system),
        ("CPU model", then.cpu_model, machine.cpu_model),
        ("effective CPUs", f"{then.cpus.effective:g}", f"{machine.cpus.effective:g}"),
        ("Python", then.python, machine.python),
        ("GIL", _switch(on=then.gil), _switch(on=machine.gil)),
        ("start method", then.start_method, machine.start_method),
    ]
    return [f"{what} {old} then, {new} now" for what, old, new in pairs if old != new]


def _switch(*, on: bool) -> str:
    return "on" if on else "off"


def _bound(measured: Measured, saved: Sequence[SavedCell]) -> Bound:
    """Computing, if it ever was: to a starved run computing looks like waiting."""
    bounds = {measured.bound, *(one.bound for one in saved)}
    return Bound.CPU if Bound.CPU in bounds else Bound.WAIT


def _comparable(measured: Measured, saved: Sequence[SavedCell]) -> list[Readings]:
    return [one.readings for one in saved if not differences(one, measured.cell, measured.machine)]
