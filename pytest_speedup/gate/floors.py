"""Floors: speedups, shares of the ceiling or quick tasks, that a test demands with no baseline.

A cell is compared with its floor by as many blocks as there are, whose deviations are those of
saved runs. What cannot be judged has not been reached.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import reduce
from statistics import fmean, median
from typing import TYPE_CHECKING

from pytest_speedup.gate.evidence import UNSURE, Chances, Evidence, LogEstimate, judge
from pytest_speedup.gate.policy import PairedPolicy, SavedPolicy, at_the_end, look
from pytest_speedup.gate.standing import worse_of
from pytest_speedup.model import Outcome, Reading, Verdict
from pytest_speedup.statistics import UNKNOWN_ERROR, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_speedup.gate.policy import Deviation
    from pytest_speedup.losses.trace import Counts
    from pytest_speedup.model import Bound, Floors

BY_FLOOR = "its floor is"
"""How the reason of a cell begins that is below its floor."""

OF_CEILING = " of the ceiling"
"""The unit of a floor that is a share."""

FLOOR_POLICY = SavedPolicy(looks=PairedPolicy().most, deviation_weight=20.0)
"""The rules of a floor, with the looks of a comparison; it has no second run to differ from."""

MIN_BLOCKS = 2
"""Blocks that it takes to have reached a floor."""

MIN_RUNS = 2
"""Recorded runs of a block that it takes to tell how long tasks last."""

TOO_FEW = "too few rounds of it were measured to tell whether it reaches its floor"
NO_CEILING = "its ceiling was not measured, so that nobody can tell whether it reaches its floor"
REACHED = "it reaches its floor"

UNCOUNTED = (
    "none of its tasks was recorded and scaling has no tasks=, so that nobody can tell whether it "
    "reaches its floor of tasks a second"
)
UNTIMED = "none of its tasks was recorded in two runs, so that nobody can tell how long they take"

PEAK = "a peak of {floor} tasks in flight, and at most {seen:g} were at work at once"
"""What was demanded and what was counted."""

UNRECORDED = (
    "none of its tasks was recorded, so that nobody can tell whether it reaches its floor, a peak "
    "of {floor} tasks in flight"
)


class FloorRule:
    """A regression is a speedup that is surely below its floor."""

    def shows_loss(self, evidence: Evidence) -> bool:
        """Tell whether it is surely below."""
        return evidence.worse

    def passes(self, evidence: Evidence) -> bool:
        """Tell whether it is not below, be that sure or not."""
        return evidence.speedup.value >= 0

    def leans_red(self, evidence: Evidence) -> bool:
        """Tell whether it seems to be below."""
        return evidence.speedup.high(evidence.chances.leaning) < 0

    def worst(self, evidence: Evidence, chance: float) -> float:
        """Take how far it may be below its floor."""
        return -evidence.speedup.low(chance)

    def decided_by(self, evidence: Evidence, _outcome: Outcome, /) -> LogEstimate:
        """Take the distance from the floor."""
        return evidence.speedup

    def tests(self, evidence: Evidence) -> Sequence[tuple[LogEstimate, float, float]]:
        """Ask for a speedup below the floor."""
        return ((evidence.speedup, 0.0, evidence.chances.red),)


@dataclass(frozen=True, slots=True)
class FloorBlock:
    """What one block shows of a cell, in natural logarithms.

    Attributes:
        speedup: T_serial / T_parallel.
        ceiling: the same of the kernel; None where it was not measured.
        counts: what its recorded runs did, counted.
        parallel: T_parallel in seconds; None where nothing is asked of it.
    """

    speedup: Reading
    ceiling: Reading | None = None
    counts: tuple[Counts, ...] = ()
    parallel: Reading | None = None

    @property
    def rate(self) -> Reading | None:
        """Tasks in a second; None where nobody knows how many there were."""
        known = [one.done for one in self.counts if one.done]
        if self.parallel is None or self.parallel.error >= UNKNOWN_ERROR or not known:
            return None
        return Reading(math.log(median(known)) - self.parallel.value, self.parallel.error)


def judge_floor(
    cell: str,
    blocks: Sequence[Reading],
    floor: float,
    *,
    deviation: Deviation,
    error: float,
    policy: SavedPolicy,
    words: str = "",
) -> Verdict:
    """Decide whether a cell is surely below its floor.

    Args:
        cell: the id of the cell.
        blocks: natural logarithm of what is to reach the floor, by block: the speedup, its share
            of the ceiling, or any other number of which more is better.
        floor: what it must reach.
        deviation: how cells of its kind vary.
        error: chance of a false red that may be spent on this look.
        policy: the rules.
        words: what its floor is; empty for a speedup.

    Returns:
        REGRESSED if it is surely below; PASSED if it is not below; between, UNCONFIRMED where it
        seems to be below.
    """
    distance = _distance(blocks, math.log(floor), deviation, policy)
    # Nothing is asked of parallel time, and a pass takes no certainty.
    still = LogEstimate(0.0, 0.0, distance.degrees)
    chances = Chances(red=error, fall=error, passing=error, leaning=policy.lean_error, suite=error)
    verdict = judge(cell, Evidence(distance, still, 0.0, chances), FloorRule())
    if verdict.outcome.is_good:  # who reaches a floor may have lost, and nothing says how much
        verdict = replace(verdict, ruled_out=None, ruled_out_of_all=None)
    return replace(
        verdict,
        more_would_help=verdict.outcome.is_open,
        reason=_reason(verdict.outcome, words or f"{floor:g}"),
    )


def log_efficiency(speedup: Reading, ceiling: Reading | None) -> Reading:
    """Log of the speedup as a share of the ceiling; one worker's ceiling is 1."""
    if ceiling is None:
        return speedup
    return Reading(speedup.value - ceiling.value, math.hypot(speedup.error, ceiling.error))


@dataclass(frozen=True, slots=True)
class Demand:
    """One floor of a cell that is judged by time.

    Attributes:
        blocks: natural logarithm of what is to reach it, by block, as far as that is known.
        floor: what it must reach.
        words: what its floor is, in words.
        lacking: why nobody can tell whether it does; empty where that is known.
        of_tasks: whether it asks how quickly tasks run: how far it is missed is no change of a
            speedup.
    """

    blocks: Sequence[Reading]
    floor: float
    words: str
    lacking: str = ""
    of_tasks: bool = False

    def judge(
        self, cell: str, *, deviation: Deviation, error: float, policy: SavedPolicy
    ) -> Verdict:
        """Decide whether a cell is surely below it, as :func:`judge_floor` does."""
        if self.lacking:
            return Verdict(cell, Outcome.BROKEN, reason=self.lacking)
        verdict = judge_floor(
            cell,
            self.blocks,
            self.floor,
            deviation=deviation,
            error=error,
            policy=policy,
            words=self.words,
        )
        return replace(verdict, change=None, detectable=None) if self.of_tasks else verdict


def demands(blocks: Sequence[FloorBlock], floors: Floors, workers: int) -> Iterator[Demand]:
    """Say what each floor that is judged by time asks for.

    Args:
        blocks: what was measured of a cell.
        floors: what it must reach.
        workers: how many it has; the ceiling of one is 1.
    """
    known = [one for one in blocks if one.speedup.error < UNKNOWN_ERROR]
    few = "" if known else TOO_FEW
    if floors.at_least is not None:
        yield Demand([one.speedup for one in known], floors.at_least, f"{floors.at_least:g}", few)
    if floors.at_least_of_ceiling is not None:
        share = floors.at_least_of_ceiling
        lacks = workers > 1 and any(one.ceiling is None for one in known)
        shares = [log_efficiency(one.speedup, one.ceiling) for one in known]
        yield Demand(shares, share, f"{share:g}{OF_CEILING}", NO_CEILING if lacks else few)
    if floors.tasks_per_second is not None:
        rates = [one.rate for one in blocks if one.rate is not None]
        words = f"{floors.tasks_per_second:g} tasks a second, and it ran {_seen(rates)}"
        counted = any(runs.done for one in blocks for runs in one.counts)
        lacking = "" if rates else TOO_FEW if counted else UNCOUNTED
        yield Demand(rates, floors.tasks_per_second, words, lacking, of_tasks=True)
    for share, seconds, attribute in ((0.5, floors.p50, "p50"), (0.95, floors.p95, "p95")):
        if seconds is None:
            continue
        lasting = list(filter(None, (read_lasting(one.counts, attribute) for one in blocks)))
        words = (
            f"{share:.0%} of its tasks done within {seconds:g} s each, and that took "
            f"{_seen(lasting)} s"
        )
        # Less is better.
        quickness = [Reading(-one.value, one.error) for one in lasting]
        yield Demand(quickness, 1 / seconds, words, "" if lasting else UNTIMED, of_tasks=True)


def read_lasting(counts: Iterable[Counts], attribute: str) -> Reading | None:
    """Read the log of within how many seconds tasks were done in a block.

    Recorded runs are what is independent here: the tasks of one share what comes and goes.

    Args:
        counts: of its recorded runs.
        attribute: p50 or p95.

    Returns:
        None where tasks were recorded in fewer than two runs, which say nothing of how runs differ.
    """
    logs = [math.log(seconds) for one in counts if (seconds := getattr(one, attribute)) > 0]
    return read(logs) if len(logs) >= MIN_RUNS else None


def _seen(blocks: Sequence[Reading]) -> str:
    return f"{math.exp(fmean(one.value for one in blocks)):.3g}" if blocks else "none"


def judge_floors(
    cell: str,
    blocks: Sequence[FloorBlock],
    floors: Floors,
    *,
    workers: int,
    kind: tuple[Bound, str],
    error: float,
) -> Verdict:
    """Decide whether a cell is surely below one of its floors, by time or by count.

    A floor that cannot be judged has not been reached.

    Args:
        cell: the id of the cell.
        blocks: what was measured of it so far.
        floors: what it must reach, one at least.
        workers: how many it has; the ceiling of one is 1.
        kind: what its workload spends its time on, and the name of its executor.
        error: chance of a false red that each of its floors may spend, all looks together.

    Returns:
        The worst of the verdicts on its floors.
    """
    verdicts = [_judge(cell, one, kind, error) for one in demands(blocks, floors, workers)]
    if floors.peak is not None:
        verdicts.append(judge_peak(cell, [one.counts for one in blocks], floors.peak))
    return reduce(worse_of, verdicts)


def _judge(cell: str, demand: Demand, kind: tuple[Bound, str], error: float) -> Verdict:
    """Judge a floor at the looks that there were."""
    deviation = FLOOR_POLICY.deviation(*kind, contended=False)

    def by(some: Sequence[Reading], chance: float) -> Verdict:
        asked = replace(demand, blocks=some)
        return asked.judge(cell, deviation=deviation, error=chance, policy=FLOOR_POLICY)

    verdict = look(by, demand.blocks, error, FLOOR_POLICY)
    if verdict.outcome is Outcome.PASSED and len(demand.blocks) < MIN_BLOCKS:
        return replace(verdict, outcome=Outcome.INCONCLUSIVE, more_would_help=True, reason=TOO_FEW)
    return verdict


def judge_peak(cell: str, blocks: Sequence[Sequence[Counts]], floor: int) -> Verdict:
    """Decide whether a cell had as many tasks at work at once as it must.

    One recorded run is enough to reach it: on a busy machine others may fall short by chance, and
    code that runs one task after another never does.

    Args:
        cell: the id of the cell.
        blocks: what its recorded runs did, by block.
        floor: how many it must have had.

    Returns:
        PASSED or REGRESSED; BROKEN where no task of any run was recorded.
    """
    seen = max((one.in_flight for block in blocks for one in block if one.tasks), default=0)
    if not seen:
        return Verdict(cell, Outcome.BROKEN, reason=UNRECORDED.format(floor=floor))
    if seen >= floor:
        return Verdict(cell, Outcome.PASSED)
    reason = f"{BY_FLOOR} {PEAK.format(floor=floor, seen=seen)}"
    return Verdict(cell, Outcome.REGRESSED, reason=reason)


def floor_is_open(verdict: Verdict, blocks: int) -> bool:
    """Tell whether another block may decide a floor, or is to confirm that it was missed."""
    if verdict.outcome is Outcome.REGRESSED:
        return blocks < MIN_BLOCKS
    return verdict.outcome.is_open and verdict.more_would_help and blocks < FLOOR_POLICY.looks


def seems_below_floor(verdict: Verdict) -> bool:
    """Tell whether a cell seems to be below its floor, be that sure or not."""
    return verdict.outcome.is_loss


def hold_against_floor(verdict: Verdict, of_floor: Verdict, blocks: int) -> Verdict:
    """Put together what a cell came to and what its floors say of it, at the end.

    Args:
        verdict: by what it was compared with.
        of_floor: by its floors.
        blocks: how many blocks these rest on.
    """
    of_floor = at_the_end(of_floor, blocks)
    worse = replace(worse_of(verdict, of_floor), counters=verdict.counters)
    if of_floor.outcome is not Outcome.PASSED or verdict.outcome is not Outcome.NEW:
        return worse
    return replace(worse, reason="; ".join(filter(None, [worse.reason, REACHED])))


def _distance(
    blocks: Sequence[Reading], floor: float, deviation: Deviation, policy: SavedPolicy
) -> LogEstimate:
    """Tell how far a cell lies above its floor, in natural logarithms."""
    of_block = deviation.block**2 + fmean(one.error**2 for one in blocks)
    return LogEstimate(
        value=fmean(one.value for one in blocks) - floor,
        error=math.sqrt(deviation.run**2 + of_block / len(blocks)),
        degrees=policy.deviation_weight,
    )


def _reason(outcome: Outcome, floor: str) -> str:
    if outcome is Outcome.PASSED:
        return ""
    words = f"{BY_FLOOR} {floor}"
    return f"{words}; {UNSURE}" if outcome is Outcome.UNCONFIRMED else words
