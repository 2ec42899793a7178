"""Speedup from paired rounds."""

from __future__ import annotations

import math
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_speedup.model import (
    KERNEL_PARALLEL,
    KERNEL_SERIAL,
    PARALLEL,
    SERIAL,
    Estimate,
    Summary,
)
from pytest_speedup.statistics.signed_rank import signed_rank_estimate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_speedup.model import Ceiling, Round, Samples

CONFIDENCE = 0.95


def estimate_speedup(rounds: Iterable[Round], confidence: float = CONFIDENCE) -> Estimate:
    """Estimate T_serial / T_parallel of the workload and its interval.

    Each round gives one logarithm of its own ratio, so that what slowed both sides of a round
    cancels; the logarithms are estimated by :func:`signed_rank_estimate`.

    Raises:
        ValueError: there are no rounds.
    """
    return _exp(signed_rank_estimate([log_speedup(one) for one in rounds], confidence))


def estimate_ceiling(ceiling: Ceiling, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate the speedup of the ceiling's kernel and its interval, likewise."""
    return _exp(signed_rank_estimate([log_ceiling(one) for one in ceiling.rounds], confidence))


def log_speedup(one: Round) -> float:
    """Natural logarithm of T_serial / T_parallel in one round, with geometric means of turns."""
    return mean_log(one, SERIAL) - mean_log(one, PARALLEL)


def log_ceiling(one: Round) -> float:
    """Natural logarithm of the kernel's speedup in one round."""
    return mean_log(one, KERNEL_SERIAL) - mean_log(one, KERNEL_PARALLEL)


def summarize(samples: Samples) -> Summary:
    """Estimate what the samples of one cell say."""
    ceiling = samples.ceiling
    return Summary(
        samples,
        speedup=estimate_speedup(samples.rounds),
        ceiling=None if ceiling is None else estimate_ceiling(ceiling),
    )


def mean_log(one: Round, arm: str) -> float:
    """Mean of the natural logarithms of one arm's durations in seconds."""
    return fmean(math.log(seconds) for seconds in one.seconds(arm))


def _exp(estimate: Estimate) -> Estimate:
    return Estimate(
        math.exp(estimate.value),
        math.exp(estimate.low),
        math.exp(estimate.high),
        estimate.confidence,
    )
