"""What a cell must reach whatever it is compared with, and cells that only head has."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from pytest_speedup.against.block import SERIAL_TURN, WorkloadError
from pytest_speedup.against.protocol import Failure
from pytest_speedup.gate import (
    FloorBlock,
    floor_is_open,
    hold_against_floor,
    judge_floors,
    seems_below_floor,
    worse_of,
)
from pytest_speedup.losses.trace import count_trace
from pytest_speedup.model import (
    HEAD,
    NO_FLOORS,
    Bound,
    Floors,
    Outcome,
    Reading,
    Verdict,
    arm_of,
    kernel_turn,
)
from pytest_speedup.statistics import read_block_speedup, read_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_speedup.against.block import Block
    from pytest_speedup.against.cells import Compared
    from pytest_speedup.losses.trace import Counts
    from pytest_speedup.model import Round

KERNELS_BETWEEN = 2
"""Rounds of the kernel after each round of cells that must reach a share of the ceiling."""

UNMEASURED = "nothing of it was measured, so that nobody can tell whether it reaches its floor"

MAX_KERNELS = 12
"""Rounds of the kernel in a block."""

OF_TASKS = 3
"""Recorded runs in a block of a cell of which it is asked how quickly its tasks are done."""


@dataclass(slots=True)
class Floored:
    """The floors of a cell.

    Attributes:
        floors: what it must reach.
        workers: how many it has.
        bound: what its workload spends its time on, once it is known.
        blocks: what was measured of it, by block.
        verdict: the last one; None where nothing is demanded, or nothing was measured yet.
        growth: how many times the work of one worker it does.
    """

    floors: Floors = NO_FLOORS
    workers: int = 1
    bound: Bound = Bound.WAIT
    blocks: list[FloorBlock] = field(default_factory=list)
    verdict: Verdict | None = None
    growth: int = 1

    @property
    def asked(self) -> bool:
        """Whether anything is demanded."""
        return self.floors.asked

    @property
    def needs_ceiling(self) -> bool:
        """Whether a share of the ceiling is: that of one worker is 1."""
        return self.floors.at_least_of_ceiling is not None and self.workers > 1

    @property
    def open(self) -> bool:
        """Whether another block may decide it."""
        return self.verdict is not None and floor_is_open(self.verdict, len(self.blocks))

    @property
    def seems_missed(self) -> bool:
        """Whether the cell seems to be below it."""
        return self.verdict is not None and seems_below_floor(self.verdict)

    def take(
        self,
        rounds: Sequence[Round],
        side: str,
        turn: str,
        kernels: Kernels,
        counts: Iterable[Counts],
    ) -> None:
        """Take in what a side showed in a block.

        Args:
            rounds: of the cell and of serial code.
            side: the one that is held against the floors.
            turn: the turn that runs the cell.
            kernels: what was measured of the kernel in the same block.
            counts: what the side's recorded runs of the cell did.
        """
        alone = read_block_speedup(rounds, side, parallel=turn, serial=SERIAL_TURN)
        speedup = Reading(alone.value + math.log(self.growth), alone.error)
        ceiling = None
        if self.needs_ceiling and kernels.rounds:
            ceiling = self._ceiling(kernels, turn)
        parallel = read_seconds(rounds, arm_of(side, turn))
        self.blocks.append(FloorBlock(speedup, ceiling, tuple(counts), parallel))

    def _ceiling(self, kernels: Kernels, turn: str) -> Reading:
        """Read the kernel's speedup: each worker waits as long as one alone, and computes a share.

        So that waiting workers together do as many times as much.
        """
        serial, parallel = kernel_turn(SERIAL_TURN), kernel_turn(turn)
        ratio = read_block_speedup(kernels.rounds, kernels.side, parallel=parallel, serial=serial)
        if self.bound is Bound.CPU:
            return ratio
        return Reading(ratio.value + math.log(self.workers), ratio.error)

    def judge(self, cell: str, executor: str, error: float) -> None:
        """Judge it by all blocks so far, at an error rate for each of the floors."""
        if self.asked and self.blocks:
            self.verdict = judge_floors(
                cell,
                self.blocks,
                self.floors,
                workers=self.workers,
                kind=(self.bound, executor),
                error=error,
            )

    def hold(self, verdict: Verdict) -> Verdict:
        """Put together what the cell came to and what its floors say of it, at the end."""
        if not self.asked:
            return verdict
        if self.verdict is None:
            return worse_of(Verdict(verdict.cell, Outcome.BROKEN, reason=UNMEASURED), verdict)
        return hold_against_floor(verdict, self.verdict, len(self.blocks))


@dataclass(slots=True)
class Kernels:
    """Rounds of the ceiling's kernel, among those of cells.

    Attributes:
        side: the one that runs them: the base, where it has the workload open, since no commit is
            to choose the ceiling that it is held against.
        rounds: what was measured.
        source: what measures a round; None where no cell must reach a share of the ceiling.
    """

    side: str
    rounds: list[Round]
    source: Iterator[Round] | None

    @classmethod
    def of(cls, block: Block, side: str, turns: Sequence[str]) -> Kernels:
        """Stand ready, warm.

        Args:
            block: the processes, with a workload open on that side.
            side: the one that runs them.
            turns: those of the cells that must reach a share of the ceiling.
        """
        if not turns:
            return cls(side, [], None)
        names = [kernel_turn(turn) for turn in (SERIAL_TURN, *turns)]
        source = block.rounds_of(side, names)
        next(source)
        return cls(side, [], islice(source, MAX_KERNELS))

    def between(self) -> None:
        """Measure some more, after a round of the cells."""
        if self.source is not None:
            self.rounds.extend(islice(self.source, KERNELS_BETWEEN))


ROUNDS = {Bound.WAIT: 6, Bound.CPU: 12}
"""Rounds of a block; there is no other side that takes turns."""

MAX_ALONE_SECONDS = 20.0
"""Beyond which a block has no more rounds than the fewest."""

MIN_ALONE_ROUNDS = 3

HELD = frozenset({Outcome.NEW, Outcome.INCOMPARABLE, Outcome.INCONCLUSIVE, Outcome.TOO_SHORT})
"""Outcomes of a comparison that say nothing of a floor."""


@dataclass(slots=True)
class Alone:
    """These cells.

    Attributes:
        cells: by workload.
        failed: verdicts on those that could not be measured.
    """

    cells: dict[str, list[Compared]] = field(default_factory=dict)
    failed: dict[str, Verdict] = field(default_factory=dict)

    def add(self, one: Compared) -> None:
        """Take in a cell, unless nothing is demanded of it."""
        if one.floor.asked:
            self.cells.setdefault(one.workload, []).append(one)

    @property
    def all(self) -> list[Compared]:
        """All that are not known to be broken."""
        return [one for cells in self.cells.values() for one in cells]

    @property
    def open(self) -> list[Compared]:
        """Those that another block may decide."""
        return [one for one in self.all if not one.ended and _is_open(one)]

    def measure(self, block: Block) -> None:
        """Measure all that are open, workload by workload."""
        still_open = self.open
        for workload in dict.fromkeys(one.workload for one in still_open):
            cells = [one for one in still_open if one.workload == workload]
            try:
                self._measure(block, workload, cells)
            except WorkloadError as error:
                self._fail(workload, cells, error)

    def _measure(self, block: Block, workload: str, cells: Sequence[Compared]) -> None:
        turns = [SERIAL_TURN, *(one.turn for one in cells)]
        with block.alone([one.id for one in cells], turns) as (bound, unsuitable):
            suited = [one for one in cells if one.turn not in unsuitable]
            # As of any new cell in which its workload does not run, nothing more is said.
            self._drop(workload, {one.id for one in cells if one.turn in unsuitable})
            if suited:
                _measure_open(block, suited, bound)

    def _fail(self, workload: str, cells: Sequence[Compared], error: WorkloadError) -> None:
        failure = error.failures[HEAD]
        skipped = failure.failure is Failure.SKIPPED
        self._drop(workload, {one.id for one in cells})
        for one in cells:
            if not skipped or one.floor.blocks:
                self.failed[one.id] = Verdict(one.id, Outcome.BROKEN, reason=str(failure))

    def _drop(self, workload: str, ids: set[str]) -> None:
        self.cells[workload] = [one for one in self.cells[workload] if one.id not in ids]

    def break_all(self, reason: str) -> None:
        """Note that those that are open cannot be measured in this block, as head is gone."""
        for one in self.open:
            self._drop(one.workload, {one.id})
            self.failed[one.id] = Verdict(one.id, Outcome.BROKEN, reason=reason)

    def judge(self, error: float) -> None:
        """Judge all by their floors, each at an error rate."""
        for one in self.all:
            if not one.ended:
                one.floor.judge(one.id, one.executor, error)

    def settle(self, verdicts: Mapping[str, Verdict]) -> dict[str, Verdict]:
        """Put together what they came to, and what their floors say.

        Args:
            verdicts: by what they were to be compared with.
        """
        held = {one.id: _settled(one, verdicts[one.id]) for one in self.all}
        broken = {cell: worse_of(one, verdicts[cell]) for cell, one in self.failed.items()}
        return {**held, **broken}


def _is_open(one: Compared) -> bool:
    return not one.floor.blocks or one.floor.open


def _settled(one: Compared, verdict: Verdict) -> Verdict:
    settled = one.floor.hold(verdict)
    if not one.rounds:
        return settled
    return replace(settled, speedup=one.speedup(HEAD))


def _measure_open(block: Block, cells: Sequence[Compared], bound: Bound) -> None:
    """Measure a block's rounds of the workload that head has open."""
    turns = [SERIAL_TURN, *(one.turn for one in cells)]
    kernels = Kernels.of(block, HEAD, [one.turn for one in cells if one.floor.needs_ceiling])
    rounds: list[Round] = []
    spent = 0.0
    for one in block.rounds_of(HEAD, turns):
        rounds.append(one)
        kernels.between()
        spent += one.total
        enough = len(rounds) >= ROUNDS[bound] or spent > MAX_ALONE_SECONDS
        if enough and len(rounds) >= MIN_ALONE_ROUNDS:
            break
    for cell in cells:
        cell.floor.bound = bound
        cell.rounds.append(rounds)
        counts = count_recorded(block, cell, [])
        cell.floor.take(rounds, HEAD, cell.turn, kernels, counts)


def count_recorded(block: Block, cell: Compared, known: Sequence[Counts]) -> list[Counts]:
    """Record as many runs of head as its floors ask for.

    Args:
        block: the processes, with the cell's workload open on head.
        cell: the cell.
        known: counts of the runs of this block that are recorded already.
    """
    floors = cell.floor.floors
    least = 0 if floors.peak is None else 1
    wanted = OF_TASKS if floors.of_tasks else least
    missing = range(wanted - len(known))
    return [*known, *(count_trace(block.recorded(cell.turn)) for _ in missing)]
