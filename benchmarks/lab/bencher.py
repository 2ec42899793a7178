"""Bencher's rules, which judge a run by all that went before it.

Written from its documentation, https://bencher.dev/docs/explanation/thresholds/, and from
``lib/bencher_boundary`` of its repository; of pytest-benchmark's results Bencher takes the mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from benchmarks.lab.peers import TOLERANCE, pooled
from benchmarks.lab.rule import Decision
from pytest_speedup.model import Outcome
from pytest_speedup.statistics import t_quantile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.lab.prepared import PreparedCell

    Limit = Callable[[Sequence[float]], float]

UPPER_BOUNDARY = 0.99
"""As in the example of its documentation, and in that of each of its guides to CI."""

MAX_SAVED_RUNS = 64
"""Runs that it looks back on, likewise."""


@dataclass(frozen=True, slots=True)
class BencherRule:
    """A threshold on the mean time of a cell.

    Attributes:
        name: what it is called in tables.
        limit: the mean time, in seconds, that those of the saved runs allow.
    """

    name: str
    limit: Limit

    def judge(
        self, suite: Sequence[PreparedCell], baselines: Sequence[Sequence[PreparedCell]]
    ) -> list[Decision]:
        """Decide cell by cell."""
        return [
            self._decide(pooled(cell), [fmean(pooled(one)) for one in saved[-MAX_SAVED_RUNS:]])
            for cell, saved in zip(suite, baselines, strict=True)
        ]

    def _decide(self, now: Sequence[float], means: Sequence[float]) -> Decision:
        slower = fmean(now) > self.limit(means)
        return Decision(Outcome.REGRESSED if slower else Outcome.PASSED, len(now))


def t_test_limit(means: Sequence[float]) -> float:
    """Where the prediction interval of one more run ends: the test ``t_test``.

    Fewer than two runs have no spread, and with spread zero Bencher makes no test: nothing is
    beyond the limit then.
    """
    count = len(means)
    spread = stdev(means) if count > 1 else 0.0
    if not spread:
        return math.inf
    scale = spread * math.sqrt(1 + 1 / count)
    return fmean(means) + t_quantile(UPPER_BOUNDARY, count - 1) * scale


def percentage_limit(means: Sequence[float]) -> float:
    """So much above the mean of the runs: the test ``percentage``."""
    return fmean(means) * (1 + TOLERANCE)


BENCHER = (
    BencherRule(f"Bencher t_test, upper boundary {UPPER_BOUNDARY}", t_test_limit),
    BencherRule(f"Bencher percentage, upper boundary {TOLERANCE}", percentage_limit),
)
