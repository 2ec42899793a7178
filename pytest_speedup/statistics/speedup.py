"""Speedup from paired rounds."""

from __future__ import annotations

import math
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_speedup.model import PARALLEL, SERIAL, Estimate, Summary
from pytest_speedup.statistics.signed_rank import signed_rank_estimate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_speedup.model import Round, Samples

CONFIDENCE = 0.95


def estimate_speedup(rounds: Iterable[Round], confidence: float = CONFIDENCE) -> Estimate:
    """Estimate T_serial / T_parallel and its interval.

    Each round gives one logarithm of its own ratio, so that what slowed both sides of a round
    cancels; the logarithms are estimated by :func:`signed_rank_estimate`.

    Raises:
        ValueError: there are no rounds.
    """
    logs = [log_speedup(one) for one in rounds]
    centre = signed_rank_estimate(logs, confidence)
    return Estimate(
        math.exp(centre.value), math.exp(centre.low), math.exp(centre.high), centre.confidence
    )


def log_speedup(one: Round) -> float:
    """Natural logarithm of T_serial / T_parallel in one round, with geometric means of turns."""
    return _mean_log(one, SERIAL) - _mean_log(one, PARALLEL)


def summarize(samples: Samples) -> Summary:
    """Estimate what the samples of one cell say."""
    ceiling = samples.ceiling
    return Summary(
        samples,
        speedup=estimate_speedup(samples.rounds),
        ceiling=None if ceiling is None else estimate_speedup(ceiling.rounds),
    )


def _mean_log(one: Round, arm: str) -> float:
    return fmean(math.log(seconds) for seconds in one.seconds(arm))
