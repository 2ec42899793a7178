"""Cells of head that the base has nothing to compare with, and that must reach a floor."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_speedup.against.block import SERIAL_TURN, WorkloadError
from pytest_speedup.against.floored import Kernels
from pytest_speedup.against.protocol import Failure
from pytest_speedup.gate import worse_of
from pytest_speedup.model import HEAD, Bound, Outcome, Verdict
from pytest_speedup.statistics import read_speedup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_speedup.against.block import Block
    from pytest_speedup.against.cells import Compared
    from pytest_speedup.model import Round

ROUNDS = {Bound.WAIT: 6, Bound.CPU: 12}
"""Rounds of a block; there is no other side that takes turns."""

MOST_SECONDS = 20.0
"""Beyond which a block has no more rounds than the fewest."""

FEWEST_ROUNDS = 3

HELD = frozenset({Outcome.NEW, Outcome.INCOMPARABLE, Outcome.INCONCLUSIVE})
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
    speedup = read_speedup(one.rounds, HEAD, parallel=one.turn, serial=SERIAL_TURN)
    return replace(settled, speedup=speedup)


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
        enough = len(rounds) >= ROUNDS[bound] or spent > MOST_SECONDS
        if enough and len(rounds) >= FEWEST_ROUNDS:
            break
    for cell in cells:
        cell.floor.bound = bound
        cell.rounds.append(rounds)
        cell.floor.take(rounds, HEAD, cell.turn, kernels)
