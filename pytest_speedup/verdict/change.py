"""How far a cell's speedup lies from its baseline, and how sure that is.

The speedup of computing drifts with the ceiling, as neighbours of a shared machine come and go.
Where both were measured in the same rounds, the ceiling's drift is taken out of the change, as
far as it was measured well (a control variate with its coefficient shrunk for the noise of the
control: Lavenberg and Welch, Management Science 27(3), 1981).

What varies between runs is more than a run can know of itself (Kalibera and Jones, Rigorous
benchmarking in reasonable time, ISMM 2013). It is learned from the saved runs: their successive
differences, which a step in the history does not inflate (von Neumann, Annals of Mathematical
Statistics 12(4), 1941), moderated by a stated default as if that were some more runs (Smyth,
Statistical Applications in Genetics and Molecular Biology 3(1), 2004).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import Bound, Readings
    from pytest_speedup.verdict.policy import Policy

CEILING_DRIFT = 0.3
"""Standard deviation of the log ceiling between runs, as a share of the log ceiling itself."""


@dataclass(frozen=True, slots=True)
class Change:
    """The change of a cell between its baseline and now, in natural logarithms.

    Attributes:
        speedup: change of the speedup, the ceiling's drift taken out.
        error: its standard error.
        degrees: the degrees of freedom of that error.
        parallel: change of the parallel time.
        rounds_share: share of the error's variance that this run's own rounds cause.
    """

    speedup: float
    error: float
    degrees: float
    parallel: float
    rounds_share: float


def measure_change(
    now: Readings,
    baseline: Sequence[Readings],
    history: Sequence[Readings],
    bound: Bound,
    policy: Policy,
) -> Change:
    """Compare a cell with its baseline.

    Args:
        now: the cell in this run.
        baseline: the cell in the runs that it is compared with, at least one.
        history: the cell in all comparable saved runs, oldest first.
        bound: what the workload spends its time on.
        policy: the rules.
    """
    coefficient = ceiling_coefficient(now, baseline)
    saved = [adjusted(one, coefficient) for one in baseline]
    errors = [adjusted_error(one, coefficient) for one in baseline]
    within = fmean(error**2 for error in errors)
    expected = policy.deviations[bound] ** 2 + within
    past = [adjusted(one, coefficient) for one in history]
    learned, degrees = successive_variance(past)
    weight = policy.deviation_weight
    variance = (weight * expected + degrees * learned) / (weight + degrees)
    own = adjusted_error(now, coefficient) ** 2
    total = variance * (1 + 1 / len(saved)) + max(0.0, own - within)
    return Change(
        speedup=adjusted(now, coefficient) - fmean(saved),
        error=math.sqrt(total),
        degrees=weight + degrees,
        parallel=now.parallel.value - fmean(one.parallel.value for one in baseline),
        rounds_share=min(1.0, own / total),
    )


def ceiling_coefficient(now: Readings, baseline: Sequence[Readings]) -> float:
    """How much of the ceiling's change is to be taken out of the speedup's: from 0 to 1."""
    ceilings = [one.ceiling for one in baseline if one.ceiling is not None]
    if now.ceiling is None or len(ceilings) < len(baseline):
        return 0.0
    centre = fmean(one.value for one in ceilings)
    drift = (CEILING_DRIFT * max(0.0, centre)) ** 2 * (1 + 1 / len(ceilings))
    noise = now.ceiling.error**2 + sum(one.error**2 for one in ceilings) / len(ceilings) ** 2
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
