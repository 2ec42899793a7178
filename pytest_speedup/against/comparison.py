"""A whole comparison: blocks of rounds, until every cell is decided or the time is up."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from pytest_speedup.against.block import SERIAL_TURN, paired
from pytest_speedup.against.side import SideError, copy_plugin
from pytest_speedup.measurement import now
from pytest_speedup.model import BASE, HEAD, Bound, Outcome, Verdict, cell_name
from pytest_speedup.statistics import read_change
from pytest_speedup.verdict import judge_difference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_speedup.against.block import Opened, Pair
    from pytest_speedup.against.side import Code
    from pytest_speedup.model import Round
    from pytest_speedup.statistics import BlockChange
    from pytest_speedup.verdict import DifferencePolicy

WAIT_ROUNDS = 3
"""Rounds of a block of a waiting workload, which is repeatable to about 1 %."""

CPU_SECONDS = 1.5
"""Seconds of a block of a computing workload, for each of its cells."""

FEWEST_ROUNDS = 3


@dataclass(slots=True)
class Compared:
    """One cell that both commits have.

    Attributes:
        id: the id of the cell.
        executor: the name of its executor.
        turn: the turn that runs it.
        bound: what its workload spends its time on, once it is known.
        blocks: what changed, by block.
        verdict: the last one.
    """

    id: str
    executor: str
    turn: str
    bound: Bound = Bound.WAIT
    blocks: list[BlockChange] = field(default_factory=list)
    verdict: Verdict | None = None

    @property
    def open(self) -> bool:
        """Whether another block could decide it."""
        return self.verdict is None or self.verdict.outcome is Outcome.INCONCLUSIVE


@dataclass(slots=True)
class Comparison:
    """Base against head.

    Attributes:
        base: what the base runs.
        head: what the head runs.
        policy: the rules.
        budget: seconds for all of it; the block that has begun is finished.
        progress: told what happens.
        cells: cells that both have, by workload.
        verdicts: verdicts on those that cannot be compared.
    """

    base: Code
    head: Code
    policy: DifferencePolicy
    budget: float
    progress: Callable[[str], None]
    cells: dict[str, list[Compared]] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    def run(self) -> Mapping[str, Verdict]:
        """Measure and judge, block by block.

        Returns:
            A verdict for each cell of base and head.

        Raises:
            SideError: a side ended before its time.
        """
        start, longest, random = now(), 0.0, Random()
        with tempfile.TemporaryDirectory(prefix="speedup-sides-") as name:
            folder = Path(name)
            plugin = copy_plugin(_made(folder / "plugin"))
            for block in range(1, self.policy.most + 1):
                begun = now()
                with paired(self.base, self.head, plugin, folder, random.randrange(2**32)) as pair:
                    if block == 1:
                        self._match(pair.workloads())
                    self._measure_block(pair, block)
                self._judge()
                longest = max(longest, now() - begun)
                if not self._undecided() or now() - start + longest > self.budget:
                    break
        return {
            **self.verdicts,
            **{one.id: one.verdict for each in self.cells.values() for one in each if one.verdict},
        }

    def _match(self, workloads: Mapping[str, Mapping[str, Sequence[Sequence[object]]]]) -> None:
        """Find the cells that both have, and name the others."""
        of = {side: _by_id(workloads[side]) for side in (BASE, HEAD)}
        for cell in of[HEAD].keys() - of[BASE].keys():
            self.verdicts[cell] = Verdict(cell, Outcome.NEW, reason="the base does not have it")
        for cell in of[BASE].keys() - of[HEAD].keys():
            reason = "the base has it, head does not; was it renamed or removed?"
            self.verdicts[cell] = Verdict(cell, Outcome.MISSING, reason=reason)
        for cell, (workload, executor, turn) in of[HEAD].items():
            if cell in of[BASE] and turn != SERIAL_TURN:
                self.cells.setdefault(workload, []).append(Compared(cell, executor, turn))

    def _undecided(self) -> list[str]:
        return [
            workload for workload, cells in self.cells.items() if any(one.open for one in cells)
        ]

    def _measure_block(self, pair: Pair, block: int) -> None:
        workloads = self._undecided()
        for workload, following in zip_longest(workloads, workloads[1:]):
            self.progress(f"block {block}: {workload}")
            cells = [one for one in self.cells[workload] if one.open]
            try:
                with pair.opened(workload, following) as opened:
                    measured = self._measure(pair, cells, opened)
            except SideError as error:
                if not pair.alive:
                    raise
                self._give_up(workload, str(error))
                continue
            if not measured:
                reason = "its arguments or its size changed; compare it once they are the base's"
                self._give_up(workload, reason)
            for one in cells if measured else ():
                one.bound = opened.bound
                one.blocks.append(read_change(measured, parallel=one.turn, serial=SERIAL_TURN))

    def _measure(self, pair: Pair, cells: Sequence[Compared], opened: Opened) -> tuple[Round, ...]:
        """Measure a block of a workload's open cells; nothing where they cannot be compared."""
        if not opened.same:
            return ()
        turns = [SERIAL_TURN, *(one.turn for one in cells)]
        return pair.rounds(turns, _rounds(opened, turns))

    def _give_up(self, workload: str, reason: str) -> None:
        for one in self.cells.pop(workload):
            self.verdicts[one.id] = Verdict(one.id, Outcome.INCOMPARABLE, reason=reason)

    def _judge(self) -> None:
        total = sum(map(len, self.cells.values()))
        for cells in self.cells.values():
            for one in cells:
                if one.open:
                    deviation = self.policy.deviations[one.bound, one.executor]
                    error = self.policy.error_rate / total
                    one.verdict = judge_difference(
                        one.id, one.blocks, deviation, error, self.policy
                    )


def _rounds(opened: Opened, turns: Sequence[str]) -> int:
    if opened.bound is Bound.WAIT:
        return WAIT_ROUNDS
    seconds = 2 * sum(opened.seconds[turn] for turn in turns)
    return max(FEWEST_ROUNDS, round(CPU_SECONDS * (len(turns) - 1) / seconds))


def _by_id(
    workloads: Mapping[str, Sequence[Sequence[object]]],
) -> dict[str, tuple[str, str, str]]:
    return {
        str(cell): (workload, str(executor), cell_name(str(executor), int(str(workers))))
        for workload, cells in workloads.items()
        for cell, executor, workers in cells
    }


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
