"""From samples to estimates: pure functions of numbers."""

from pytest_speedup.statistics.signed_rank import signed_rank_estimate, walsh_averages
from pytest_speedup.statistics.speedup import (
    CONFIDENCE,
    estimate_speedup,
    log_speedup,
    summarize,
)

__all__ = [
    "CONFIDENCE",
    "estimate_speedup",
    "log_speedup",
    "signed_rank_estimate",
    "summarize",
    "walsh_averages",
]
