"""Suites that are compared on a simulated machine, and what becomes of them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

from benchmarks.lab.simulation.machine import Costs, Machine, Workload
from pytest_speedup.against.cells import Part, Wanted
from pytest_speedup.against.comparison import Comparison
from pytest_speedup.against.proof import UnprovenTrees
from pytest_speedup.against.schedule import Schedule
from pytest_speedup.against.scope import Scope
from pytest_speedup.against.side import Code
from pytest_speedup.gate import PairedPolicy, expected_costs, split
from pytest_speedup.model import BASE, BASE_AGAIN, HEAD, Bound, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.lab.simulation.noise import Noise
    from pytest_speedup.against.block import Starter
    from pytest_speedup.model import Step, Verdict

WHOLE = Part()

SECONDS = {Bound.WAIT: 0.1, Bound.CPU: 0.05}
"""Of serial code of a workload."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is simulated.

    Attributes:
        name: in words.
        workloads: that make up the suite.
        loss: of speedup, as a fraction.
        lossy: where it is: "none", "one" cell of each kind, or "all".
        block_effect: standard deviation of what a pair of processes adds to a cell.
        shared: share of its variance that the cells of a workload have in common.
        budget: seconds.
        policy: the rules.
        costs: what takes time beside turns.
    """

    name: str
    workloads: tuple[Workload, ...]
    loss: float = 0.0
    lossy: str = "none"
    block_effect: float = 0.005
    shared: float = 1.0
    budget: float = 300.0
    policy: PairedPolicy = PairedPolicy()  # noqa: RUF009 - it is frozen
    costs: Costs = Costs()  # noqa: RUF009 - likewise


@dataclass(frozen=True, slots=True)
class Simulated:
    """What became of a suite.

    Attributes:
        seconds: that it took.
        blocks: that it took.
        outcomes: of cells that lost nothing, by kind.
        of_lossy: of those that did.
        taken: blocks that cells were in, all together.
        in_rounds: seconds inside the rounds of cells; all others are fixed cost.
        reasons: why cells that are not decided are not, each once.
    """

    seconds: float
    blocks: int
    outcomes: Mapping[str, Counter[Outcome]]
    of_lossy: Mapping[str, Counter[Outcome]]
    taken: int
    in_rounds: float
    reasons: tuple[str, ...]

    @property
    def red(self) -> bool:
        """Whether a cell is red that lost nothing, or no more than is accepted."""
        return any(counts[Outcome.REGRESSED] for counts in self.outcomes.values())


def suite_of(cells: int, counts: Sequence[int] = (2, 4, 8)) -> tuple[Workload, ...]:
    """Make a suite of waiting and computing workloads in turn, each on threads and processes."""
    each = tuple((name, count) for name in ("thread", "process") for count in counts)
    kinds = list(Bound)
    return tuple(
        Workload(f"w{index}", bound, SECONDS[bound], each)
        for index in range(max(1, round(cells / len(each))))
        for bound in [kinds[index % len(kinds)]]
    )


def simulate_shards(scenario: Scenario, noise: Noise, seed: int, count: int) -> list[Simulated]:
    """Compare a suite in so many shards, each on a machine of its own."""
    cells = {_name_of(one): len(one.cells) for one in scenario.workloads}
    shards = split(expected_costs(cells, {}), count)
    parts = [
        Part(frozenset(one for one in shards if shards[one] != number), number == 1)
        for number in range(1, count + 1)
    ]
    return [
        simulate(scenario, noise, seed * count + index, part) for index, part in enumerate(parts)
    ]


def simulate(scenario: Scenario, noise: Noise, seed: int, part: Part = WHOLE) -> Simulated:
    """Compare a suite once, or a part of it."""
    random = Random(seed)
    workloads = {_name_of(one): one for one in scenario.workloads}
    losses = _losses(scenario, random)
    machine = Machine(
        workloads,
        noise,
        random,
        losses,
        scenario.block_effect,
        scenario.shared,
        scenario.costs,
    )
    wanted = [
        Wanted(one.id_of(*cell), name, *cell)
        for name, one in workloads.items()
        for cell in (("serial", 1), *one.cells)
    ]
    with TemporaryDirectory() as logs:
        comparison = Comparison(
            dict.fromkeys((BASE, HEAD, BASE_AGAIN), Code(Path())),
            cast("Starter", machine),
            UnprovenTrees(),
            wanted,
            Scope(),
            scenario.policy,
            Schedule(scenario.budget),
            _say_nothing,
            Path(logs),
            part=part,
            clock=machine.clock,
        )
        verdicts = comparison.run()
    return _counted(machine, comparison, verdicts, losses if scenario.lossy == "one" else {})


def _name_of(one: Workload) -> str:
    return f"test_{one.name}.py::test_{one.name}"


def _losses(scenario: Scenario, random: Random) -> dict[str, float]:
    """Choose which cells lose, and how much longer their parallel time gets."""
    rise = -math.log1p(-scenario.loss)
    if scenario.lossy == "none":
        return {}
    if scenario.lossy == "all":
        return {one.id_of(*cell): rise for one in scenario.workloads for cell in one.cells}
    chosen = {}
    for bound in dict.fromkeys(one.bound for one in scenario.workloads):
        one = random.choice([each for each in scenario.workloads if each.bound is bound])
        for executor in dict.fromkeys(name for name, _ in one.cells):
            cells = [cell for cell in one.cells if cell[0] == executor]
            chosen[one.id_of(*random.choice(cells))] = rise
    return chosen


def _counted(
    machine: Machine,
    comparison: Comparison,
    verdicts: Mapping[str, Verdict],
    lossy: Mapping[str, float],
) -> Simulated:
    bounds = {
        one.id_of(*cell): f"{one.bound.value} {cell[0]}"
        for one in machine.workloads.values()
        for cell in one.cells
    }
    counts: tuple[dict[str, Counter[Outcome]], dict[str, Counter[Outcome]]] = ({}, {})
    for cell, verdict in verdicts.items():
        counts[cell in lossy].setdefault(bounds[cell], Counter())[verdict.outcome] += 1
    taken = sum(len(one.blocks) for one in comparison.judging.all)
    reasons = {one.reason: None for one in verdicts.values() if not one.outcome.is_decided}
    in_rounds = sum(comparison.spent.values())
    return Simulated(machine.seconds, machine.blocks, *counts, taken, in_rounds, tuple(reasons))


def _say_nothing(_step: Step) -> None:
    pass
