"""The cells that base and head both have, and what is known of each so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_speedup.against.block import SERIAL_TURN
from pytest_speedup.model import BASE, HEAD, Bound, Outcome, Verdict, cell_name
from pytest_speedup.verdict import spread_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_speedup.model import Round, Stack
    from pytest_speedup.statistics import BlockChange
    from pytest_speedup.verdict import DifferencePolicy, Spread

Described = dict[str, list[list[object]]]
"""Of one side: by workload, its cells as :meth:`Block.workloads` returns them."""


@dataclass(slots=True)
class Compared:
    """One cell that both commits have.

    Attributes:
        id: the id of the cell.
        workload: the name of its workload.
        executor: the name of its executor.
        turn: the turn that runs it.
        margin: loss of speedup that its test accepts; None where it says nothing.
        bound: what its workload spends its time on, once it is known.
        rounds: what was measured, by block.
        blocks: what changed, by block.
        stacks: where the time of base and head went, and their counters, by block.
        verdict: the last one.
        ended: whether it gets no more time, decided or not.
    """

    id: str
    workload: str
    executor: str
    turn: str
    margin: float | None = None
    bound: Bound = Bound.WAIT
    rounds: list[Sequence[Round]] = field(default_factory=list)
    blocks: list[BlockChange] = field(default_factory=list)
    stacks: list[tuple[Stack, Stack]] = field(default_factory=list)
    verdict: Verdict | None = None
    ended: bool = False

    @property
    def open(self) -> bool:
        """Whether another block is to decide it."""
        if self.ended:
            return False
        return self.verdict is None or self.verdict.outcome is Outcome.INCONCLUSIVE


def match_cells(
    workloads: Mapping[str, Described],
) -> tuple[dict[str, list[Compared]], dict[str, Verdict]]:
    """Find the cells that both have, and name the others.

    Args:
        workloads: of base and head.

    Returns:
        Cells of both by workload, and verdicts on cells of one of them.
    """
    base, head = (_by_id(workloads[side]) for side in (BASE, HEAD))
    verdicts = {}
    for cell in head.keys() - base.keys():
        verdicts[cell] = Verdict(cell, Outcome.NEW, reason="the base does not have it")
    for cell in base.keys() - head.keys():
        reason = "the base has it, head does not; was it renamed or removed?"
        verdicts[cell] = Verdict(cell, Outcome.MISSING, reason=reason)
    cells: dict[str, list[Compared]] = {}
    for cell, compared in head.items():
        if cell in base and compared.turn != SERIAL_TURN:
            cells.setdefault(compared.workload, []).append(compared)
    return cells, verdicts


def spread_of_kind(cells: Sequence[Compared], one: Compared, policy: DifferencePolicy) -> Spread:
    """Estimate how rounds of a cell vary, by all cells of its workload on its executor.

    Args:
        cells: all of its workload.
        one: the cell.
        policy: the rules, with deviations for what has no blocks yet.
    """
    alike = [other.blocks for other in cells if other.executor == one.executor]
    return spread_of(alike, policy.deviation(one.bound, one.executor))


def _by_id(workloads: Mapping[str, Sequence[Sequence[object]]]) -> dict[str, Compared]:
    return {
        str(cell): _compared(str(cell), workload, str(executor), int(str(workers)), margin)
        for workload, cells in workloads.items()
        for cell, executor, workers, margin in cells
    }


def _compared(cell: str, workload: str, executor: str, workers: int, margin: object) -> Compared:
    accepted = float(margin) if isinstance(margin, float) else None
    return Compared(cell, workload, executor, cell_name(executor, workers), accepted)
