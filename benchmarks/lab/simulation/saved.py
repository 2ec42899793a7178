"""How often the rule on saved runs errs where a machine varies more than is stated.

Runs and blocks are drawn, each with an effect of its own: of a size that is a multiple of what the
policy states for cells of that kind. What comes from the gate is the judging itself, block by block
until each cell is decided, with its error rate spent over the suite. All of the noise is on the
parallel side, and parallel times share a drift besides that cancels in the speedup.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from benchmarks.lab.ours import OurRule
from benchmarks.lab.prepared import PreparedCell, with_loss
from benchmarks.lab.shares import share_of
from benchmarks.lab.simulation.findings import Finding, Target
from benchmarks.lab.simulation.spread_out import seeds_of
from pytest_speedup.gate import PARALLEL_DEVIATION, SavedPolicy
from pytest_speedup.model import Outcome, Reading, Readings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.lab.simulation.spread_out import Runner
    from pytest_speedup.model import Bound

CELLS = 24

SPREADS = (1, 2, 3)
"""Times the deviations that are stated."""

SAVED = (1, 3, 10)
"""Saved runs."""

UNCHANGED, AT_MARGIN, HALF = "unchanged", "all at the margin", "all lost half"

LOSSES = {UNCHANGED: 0.0, AT_MARGIN: SavedPolicy().margin, HALF: 0.5}
"""What all cells of a suite lost, as a fraction."""

SUITES = 2000

WITHIN = 1 / 3
"""Standard error of a block by its own rounds, in deviations that are stated between blocks."""

DRIFT = math.sqrt(PARALLEL_DEVIATION**2 - 1)
"""Deviation of what serial and parallel code have in common, in those of speedups."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What became of a suite.

    Attributes:
        red: how many cells are red.
        cells: of how many.
    """

    red: int
    cells: int


def find_saved(
    run: Runner, seed: int, most: int | None = None, only: str = ""
) -> Iterator[Finding]:
    """Draw suites with each spread and number of saved runs, and count red ones.

    Args:
        run: spreads them out.
        seed: of all draws.
        most: suites of each, where not all are wanted.
        only: what the name of a scenario must have in it.
    """
    target = Target(SavedPolicy().error_rate)
    for lost, loss in LOSSES.items():
        for saved in SAVED:
            for spread in SPREADS:
                name = f"{CELLS} cells, {lost}: {spread} x as stated, {saved} saved"
                if only not in name:
                    continue
                seeds = seeds_of(seed, name, min(SUITES, most or SUITES))
                drawn = run(partial(draw_suite, spread, saved, loss), seeds)
                if lost == HALF:
                    cells = [number < one.red for one in drawn for number in range(one.cells)]
                    yield Finding(name, "red cells", share_of(cells))
                else:
                    red = share_of(one.red > 0 for one in drawn)
                    yield Finding(name, "red suites", red, target)


def draw_suite(spread: float, saved: int, loss: float, seed: int) -> Drawn:
    """Draw a suite and its saved runs, and judge it.

    Args:
        spread: times the deviations that are stated.
        saved: how many runs are saved.
        loss: of speedup that each cell has, as a fraction.
        seed: of all draws.
    """
    draw, policy = _Draw(spread, SavedPolicy(), Random(seed)), SavedPolicy()
    kinds = list(policy.deviations)
    cells = [kinds[index % len(kinds)] for index in range(CELLS)]
    suite = [with_loss(draw.cell(*kind, policy.looks), loss) for kind in cells]
    baselines = [[draw.cell(*kind, 1) for _ in range(saved)] for kind in cells]
    decisions = OurRule(policy).judge(suite, baselines)
    red = sum(one.outcome is Outcome.REGRESSED for one in decisions)
    return Drawn(red, len(decisions))


@dataclass(frozen=True, slots=True)
class _Draw:
    """Draws cells of a run.

    Attributes:
        spread: times the deviations that are stated.
        policy: what states them.
        random: draws.
    """

    spread: float
    policy: SavedPolicy
    random: Random

    def cell(self, bound: Bound, executor: str, blocks: int) -> PreparedCell:
        """Draw a cell of a run with so many blocks."""
        stated = self.policy.deviation(bound, executor, contended=False)
        run, within = self._effects(self.spread * stated.run), WITHIN * stated.block
        readings = []
        for _ in range(blocks):
            block, rounds = self._effects(self.spread * stated.block), self._effects(within)
            speedup, drift = map(sum, zip(run, block, rounds, strict=True))
            reading = (
                Reading(speedup, within),
                Reading(drift - speedup, PARALLEL_DEVIATION * within),
            )
            readings.append(Readings(reading[0], None, reading[1]))
        return PreparedCell("drawn", bound, executor, ((),) * blocks, tuple(readings))

    def _effects(self, deviation: float) -> tuple[float, float]:
        """Draw what befalls a speedup, and what serial and parallel code have in common."""
        return self.random.gauss(0, deviation), self.random.gauss(0, DRIFT * deviation)
