"""What ``history --fail`` makes of series of saved speedups, drawn with each kind of noise.

Of a series that never changed none may be red; of one that lost a tenth in small steps each should.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from benchmarks.lab.shares import share_of
from benchmarks.lab.simulation.findings import Finding, Target
from benchmarks.lab.simulation.spread_out import seeds_of
from pytest_speedup.gate import judge_history, read_history
from pytest_speedup.model import Bound, Cell, Cpus, Machine, Outcome, Reading, Readings, SavedCell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.lab.simulation.spread_out import Runner

FAIL = 0.1
"""What a cell may have lost."""

CELLS = 100
"""Of a suite, which share the chance of a false red."""

LENGTHS = (12, 30, 120, 1000)
"""Runs of a series."""

SERIES = {12: 4000, 30: 4000, 120: 2000, 1000: 400}
"""Series that are drawn, by runs in each."""

OTHERS = 1000
"""Of each other length."""

STEPS, STEP = 5, 0.02
"""Losses one after the other, each a fraction."""

OF_STEPS = (10, 20, 40)
"""Runs of each level."""

NOISES = (0.005, 0.01, 0.02)
"""Standard deviations of the log speedup of a run, where a series loses."""

UNCHANGED = Target(0.01)
"""Of a series by itself; a suite of such cells has more of them, and a hundredth of it each."""
LOST = Target(0.95, is_floor=True)

CELL = Cell("test_drawn.py::test[thread-4]", "test_drawn.py::test", "thread", 4, "default")
MACHINE = Machine("drawn", Cpus(4, 4, None), "drawn", gil=True, start_method="spawn")


@dataclass(frozen=True, slots=True)
class Kind:
    """Noise of saved runs.

    Attributes:
        name: in words.
        draw: so many values of it.
    """

    name: str
    draw: Callable[[int, Random], list[float]]


def _normal(count: int, random: Random) -> list[float]:
    return [random.gauss(0, 1) for _ in range(count)]


def _heavy(count: int, random: Random) -> list[float]:
    """Draw from t with 3 degrees of freedom."""
    return [random.gauss(0, 1) / math.sqrt(random.gammavariate(1.5, 2 / 3)) for _ in range(count)]


def _contaminated(count: int, random: Random) -> list[float]:
    """Draw normal values, one in ten of which is three times as far away (Tukey, 1960)."""
    return [random.gauss(0, 1) * (3 if random.random() < 1 / 10 else 1) for _ in range(count)]


def _lasting(count: int, random: Random) -> list[float]:
    """Draw values each of which has 0.3 of the last one in it."""
    values = [random.gauss(0, 1)]
    while len(values) < count:
        values.append(0.3 * values[-1] + math.sqrt(1 - 0.3**2) * random.gauss(0, 1))
    return values


KINDS = {
    one.name: one
    for one in (
        Kind("normal", _normal),
        Kind("t with 3", _heavy),
        Kind("one in 10 three times as far", _contaminated),
        Kind("0.3 of the last", _lasting),
    )
}

SPREAD = 0.05
"""Standard deviation of a series that never changes: that of a restless cell."""


def find_histories(
    run: Runner, seed: int, most: int | None = None, only: str = ""
) -> Iterator[Finding]:
    """Draw series, unchanged and with losses, and count those that fail.

    Args:
        run: spreads them out.
        seed: of all draws.
        most: series of each, where not all are wanted.
        only: what the name of a scenario must have in it.
    """
    for one in scenarios():
        if only not in one.name:
            continue
        count = SERIES.get(sum(length for length, _ in one.levels), OTHERS)
        seeds = seeds_of(seed, one.name, min(count, most or count))
        outcomes = run(partial(judge_series, one), seeds)
        red = share_of(each is Outcome.REGRESSED for each in outcomes)
        yield Finding(one.name, "red", red, one.target)
        open_ones = share_of(each is Outcome.INCONCLUSIVE for each in outcomes)
        yield Finding(one.name, "too few to tell", open_ones)


@dataclass(frozen=True, slots=True)
class Series:
    """Saved runs that are drawn.

    Attributes:
        name: in words.
        kind: the name of their noise.
        noise: its standard deviation.
        levels: runs and log speedup of each.
        target: share of such series that are red.
    """

    name: str
    kind: str
    noise: float
    levels: tuple[tuple[int, float], ...]
    target: Target


def scenarios() -> Iterator[Series]:
    """List what is drawn: series that never changed, and some that lost a tenth in small steps."""
    for kind in KINDS:
        for length in LENGTHS:
            name = f"{length} runs, unchanged: {kind}"
            yield Series(name, kind, SPREAD, ((length, 0.0),), UNCHANGED)
    for noise in NOISES:
        for length in OF_STEPS:
            name = f"{STEPS} x -{STEP:.0%}, {length} runs each: normal {noise:.1%}"
            levels = tuple((length, step * math.log1p(-STEP)) for step in range(STEPS + 1))
            yield Series(name, "normal", noise, levels, LOST)


def judge_series(series: Series, seed: int) -> Outcome:
    """Draw a series and judge it."""
    means = [mean for length, mean in series.levels for _ in range(length)]
    drawn = KINDS[series.kind].draw(len(means), Random(seed))
    runs = [
        _saved(index, mean + series.noise * one)
        for index, (mean, one) in enumerate(zip(means, drawn, strict=True), start=1)
    ]
    return judge_history(read_history(runs), FAIL, cells=CELLS).outcome


def _saved(number: int, log_speedup: float) -> SavedCell:
    readings = Readings(Reading(log_speedup, 0.0), None, Reading(0.0, 0.0))
    return SavedCell(f"{number:04}_drawn.json", CELL, False, Bound.WAIT, MACHINE, readings)  # noqa: FBT003
