"""What a cell must reach whatever it is compared with, and what head showed of it so far."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from pytest_speedup.against.block import SERIAL_TURN
from pytest_speedup.gate import (
    FloorBlock,
    floor_is_open,
    hold_against_floor,
    judge_floors,
    seems_below_floor,
    worse_of,
)
from pytest_speedup.model import NO_FLOORS, Bound, Floors, Outcome, Reading, Verdict, kernel_turn
from pytest_speedup.statistics import read_block_speedup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_speedup.against.block import Block
    from pytest_speedup.model import Round

KERNELS_BETWEEN = 2
"""Rounds of the kernel after each round of cells that must reach a share of the ceiling."""

UNMEASURED = "nothing of it was measured, so that nobody can tell whether it reaches its floor"

MOST_KERNELS = 12
"""Rounds of the kernel in a block."""


@dataclass(slots=True)
class Floored:
    """The floors of a cell.

    Attributes:
        floors: what it must reach.
        workers: how many it has.
        bound: what its workload spends its time on, once it is known.
        blocks: what was measured of it, by block.
        verdict: the last one; None where nothing is demanded, or nothing was measured yet.
    """

    floors: Floors = NO_FLOORS
    workers: int = 1
    bound: Bound = Bound.WAIT
    blocks: list[FloorBlock] = field(default_factory=list)
    verdict: Verdict | None = None

    @property
    def asked(self) -> bool:
        """Whether anything is demanded."""
        return self.floors.count > 0

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

    def take(self, rounds: Sequence[Round], side: str, turn: str, kernels: Kernels) -> None:
        """Take in what a side showed in a block.

        Args:
            rounds: of the cell and of serial code.
            side: the one that is held against the floors.
            turn: the turn that runs the cell.
            kernels: what was measured of the kernel in the same block.
        """
        speedup = read_block_speedup(rounds, side, parallel=turn, serial=SERIAL_TURN)
        ceiling = None
        if self.needs_ceiling and kernels.rounds:
            ceiling = self._ceiling(kernels, turn)
        self.blocks.append(FloorBlock(speedup, ceiling))

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
        return cls(side, [], islice(source, MOST_KERNELS))

    def between(self) -> None:
        """Measure some more, after a round of the cells."""
        if self.source is not None:
            self.rounds.extend(islice(self.source, KERNELS_BETWEEN))
