"""The rules of others, on the times of the parallel side, which is what they look at.

Each compares with the last saved run only, and is set to a tolerance of 10 % where it has one.
Where a tool is a Python package its own code decides. The rest is written from documentation:

- benchstat: ``golang.org/x/perf/cmd/benchstat``: a delta is shown where the Mann-Whitney U-test
  finds a difference at alpha 0.05; else ``~``. It has no tolerance.
- criterion: https://bheisler.github.io/criterion.rs/book/analysis.html, and ``analysis/compare.rs``
  and ``report.rs`` of its version 0.5.1: a bootstrapped t-test at significance level 0.05, and a
  95 % bootstrap interval of the relative change of the mean that lies beyond the noise threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

import numpy as np
from asv.commands.compare import _is_result_better
from asv_runner.statistics import compute_stats
from pyperf._utils import is_significant
from pytest_benchmark.utils import PercentageRegressionCheck
from scipy.stats import mannwhitneyu

from benchmarks.lab.rule import Decision
from pytest_speedup.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.lab.prepared import PreparedCell

    Slower = Callable[[Sequence[float], Sequence[float]], bool]

BLOCKS = 2
"""Blocks of rounds that they look at: asv's test, for one, needs more rounds than one block has."""

TOLERANCE = 0.1
SIGNIFICANCE = 0.05
RESAMPLES = 2_000
"""criterion takes 100,000, which changes no decision that is not on the edge."""


@dataclass(frozen=True, slots=True)
class PeerRule:
    """A rule that judges each cell by itself.

    Attributes:
        name: what it is called in tables.
        slower: whether it finds the second times slower than the first.
    """

    name: str
    slower: Slower

    def judge(
        self, suite: Sequence[PreparedCell], baselines: Sequence[Sequence[PreparedCell]]
    ) -> list[Decision]:
        """Decide cell by cell."""
        return [
            self._decide(pooled(cell), pooled(saved[-1]))
            for cell, saved in zip(suite, baselines, strict=True)
        ]

    def _decide(self, now: Sequence[float], saved: Sequence[float]) -> Decision:
        outcome = Outcome.REGRESSED if self.slower(saved, now) else Outcome.PASSED
        return Decision(outcome, len(now))


def pooled(cell: PreparedCell) -> list[float]:
    """List the seconds of the rounds that these rules look at."""
    return [time for block in cell.times[:BLOCKS] for time in block]


def pytest_benchmark(
    field: str, statistic: Callable[[Sequence[float]], float], tolerance: float
) -> PeerRule:
    """pytest-benchmark's ``--benchmark-compare-fail=FIELD:10%``."""
    check = PercentageRegressionCheck(field, 100 * tolerance)

    def slower(saved: Sequence[float], now: Sequence[float]) -> bool:
        return bool(check.fails({field: statistic(now)}, {field: statistic(saved)}))

    return PeerRule(f"pytest-benchmark --benchmark-compare-fail={field}:{tolerance:.0%}", slower)


def asv_slower(saved: Sequence[float], now: Sequence[float], tolerance: float) -> bool:
    """Decide as ``asv continuous --factor 1.1``."""
    (before, stats_before), (after, stats_after) = (
        compute_stats(list(times), 1) for times in (saved, now)
    )
    sample_before, sample_after = (stats_before, list(saved)), (stats_after, list(now))
    return bool(_is_result_better(before, after, sample_before, sample_after, 1 + tolerance))


def pyperf_slower(saved: Sequence[float], now: Sequence[float], tolerance: float) -> bool:
    """Decide as ``pyperf compare_to --min-speed=10``."""
    significant, _ = is_significant(list(saved), list(now))
    return bool(significant) and fmean(now) / fmean(saved) - 1 >= tolerance


def benchstat_slower(saved: Sequence[float], now: Sequence[float]) -> bool:
    """Decide as benchstat shows a delta."""
    p_value = float(mannwhitneyu(saved, now).pvalue)
    return p_value < SIGNIFICANCE and median(now) > median(saved)


def criterion_slower(saved: Sequence[float], now: Sequence[float]) -> bool:
    """Decide as criterion with a noise threshold of 10 % says "Performance has regressed"."""
    random = np.random.default_rng(0)
    before, after = np.array(saved), np.array(now)
    pool = random.choice(np.concatenate([after, before]), (RESAMPLES, len(now) + len(saved)))
    by_chance = _welch(pool[:, : len(now)], pool[:, len(now) :])
    above = float(np.mean(by_chance > _welch(after[None], before[None])))
    if 2 * min(above, 1 - above) >= SIGNIFICANCE:
        return False
    means = [
        random.choice(times, (RESAMPLES, len(times))).mean(axis=1) for times in (after, before)
    ]
    low = float(np.quantile(means[0] / means[1] - 1, SIGNIFICANCE / 2))
    return low > TOLERANCE


def _welch(after: Any, before: Any) -> Any:  # noqa: ANN401 - arrays, one sample per row
    """Welch's t statistic of rows."""
    variances = [each.var(axis=1, ddof=1) / each.shape[1] for each in (after, before)]
    return (after.mean(axis=1) - before.mean(axis=1)) / np.sqrt(sum(variances) + 1e-300)


def peers_with(tolerance: float) -> tuple[PeerRule, ...]:
    """Make the rules that have a tolerance."""
    return (
        pytest_benchmark("min", min, tolerance),
        pytest_benchmark("mean", fmean, tolerance),
        pytest_benchmark("median", median, tolerance),
        PeerRule(
            f"asv continuous --factor={1 + tolerance:g}", partial(asv_slower, tolerance=tolerance)
        ),
        PeerRule(
            f"pyperf compare_to --min-speed={100 * tolerance:g}",
            partial(pyperf_slower, tolerance=tolerance),
        ),
    )


PEERS = (
    *peers_with(TOLERANCE),
    PeerRule("benchstat, alpha 0.05", benchstat_slower),
    PeerRule("criterion, noise threshold 10%", criterion_slower),
)
