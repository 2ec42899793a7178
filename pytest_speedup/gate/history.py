"""Saved runs of a cell as a series: where its level changed, and whether it fell too far in all.

A comparison with the last runs accepts each loss within its margin, and so any number of them one
after the other. Of a series the last level counts beside the best.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING

from pytest_speedup.gate.saved import differences
from pytest_speedup.gate.standing import NOT_GREEN
from pytest_speedup.model import Descent, History, Move, Outcome, Stretch
from pytest_speedup.statistics import FINE_PENALTY, MIN_LEVEL_LENGTH, find_levels, t_quantile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_speedup.model import SavedCell
    from pytest_speedup.statistics import Level, Levels

FALSE_REDS = 0.01
"""Chance that a suite whose levels never changed shows a red cell."""

SURELY_LESS = NormalDist().inv_cdf(0.95)
"""Standard errors by which a fall that was found has to be less than what is accepted."""

RED, GREEN = 1, 0
"""Exit codes, as those of pytest."""


def read_history(saved: Sequence[SavedCell]) -> History:
    """Find where a cell moved.

    Args:
        saved: the cell in all saved runs, oldest first, at least one. Those that were saved under
            other conditions than the last are left out.
    """
    last = saved[-1]
    runs = tuple(one for one in saved if not differences(one, last.cell, last.machine))
    levels = _levels_of(_logs(runs)).all
    moves = tuple(
        Move(math.exp(old.mean), math.exp(new.mean), runs[new.begin - 1], runs[new.begin])
        for old, new in pairwise(levels)
    )
    return History(runs, moves, len(saved) - len(runs))


def judge_history(history: History, fail: float, *, cells: int = 1) -> Descent:
    """Tell whether a cell's last level lies too far below its best.

    Small falls add up as their percents do, which is what natural logarithms are: five of 2 % are
    10 %. Runs before the last one that began a new baseline do not count. Levels are followed more
    closely than where they are shown, and a fall between two of them has to be sure whichever two
    they are (Bonferroni's inequality, over cells and over the places where a level may begin), with
    noise that lasts from run to run.

    Args:
        history: of the cell.
        fail: what it may have fallen by, as a fraction.
        cells: how many are judged, which share the chance of a false red.

    Returns:
        REGRESSED where its level surely fell, and that is not surely by less than the limit;
        INCONCLUSIVE where a fall of this size would not show in so many runs that vary so much;
        else PASSED.
    """
    runs = _since_reset(history.runs)
    noise = _Noise.of(runs, cells)
    levels = find_levels(_logs(runs), FINE_PENALTY).all
    last, best = levels[-1], _best_of(levels, len(runs))
    fallen, error = best.mean - last.mean, noise.of_difference(best.length, last.length)
    outcome = Outcome.PASSED
    if fallen > noise.critical * error and fallen + SURELY_LESS * error >= fail:
        outcome = Outcome.REGRESSED
    elif noise.finest > fail:
        outcome = Outcome.INCONCLUSIVE
    return Descent(
        outcome=outcome,
        cell=runs[-1].cell,
        runs=len(runs),
        best=_stretch(runs, best),
        last=_stretch(runs, last),
        noise=noise.deviation,
        finest=-math.expm1(-noise.finest),
        reason=_too_few(noise) if outcome is Outcome.INCONCLUSIVE else "",
    )


def _best_of(levels: Sequence[Level], count: int) -> Level:
    """Choose the level with the largest mean, if there are others not among the shortest.

    By chance a few wild runs stand together somewhere, and more of them the longer the series: the
    longest such stretch grows with its logarithm (Erdos and Renyi, On a new law of large numbers,
    Journal d'Analyse Mathematique 23, 1970).
    """
    lasting = [one for one in levels if one.length >= math.log2(count)]
    return max(lasting or levels, key=lambda one: one.mean)


@dataclass(frozen=True, slots=True)
class _Noise:
    """How the runs of a series vary.

    Attributes:
        count: how many there are.
        deviation: standard deviation of a run around its level.
        lasting: correlation of one run with the next.
        critical: standard errors that a fall has to have to be sure.
    """

    count: int
    deviation: float
    lasting: float
    critical: float

    @classmethod
    def of(cls, runs: Sequence[SavedCell], cells: int) -> _Noise:
        """Find how runs vary around the levels that are shown."""
        count, levels = len(runs), _levels_of(_logs(runs))
        degrees = max(1, count - len(levels.all))
        critical = t_quantile(1 - FALSE_REDS / cells / count, degrees)
        return cls(count, levels.noise, levels.lasting, critical)

    def of_difference(self, one: float, other: float) -> float:
        """Find the standard error between the means of so many runs and of so many others."""
        longer = math.sqrt((1 + self.lasting) / (1 - self.lasting))
        return self.deviation * longer * math.sqrt(1 / one + 1 / other)

    @property
    def finest(self) -> float:
        """The smallest fall that would show in the middle; infinite where no level can end."""
        if self.count < 2 * MIN_LEVEL_LENGTH:
            return math.inf
        return self.critical * self.of_difference(self.count / 2, self.count / 2)


def history_code(descents: Iterable[Descent]) -> int:
    """Say what a program ends with that judged histories.

    Returns:
        1 where a cell fell too far; 10 where none could be judged; else 0.
    """
    outcomes = {one.outcome for one in descents}
    if Outcome.REGRESSED in outcomes:
        return RED
    return GREEN if Outcome.PASSED in outcomes else NOT_GREEN


def _too_few(noise: _Noise) -> str:
    runs = f"{noise.count} {'run' if noise.count == 1 else 'runs'}"
    if math.isinf(noise.finest):
        return f"too few runs to tell: {runs}, at least {2 * MIN_LEVEL_LENGTH} are needed"
    finest = -100 * math.expm1(-noise.finest)
    return (
        f"too few runs to tell: {runs}, which vary by {100 * noise.deviation:.1f} %, "
        f"show no fall below {finest:.0f} %"
    )


def _logs(runs: Sequence[SavedCell]) -> tuple[float, ...]:
    return tuple(one.readings.speedup.value for one in runs)


@lru_cache(maxsize=1024)
def _levels_of(logs: tuple[float, ...]) -> Levels:
    """Find levels once, for who shows and who judges them."""
    return find_levels(logs)


def _since_reset(runs: Sequence[SavedCell]) -> Sequence[SavedCell]:
    begins = [index for index, one in enumerate(runs) if one.begins]
    return runs[begins[-1] :] if begins else runs


def _stretch(runs: Sequence[SavedCell], level: Level) -> Stretch:
    return Stretch(math.exp(level.mean), runs[level.begin], runs[level.end - 1])
