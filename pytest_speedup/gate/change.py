"""How far a cell's speedup lies from its baseline, and how sure that is.

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
Biology 3(1), 2004).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_speedup.gate.policy import CONTENDED, Deviation
from pytest_speedup.model import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.gate.policy import Policy
    from pytest_speedup.model import Readings

CEILING_DRIFT = 0.3
"""Standard deviation of the log ceiling between runs, as a share of the log ceiling itself."""

PARALLEL_DEVIATION = 1.6
"""How much more parallel times differ between runs and blocks than is stated of speedups.

The most that any kind of cell shows in the recording that comes with the project, computing
threads: what speeds up or slows down serial and parallel code alike does not cancel here.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """The change of a cell between its baseline and now, in natural logarithms.

    Attributes:
        speedup: change of the speedup, the ceiling's drift taken out.
        error: its standard error.
        last_error: the standard error that as many blocks as the policy allows would leave.
        degrees: the degrees of freedom of these errors.
        parallel: change of the parallel time.
        parallel_error: its standard error, of the same degrees of freedom.
    """

    speedup: float
    error: float
    last_error: float
    degrees: float
    parallel: float
    parallel_error: float


def measure_change(
    blocks: Sequence[Readings],
    baseline: Sequence[Readings],
    history: Sequence[Readings],
    deviation: Deviation,
    policy: Policy,
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
    speedup = _difference(now, saved, past, deviation, policy)
    now, saved, past = ([one.parallel for one in some] for some in (blocks, baseline, history))
    wider = Deviation(PARALLEL_DEVIATION * deviation.run, PARALLEL_DEVIATION * deviation.block)
    parallel = _difference(now, saved, past, wider, policy)
    return Change(
        speedup=speedup.value,
        error=speedup.error,
        last_error=speedup.last_error,
        degrees=speedup.degrees,
        parallel=parallel.value,
        parallel_error=parallel.error,
    )


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


@dataclass(frozen=True, slots=True)
class _Difference:
    """How far one quantity lies from its baseline; as in :class:`Change`."""

    value: float
    error: float
    last_error: float
    degrees: float


def _difference(
    now: Sequence[Reading],
    saved: Sequence[Reading],
    history: Sequence[Reading],
    deviation: Deviation,
    policy: Policy,
) -> _Difference:
    """Compare the means of a quantity, with what blocks and runs differ by as its error."""
    within_saved, within_now = (fmean(one.error**2 for one in side) for side in (saved, now))
    expected = deviation.run**2 + deviation.block**2 + within_saved
    learned, degrees = successive_variance([one.value for one in history])
    weight = policy.deviation_weight
    variance = (weight * expected + degrees * learned) / (weight + degrees)

    of_run = variance * deviation.run**2 / expected
    of_block = variance - of_run + max(0.0, within_now - within_saved)
    fixed = of_run + variance / len(saved)
    return _Difference(
        value=fmean(one.value for one in now) - fmean(one.value for one in saved),
        error=math.sqrt(fixed + of_block / len(now)),
        last_error=math.sqrt(fixed + of_block / max(policy.looks, len(now))),
        degrees=weight + degrees,
    )
