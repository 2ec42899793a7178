"""A machine on which base and head run that does not exist: its clock goes as turns take time."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

from benchmarks.lab.simulation.noise import SERIAL_KIND
from pytest_speedup.against.arguments import ArgumentsJudged
from pytest_speedup.against.block import PAIRED, SERIAL_TURN, Ready
from pytest_speedup.against.protocol import Described, DescribedCell
from pytest_speedup.losses.trace import Task, Trace
from pytest_speedup.model import BASE, BASE_AGAIN, HEAD, Bound, Round, Turn, arm_of, split_turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from random import Random

    from benchmarks.lab.simulation.noise import Noise
    from pytest_speedup.against.protocol import Describe
    from pytest_speedup.against.side import Code

KERNEL_SECONDS = 0.065
"""Seconds of a turn of a control."""

FASTEST = 1.5
"""Speedup of computing processes on the machine, at most."""

TASK = Task(0.0, 0.0, 1.0, 1.0, 0)


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds that a block takes beside its rounds, as measured on two CPUs.

    Attributes:
        start: to start and end the sides.
        opening: to open a workload.
        cell: for each of its cells, to start its workers on both sides.
    """

    start: float = 1.3
    opening: float = 0.2
    cell: float = 0.1


@dataclass(frozen=True, slots=True)
class Workload:
    """What runs.

    Attributes:
        name: what it is called.
        bound: what it spends its time on.
        seconds: of its serial code.
        cells: executors and worker counts.
    """

    name: str
    bound: Bound
    seconds: float
    cells: tuple[tuple[str, int], ...]

    def turn_seconds(self, executor: str, workers: int) -> float:
        """Seconds of a turn without noise."""
        if executor == SERIAL_KIND or (self.bound is Bound.CPU and executor == "thread"):
            return self.seconds
        return self.seconds / (workers if self.bound is Bound.WAIT else min(workers, FASTEST))

    def id_of(self, executor: str, workers: int) -> str:
        """The id of a cell."""
        return f"test_{self.name}.py::test_{self.name}[{executor}-{workers}]"


@dataclass(slots=True)
class Machine:
    """Starts sides, and is them.

    Attributes:
        workloads: by the name that their cells share.
        noise: what turns are drawn from.
        random: draws.
        losses: of parallel time, in natural logarithms, by the id of the cell.
        block_effect: standard deviation of what a pair of processes adds to a cell in a block.
        shared: share of its variance that the cells of a workload have in common.
        costs: what takes time beside turns.
        seconds: the clock.
        blocks: how many were started.
        effects: what this block adds to each turn of the open workload.
        questions: what sides ask of code whose number of workers made no difference: nothing.
    """

    workloads: Mapping[str, Workload]
    noise: Noise
    random: Random
    losses: Mapping[str, float] = field(default_factory=dict)
    block_effect: float = 0.0
    shared: float = 1.0
    costs: Costs = field(default_factory=Costs)
    seconds: float = 0.0
    blocks: int = 0
    open: str = ""
    effects: dict[str, float] = field(default_factory=dict)
    questions: dict[tuple[str, str], str] = field(default_factory=dict)

    def clock(self) -> float:
        """Tell the seconds."""
        return self.seconds

    @contextmanager
    def fresh(self, _codes: Mapping[str, Code], _logs: Path, _seed: int) -> Iterator[Machine]:
        """Start a block."""
        self.seconds += self.costs.start
        self.blocks += 1
        yield self

    def describe(self, _request: Describe) -> dict[str, Described]:
        """List the cells, the same on both sides."""
        cells = tuple(
            DescribedCell(one.id_of(*cell), *cell, None, chosen=True)
            for one in self.workloads.values()
            for cell in ((SERIAL_KIND, 1), *one.cells)
        )
        return {side: Described(cells, {}) for side in (BASE, HEAD)}

    @contextmanager
    def opened(
        self, cells: Sequence[str], turns: Sequence[str], _following: str | None, longest: float
    ) -> Iterator[Ready]:
        """Open a workload, and draw what this block adds to its cells."""
        self.open = cells[0].partition("[")[0]
        of_all = self.random.gauss(0, 1)
        self.effects = {
            turn: self.block_effect
            * (
                math.sqrt(self.shared) * of_all
                + math.sqrt(1 - self.shared) * self.random.gauss(0, 1)
            )
            for turn in turns
            if turn != SERIAL_TURN
        }
        sums = list(accumulate(map(self._turn_seconds, turns)))
        ran = sum(one <= longest for one in sums[:-1])
        seconds = sums[ran]
        self.seconds += self.costs.opening + self.costs.cell * ran + 2 * seconds
        same = ArgumentsJudged(same=True, reason="", notice="")
        yield Ready(self.workloads[self.open].bound, same, {BASE: {}, HEAD: {}}, PAIRED * seconds)

    @contextmanager
    def controlled(
        self, _cells: Sequence[str], turns: Sequence[str], _controls: Sequence[str]
    ) -> Iterator[None]:
        """Open it on the second process of the base as well."""
        self.seconds += self.costs.opening + sum(map(self._turn_seconds, turns))
        yield

    def record(self, turns: Sequence[str]) -> dict[str, dict[str, Trace]]:
        """Run each turn once on both sides; nothing is lost in any."""
        self.seconds += 2 * sum(map(self._turn_seconds, turns))
        trace = Trace(0.0, 1.0, 2, (TASK,), ())
        return {side: dict.fromkeys(turns, trace) for side in (BASE, HEAD)}

    def rounds(self, turns: Sequence[str]) -> Iterator[Round]:
        """Measure rounds of base and head."""
        workload = self.workloads[self.open]
        added = {
            turn: self.effects.get(turn, 0.0) + self.losses.get(f"{self.open}[{turn}]", 0.0)
            for turn in turns
        }
        while True:
            yield self._round(workload.bound, turns, HEAD, added)

    def rounds_of(self, side: str, turns: Sequence[str]) -> Iterator[Round]:
        """Measure rounds of the kernel, as one side runs it."""
        bound = self.workloads[self.open].bound
        while True:
            measured = []
            for turn in turns:
                executor = split_turn(turn)[1].rpartition("-")[0]
                log = self.noise.draw(bound, executor, self.random)[0]
                measured.append(Turn(arm_of(side, turn), KERNEL_SECONDS * math.exp(log)))
            one = Round(tuple(measured))
            self.seconds += one.total
            yield one

    def controls(self, turns: Sequence[str]) -> Iterator[Round]:
        """Measure rounds of two processes of the base, which differ by a block's effect alone."""
        effects = {turn: self.block_effect * self.random.gauss(0, 1) for turn in turns}
        while True:
            yield self._round(self.workloads[self.open].bound, turns, BASE_AGAIN, effects)

    def _round(
        self, bound: Bound, turns: Sequence[str], rival: str, added: Mapping[str, float]
    ) -> Round:
        measured = []
        for turn in self.random.sample(list(turns), len(turns)):
            order = (BASE, rival, rival, BASE)
            if self.random.random() < 0.5:  # noqa: PLR2004 - heads or tails
                order = (rival, BASE, BASE, rival)
            seconds = self._turn_seconds(turn)
            executor = split_turn(turn)[1].rpartition("-")[0]
            for side, log in zip(order, self.noise.draw(bound, executor, self.random), strict=True):
                rise = added[turn] if side == rival else 0.0
                measured.append(Turn(arm_of(side, turn), seconds * math.exp(log + rise)))
        one = Round(tuple(measured))
        self.seconds += one.total
        return one

    def _turn_seconds(self, turn: str) -> float:
        control, cell = split_turn(turn)
        if control:
            return KERNEL_SECONDS
        executor, _, workers = cell.rpartition("-")
        return self.workloads[self.open].turn_seconds(executor, int(workers))
