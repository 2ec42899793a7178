"""From samples to what two runs are compared by."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

from pytest_speedup.model import KERNEL_PARALLEL, PARALLEL, Reading, Readings
from pytest_speedup.statistics.signed_rank import signed_rank_estimate
from pytest_speedup.statistics.speedup import CONFIDENCE, log_ceiling, log_speedup, mean_log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import Ceiling, Round

UNKNOWN_ERROR = 1.0
"""Standard error of a single round, of which nothing is known: a factor of e."""


def read_readings(rounds: Sequence[Round]) -> Readings:
    """Reduce the rounds of a cell to its readings.

    Raises:
        ValueError: there are no rounds.
    """
    with_kernel = bool(rounds) and bool(rounds[0].seconds(KERNEL_PARALLEL))
    return Readings(
        speedup=read([log_speedup(one) for one in rounds]),
        ceiling=read([log_ceiling(one) for one in rounds]) if with_kernel else None,
        parallel=read([_log_parallel(one, with_kernel=with_kernel) for one in rounds]),
    )


def read_ceiling(ceiling: Ceiling | None) -> Reading | None:
    """Read the log ceiling; None for one worker, which has none."""
    if ceiling is None:
        return None
    return read([log_ceiling(one) for one in ceiling.rounds])


def read(logs: Sequence[float]) -> Reading:
    """Estimate the centre of logarithms, and its standard error from the interval's width."""
    estimate = signed_rank_estimate(logs, CONFIDENCE)
    deviations = 2 * NormalDist().inv_cdf((1 + estimate.confidence) / 2)
    if deviations == 0:
        return Reading(estimate.value, UNKNOWN_ERROR)
    return Reading(estimate.value, (estimate.high - estimate.low) / deviations)


def _log_parallel(one: Round, *, with_kernel: bool) -> float:
    seconds = mean_log(one, PARALLEL)
    return seconds - mean_log(one, KERNEL_PARALLEL) if with_kernel else seconds
