"""The cells that base and head both have, what is known of each, and what becomes of others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_speedup.against.block import SERIAL_TURN
from pytest_speedup.against.floors import Floored
from pytest_speedup.against.protocol import Failure
from pytest_speedup.gate import (
    BY_ALLOWING,
    BY_BASE,
    Spread,
    joined,
    pooled,
    scatter_of,
    siblings,
    typical_of,
    word_moved,
)
from pytest_speedup.model import (
    BASE,
    STRONG,
    WEAK,
    Bound,
    CellRules,
    Outcome,
    Verdict,
    cell_name,
)
from pytest_speedup.statistics import read_speedup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pytest_speedup.against.protocol import Described, DescribedCell
    from pytest_speedup.gate import PairedPolicy, Scatter
    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.losses.trace import Counts
    from pytest_speedup.model import Round
    from pytest_speedup.statistics import BlockChange, Shift


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a suite.

    Attributes:
        elsewhere: workloads that other comparisons judge.
        tells_missing: whether it names the cells that the base alone has: no workload of head's
            has them, and one comparison has to.
    """

    elsewhere: frozenset[str] = frozenset()
    tells_missing: bool = True

    def own(self, wanted: Sequence[Wanted]) -> list[Wanted]:
        """Choose the cells that it judges."""
        return [one for one in wanted if one.workload not in self.elsewhere]

    def cut(self, matched: Matched, wanted: Sequence[Wanted]) -> tuple[Matched, int]:
        """Take what it judges of what the whole suite has.

        Args:
            matched: what base and head have of all cells.
            wanted: all cells that were selected.

        Returns:
            its own, and how many cells and floors are judged elsewhere: one error rate is for all.
        """
        workloads = {one.id: one.workload for one in wanted}
        others = [
            one
            for workload, cells in matched.cells.items()
            if workload in self.elsewhere
            for one in cells
        ]
        apart = [one for one in matched.alone if one.workload in self.elsewhere]
        floors = sum(one.floor.floors.count for one in (*others, *apart))
        own = replace(
            matched,
            cells={
                workload: cells
                for workload, cells in matched.cells.items()
                if workload not in self.elsewhere
            },
            verdicts={
                cell: verdict
                for cell, verdict in matched.verdicts.items()
                if (
                    workloads[cell] not in self.elsewhere
                    if cell in workloads
                    else self.tells_missing
                )
            },
            alone=tuple(one for one in matched.alone if one.workload not in self.elsewhere),
        )
        return own, len(others) + floors


WHOLE = Part()
"""All of it."""


def outcome_of(base: Failure | None, head: Failure | None, *, opening: bool) -> Outcome:
    """Decide what became of a cell.

    A base that fails before anything was measured may be what the change mends. Whatever fails
    later, or in head, is broken.

    Args:
        base: how the base failed; None if it did not.
        head: how head failed; None if it did not.
        opening: whether nothing of the cell was measured yet.
    """
    if not opening:
        return Outcome.BROKEN
    if head is Failure.SKIPPED:
        return Outcome.MISSING if base is None else Outcome.SKIPPED
    if head is Failure.NOT_CALLED and base is None:
        return Outcome.MISSING
    if head is not None:
        return Outcome.BROKEN
    if base in {Failure.SKIPPED, Failure.NOT_CALLED, Failure.ABSENT}:
        return Outcome.NEW
    return Outcome.INCOMPARABLE


def _rules_in(one: DescribedCell) -> CellRules:
    return CellRules(one.margin, one.floors)


UNCHOSEN = (
    "the base selects it, and this change does not any more, by its own addopts or conftest.py; "
    "allow that with --speedup-allow=missing"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A cell that this run selected.

    Attributes:
        id: its node id, which is the same on both sides.
        workload: what it shares with the other cells that run the same test on the same arguments.
        executor: the name of its executor.
        workers: how many workers that has.
    """

    id: str
    workload: str
    executor: str
    workers: int

    @property
    def turn(self) -> str:
        """The turn that runs it."""
        return cell_name(self.executor, self.workers)


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
        numbers: those of these blocks.
        stacks: where the time of base and head went, and their counters, by block.
        verdict: the last one.
        ended: whether it gets no more time, decided or not.
        floor: what head must reach, whatever the base does.
    """

    id: str
    workload: str
    executor: str
    turn: str
    margin: float | None = None
    bound: Bound = Bound.WAIT
    rounds: list[Sequence[Round]] = field(default_factory=list)
    blocks: list[BlockChange] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    stacks: list[tuple[Stack, Stack]] = field(default_factory=list)
    verdict: Verdict | None = None
    ended: bool = False
    floor: Floored = field(default_factory=Floored)

    @property
    def growth(self) -> int:
        """How many times the work of one worker it does: 1, or in weak scaling all of theirs."""
        return self.floor.growth

    def speedup(self, side: str) -> float:
        """Read the speedup of a side over all blocks; in weak scaling the scaled one."""
        alone = read_speedup(self.rounds, side, parallel=self.turn, serial=SERIAL_TURN)
        return self.growth * alone

    @property
    def parallel_shifts(self) -> list[Shift]:
        """The change of its parallel time, by block."""
        return [one.parallel for one in self.blocks]

    @property
    def counts(self) -> tuple[list[Counts], list[Counts]]:
        """What was counted of base and head, by block."""
        return [base.counts for base, _ in self.stacks], [head.counts for _, head in self.stacks]

    @property
    def open(self) -> bool:
        """Whether another block is to decide it."""
        if self.ended:
            return False
        if self.verdict is None or self.verdict.outcome is Outcome.INCONCLUSIVE:
            return True
        return self.verdict.outcome is not Outcome.REGRESSED and self.floor.open

    @property
    def decided(self) -> bool:
        """Whether it is known what became of it; of one that the time ran out for it is not."""
        return self.verdict is not None and self.verdict.outcome.is_decided and not self.floor.open


@dataclass(frozen=True, slots=True)
class Matched:
    """What base and head have of the cells that were selected.

    Attributes:
        cells: those that both have, by workload; serial code is what they are held against.
        verdicts: on those that one of them lacks.
        alone: those that head alone has, and that are held against a floor.
        deselected: ids of cells that both have and this run did not select.
        moved: what head changes of the rules that its cells are judged by, a line each.
        notes: what the base has that could not be collected, likewise.
    """

    cells: dict[str, list[Compared]]
    verdicts: dict[str, Verdict]
    alone: tuple[Compared, ...]
    deselected: tuple[str, ...]
    moved: tuple[str, ...]
    notes: tuple[str, ...]


def match_cells(
    wanted: Sequence[Wanted],
    base: Described,
    head: Described,
    in_scope: Callable[[str], bool],
    usual: float,
    *,
    ruled_by: str = BASE,
) -> Matched:
    """Find the cells that both have, and name the others.

    A cell is judged by the margin and the floors of one side's test, which is the base's unless
    somebody says otherwise: a change does not choose its own. One that the base lacks has those of
    head. Nor does a change choose its cells: what the base's own files select and head's do not is
    missing.

    Args:
        wanted: what this run selected, serial cells among it.
        base: what the base has.
        head: what head has.
        in_scope: whether a cell that only the base has belongs to what this run was to measure.
        usual: the margin of cells whose tests say nothing of it.
        ruled_by: the side whose rules count.
    """
    of_base, of_head = ({one.id: one for one in side.cells} for side in (base, head))
    parallel = [one for one in wanted if one.turn != SERIAL_TURN]
    selected = {one.id for one in wanted}
    cells: dict[str, list[Compared]] = {}
    verdicts: dict[str, Verdict] = {}
    moved: list[str] = []
    alone: list[Compared] = []
    for one in parallel:
        if one.id not in of_base or one.id not in of_head:
            verdicts[one.id] = _absent(one.id, base, head, in_head=one.id in of_head)
            if one.id in of_head:
                alone.append(_made(one, of_head[one.id]))
            continue
        pair = of_base[one.id], of_head[one.id]
        rules_of = pair[0] if ruled_by == BASE else pair[1]
        end = BY_BASE if ruled_by == BASE else BY_ALLOWING
        moved += word_moved(one.id, _rules_in(pair[0]), _rules_in(pair[1]), usual, end)
        if pair[0].weak != pair[1].weak:
            verdicts[one.id] = Verdict(one.id, Outcome.INCOMPARABLE, reason=_other_scaling(*pair))
            alone.append(_made(one, replace(rules_of, weak=pair[1].weak)))  # its floors hold
            continue
        cells.setdefault(one.workload, []).append(_made(one, rules_of))
    unselected = [one for one in base.cells if one.id not in selected and in_scope(one.id)]
    for cell in unselected:
        there = of_head.get(cell.id)
        if not cell.chosen or cell_name(cell.executor, cell.workers) == SERIAL_TURN:
            continue
        if there is None:
            verdicts[cell.id] = _gone(cell.id, head)
        elif ruled_by == BASE and not there.chosen:
            verdicts[cell.id] = Verdict(cell.id, Outcome.MISSING, reason=UNCHOSEN)
    left = sorted(of_base.keys() & of_head.keys() - selected)
    return Matched(
        cells,
        verdicts,
        tuple(alone),
        tuple(one for one in left if one not in verdicts),
        tuple(moved),
        tuple(_word_uncollected(verdicts, base)),
    )


def _made(one: Wanted, rules: DescribedCell) -> Compared:
    """Make a cell that is judged by the rules of a side's test."""
    growth = one.workers if rules.weak else 1
    floor = Floored(rules.floors, one.workers, growth=growth)
    return Compared(one.id, one.workload, one.executor, one.turn, rules.margin, floor=floor)


def _other_scaling(base: DescribedCell, head: DescribedCell) -> str:
    was, now = (WEAK if side.weak else STRONG for side in (base, head))
    return f"its test says scaling {was} in the base, and {now} in head: their work differs"


def _absent(cell: str, base: Described, head: Described, *, in_head: bool) -> Verdict:
    """Say what became of a selected cell that a side lacks."""
    if not in_head:
        reason = "head's own process does not find it again: is its id another one in each run?"
        return Verdict(cell, Outcome.BROKEN, reason=_uncollected(cell, head) or reason)
    why = _uncollected(cell, base)
    if why:
        return Verdict(cell, Outcome.INCOMPARABLE, reason=f"base: {why}")
    return Verdict(cell, Outcome.NEW, reason="the base does not have it")


def _gone(cell: str, head: Described) -> Verdict:
    """Say what became of a cell that only the base has."""
    why = _uncollected(cell, head)
    if why:
        return Verdict(cell, Outcome.BROKEN, reason=f"head: {why}")
    reason = "the base has it, head does not; was it renamed or removed?"
    return Verdict(cell, Outcome.MISSING, reason=reason)


def _uncollected(cell: str, side: Described) -> str:
    """Say why a cell could not be collected; empty where nothing is known to have gone wrong."""
    for name, reason in side.uncollected.items():
        if cell == name or cell.startswith((f"{name}::", f"{name}/")) or name in {"", "."}:
            return f"{name or 'its tests'} cannot be collected: {reason}"
    return ""


def _word_uncollected(verdicts: Mapping[str, Verdict], base: Described) -> list[str]:
    """Name files of the base that could not be collected, but those that a verdict names."""
    named = " ".join(one.reason for one in verdicts.values())
    return [
        f"base: {name} cannot be collected: {reason}"
        for name, reason in base.uncollected.items()
        if f"{name} cannot be collected" not in named
    ]


def spreads_of(cells: Mapping[str, Sequence[Compared]], policy: PairedPolicy) -> dict[str, Spread]:
    """Estimate how rounds of each cell vary, by what all others show.

    Args:
        cells: by workload.
        policy: the rules, with the deviations that are stated.

    Returns:
        By the id of the cell; those that have no blocks rest on the others alone.
    """
    arms = [arm for workload, some in cells.items() for arm in _arms(workload, some, policy)]
    spreads = {}
    by_workload: dict[str, list[_Arm]] = {}
    for arm in arms:
        by_workload.setdefault(arm.workload, []).append(arm)
    together = {
        name: (some[0].bound, joined(one.parallel for one in some), some[0].serial)
        for name, some in by_workload.items()
    }
    for workload, some in by_workload.items():
        bound = some[0].bound
        alike = [one for name, one in together.items() if name != workload and one[0] is bound]
        others = pooled(parallel for _, parallel, _ in alike)
        serial = pooled(scatter for _, _, scatter in alike)
        for arm in some:
            beside = [one.parallel for one in some if one is not arm]
            for one in arm.cells:
                rest = [other.parallel_shifts for other in arm.cells if other is not one]
                own = siblings([scatter_of(rest, arm.stated), *beside])
                spreads[one.id] = Spread(
                    typical_of(arm.stated, others, own),
                    typical_of(arm.stated_serial, serial),
                )
    return spreads


@dataclass(frozen=True, slots=True)
class _Arm:
    """Cells of a workload on one executor.

    Attributes:
        workload: its name.
        bound: what it spends its time on.
        cells: these cells.
        stated: the deviation of a round that is stated for them.
        stated_serial: likewise for serial code.
        parallel: how they scatter.
        serial: how the serial code of the workload does.
    """

    workload: str
    bound: Bound
    cells: Sequence[Compared]
    stated: float
    stated_serial: float
    parallel: Scatter
    serial: Scatter


def _arms(workload: str, cells: Sequence[Compared], policy: PairedPolicy) -> Iterator[_Arm]:
    for executor in dict.fromkeys(one.executor for one in cells):
        some = [one for one in cells if one.executor == executor]
        bound = some[0].bound
        stated, stated_serial = (policy.deviation(bound, name) for name in (executor, "thread"))
        # Cells of a workload share their serial turns: these are known once.
        longest = max(cells, key=lambda one: len(one.blocks))
        serial = scatter_of([[one.serial for one in longest.blocks]], stated_serial)
        parallel = scatter_of([one.parallel_shifts for one in some], stated)
        yield _Arm(workload, bound, some, stated, stated_serial, parallel, serial)
