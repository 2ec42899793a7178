"""How often the rule errs on numbers alone: blocks that are drawn, and no process or clock.

What comes from a comparison is the judging itself, with all that cells learn from each other. Each
cell that is open gets another block, until all are decided or have had as many as there may be.
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
from benchmarks.lab.simulation.suites import suite_of
from benchmarks.lab.simulation.turns import MODELS, unit_shifts
from pytest_speedup.against.cells import Compared
from pytest_speedup.against.judging import Judging
from pytest_speedup.gate import PairedPolicy
from pytest_speedup.gate.policy import limit_of
from pytest_speedup.model import Bound, Outcome, cell_name
from pytest_speedup.statistics import BlockChange, Shift

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.lab.simulation.machine import Workload
    from benchmarks.lab.simulation.spread_out import Runner
    from benchmarks.lab.simulation.turns import Model

ROUNDS = {Bound.WAIT: (2, 4), Bound.CPU: (3, 4)}
"""Rounds of the first block, and of each after it, as a comparison measures of short work."""

UNCHANGED, ALL, ONE = "unchanged", "all at the margin", "one at the margin"
COARSE = "all at the coarse margin"
"""Which cells lose just as much as is accepted: none, all, or those of one workload."""

USUAL = PairedPolicy()
NAMED = USUAL.told(USUAL.margin, None)
"""Where the usual margin is the one that is lost: no cell passes by the coarse one."""

SUITES = {
    (24, UNCHANGED): 3000,
    (100, UNCHANGED): 1000,
    (500, UNCHANGED): 400,
    (24, ALL): 3000,
    (24, ONE): 3000,
    (24, COARSE): 3000,
}
"""Suites that are drawn of each model, by cells and by what they lose."""

OF_UNCHANGED = Target(0.01)
OF_MARGIN = Target(0.05)
OF_PASSES = Target(0.05)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What became of a suite.

    Attributes:
        red: whether any cell is red.
        passed: whether one cell passed that lost what is accepted; None where none did lose it.
    """

    red: bool
    passed: bool | None


def find_errors(
    run: Runner, seed: int, most: int | None = None, only: str = ""
) -> Iterator[Finding]:
    """Draw suites of each size under each model, and count errors.

    Args:
        run: spreads them out.
        seed: of all draws.
        most: suites of each, where not all are wanted.
        only: what the name of a scenario must have in it.
    """
    for (cells, lost), count in SUITES.items():
        for model in MODELS.values():
            name = f"{cells} cells, {lost}: {model.name}"
            if only not in name:
                continue
            seeds = seeds_of(seed, name, min(count, most or count))
            drawn = run(partial(draw_suite, model.name, cells, lost), seeds)
            red = share_of(one.red for one in drawn)
            if lost in (UNCHANGED, ALL):
                yield Finding(
                    name, "red suites", red, OF_UNCHANGED if lost == UNCHANGED else OF_MARGIN
                )
            if lost != UNCHANGED:
                passed = share_of(one.passed for one in drawn if one.passed is not None)
                yield Finding(name, "passed, one cell of each", passed, OF_PASSES)


def draw_suite(model: str, cells: int, lost: str, seed: int) -> Drawn:
    """Draw the blocks of a suite, and judge it until nothing is open.

    Args:
        model: the name of a model of noise.
        cells: how many the suite has, about.
        lost: one of UNCHANGED, ALL, ONE and COARSE.
        seed: of all draws.
    """
    random = Random(seed)
    policy = NAMED if lost in (ALL, ONE) else USUAL
    workloads = {one.name: one for one in suite_of(cells)}
    judging = Judging(policy, cells={name: _cells(one) for name, one in workloads.items()})
    losing = _losing(list(workloads), lost, random)
    chosen = random.choice(judging.cells[random.choice(losing)]) if losing else None
    losses = dict.fromkeys(losing, _accepted(lost))
    blocks = _Blocks(MODELS[model], policy, losses, random.randrange(policy.fewest), random)
    for number in range(policy.most):
        blocks.add(judging, number)
        judging.judge()
        if not any(one.open for one in judging.all):
            break
    outcomes = {one.id: one.verdict.outcome for one in judging.all if one.verdict}
    return Drawn(
        any(one is Outcome.REGRESSED for one in outcomes.values()),
        None if chosen is None else outcomes[chosen.id] is Outcome.PASSED,
    )


def _losing(workloads: list[str], lost: str, random: Random) -> list[str]:
    if lost == UNCHANGED:
        return []
    return [random.choice(workloads)] if lost == ONE else workloads


def _accepted(lost: str) -> float:
    """The largest loss that is accepted, in natural logarithms."""
    return limit_of(USUAL.coarse or 0.0) if lost == COARSE else USUAL.limit


def _cells(workload: Workload) -> list[Compared]:
    return [
        Compared(workload.id_of(*one), workload.name, one[0], cell_name(*one), bound=workload.bound)
        for one in workload.cells
    ]


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Draws blocks.

    Attributes:
        model: of noise.
        policy: what it states.
        losses: rise of parallel time in natural logarithms, by workload.
        outlier_at: index of the block to which the model's outlier is added.
        random: draws.
    """

    model: Model
    policy: PairedPolicy
    losses: Mapping[str, float]
    outlier_at: int
    random: Random

    def add(self, judging: Judging, number: int) -> None:
        """Give each cell that is open another block."""
        outlier = self.model.outlier * (number == self.outlier_at)
        for workload, cells in judging.cells.items():
            still_open = [one for one in cells if one.open]
            if not still_open:
                continue
            rounds = ROUNDS[cells[0].bound][min(number, 1)]
            serial = self._shift(cells[0].bound, "thread", rounds, 0.0)
            common = self.model.effect(self.random)
            lost = self.losses.get(workload, 0.0) + outlier
            for one in still_open:
                rise = lost + self._effect(common)
                parallel = self._shift(one.bound, one.executor, rounds, rise)
                one.blocks.append(BlockChange(parallel, serial))

    def _effect(self, common: float) -> float:
        own = self.model.effect(self.random)
        shared = self.model.shared
        return self.model.size * (math.sqrt(shared) * common + math.sqrt(1 - shared) * own)

    def _shift(self, bound: Bound, executor: str, rounds: int, rise: float) -> Shift:
        unit = self.random.choice(unit_shifts(self.model, rounds))
        stated = self.policy.deviation(bound, executor)
        return Shift(rise + stated * unit.value, rounds, stated * unit.error)
