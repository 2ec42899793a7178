"""What is made of the cells and controls of a comparison: after each block, and at the end."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from pytest_speedup.against.block import BASES, SERIAL_TURN
from pytest_speedup.against.cells import spreads_of
from pytest_speedup.against.floors import Alone
from pytest_speedup.against.side import SideError
from pytest_speedup.gate import (
    CONTROL_DEVIATIONS,
    Control,
    Excuse,
    Watch,
    at_the_end,
    decide_by_counters,
    deviation_of,
    downgrade,
    is_unconfirmed_loss,
    judge_coarsely,
    judge_paired,
    leans_red,
    loss_behind,
    mark_unwatched,
    may_have_lost,
    read_excuse,
    shows_among,
    typical_of,
    unless_counts_differ,
    weigh,
)
from pytest_speedup.losses.explanation import explain_pairs
from pytest_speedup.losses.stack import stack_losses
from pytest_speedup.losses.trace import in_a_row
from pytest_speedup.model import (
    BASE,
    HEAD,
    Bound,
    Outcome,
    Verdict,
    arm_of,
    control_turn,
    kernel_turn,
    split_turn,
)
from pytest_speedup.statistics import Shift, read_shift

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pytest_speedup.against.block import Block
    from pytest_speedup.against.cells import Compared
    from pytest_speedup.gate import PairedPolicy, Spread
    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.losses.trace import Trace
    from pytest_speedup.model import Round


ROUNDS = {Bound.CPU: 3, Bound.WAIT: 1}
"""Rounds of controls in a block of a workload, which are a part of what its cells get."""

CEILING_ROUNDS = 3
"""Rounds of the kernel for the ceiling of a turn, of which the fastest counts."""


class Kind(NamedTuple):
    """Controls that vary alike, whatever their number of workers: they count as one.

    Attributes:
        what: what runs; empty for a cell of the user's.
        executor: the name of the executor that it runs on.
        bound: what it spends its time on.
    """

    what: str
    executor: str
    bound: Bound


@dataclass(frozen=True, slots=True)
class ControlTurn:
    """One control.

    Attributes:
        turn: what runs.
        executor: the name of the executor that it runs on.
        bound: what it spends its time on.
    """

    turn: str
    executor: str
    bound: Bound

    @property
    def kind(self) -> Kind:
        """What it is counted with."""
        return Kind(split_turn(self.turn)[0], self.executor, self.bound)


@dataclass(slots=True)
class Controls:
    """What the controls showed so far.

    Attributes:
        shifts: changes from one process of the base to the other, by kind of control and by the
            number of the block.
        ceilings: speedups of the kernel by turn, as measured on the base.
    """

    shifts: dict[Kind, dict[int, Shift]] = field(default_factory=dict)
    ceilings: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def beside(
        self, block: Block, cells: Sequence[Compared], bound: Bound, number: int
    ) -> Iterator[Callable[[], None]]:
        """Have the base's second process open a workload that is measured.

        Args:
            block: the processes.
            cells: those that are measured.
            bound: what they spend their time on.
            number: that of the block.

        Yields:
            What is to be called after each round of the cells: it measures a round of controls,
            as long as the block needs any.
        """
        controls = control_turns(cells, bound)
        names = [one.turn for one in controls]
        rounds: list[Round] = []
        turns = [SERIAL_TURN, *(one.turn for one in cells)]
        with block.controlled([one.id for one in cells], turns, names):
            source = islice(block.controls(names), ROUNDS[bound])
            yield lambda: rounds.extend(islice(source, 1))
        for one in controls:
            self.shifts.setdefault(one.kind, {})[number] = read_shift(rounds, one.turn, BASES)

    @contextmanager
    def ceilings_beside(
        self, block: Block, cells: Sequence[Compared]
    ) -> Iterator[Callable[[], None]]:
        """Have the base run the kernel on what it was not measured on yet.

        Yields:
            What is to be called after each round of the cells: it measures a round of the kernel,
            until there are enough.
        """
        missing = [one.turn for one in cells if one.turn not in self.ceilings]
        names = [kernel_turn(turn) for turn in (SERIAL_TURN, *missing)]
        source = islice(block.rounds_of(BASE, names), CEILING_ROUNDS)
        rounds: list[Round] = []
        yield lambda: rounds.extend(islice(source, 1))
        for turn in missing:
            alone, many = (
                min(each for one in rounds for each in one.seconds(arm_of(BASE, kernel_turn(name))))
                for name in (SERIAL_TURN, turn)
            )
            self.ceilings[turn] = alone / many

    def excuse(self, cell: Compared) -> Excuse:
        """Find what the controls of a cell's executor excuse, by the blocks that it was in."""
        controls = [
            _control(kind, [by_block[number] for number in cell.numbers if number in by_block])
            for kind, by_block in self.shifts.items()
            if (kind.executor, kind.bound) == (cell.executor, cell.bound)
        ]
        return read_excuse([one for one in controls if one.blocks], len(cell.numbers))


def _control(kind: Kind, shifts: Sequence[Shift]) -> Control:
    typical = typical_of(CONTROL_DEVIATIONS[kind.bound])
    return Control(f"{kind.what} {kind.executor}".strip(), tuple(shifts), typical)


def control_turns(cells: Sequence[Compared], bound: Bound) -> list[ControlTurn]:
    """Choose the controls that go with cells.

    Args:
        cells: the first is the null cell, which runs the base's code.
        bound: what they spend their time on.

    Returns:
        The null cell, the control workload on its executor, and the ceiling's kernel on the last
        cell of each executor.
    """
    null = cells[0]
    widest = {one.executor: one.turn for one in cells}
    return [
        ControlTurn(null.turn, null.executor, bound),
        ControlTurn(control_turn(null.turn), null.executor, bound),
        *(ControlTurn(kernel_turn(turn), executor, bound) for executor, turn in widest.items()),
    ]


BY_CHANCE = "it seems to have lost, as some of {cells} cells that stay open do by chance"
"""Of a loss that shows in one cell, and would in some of so many without any."""

BLOCK_EFFECT = (
    "its blocks differ by {effect:.1f} % on this machine (standard deviation), and {blocks} of "
    "them do not tell"
)
"""Why a cell is open whose time was enough for some blocks."""

MIN_BLOCKS = 2
"""Blocks that can differ, and that a floor takes."""

UNMEASURED = "no block of it was measured: in each a side was gone before"


@dataclass(slots=True)
class Judging:
    """Cells that both have, and what is known of each.

    Attributes:
        policy: the rules.
        others: cells and floors that are judged elsewhere, and share the error rate.
        cells: by workload.
        controls: what no commit can change.
        alone: cells that cannot be compared, and are held against a floor all the same.
        spreads: how rounds of each cell vary, as far as others tell.
        each: what each cell may spend of the error rate, as of the last look.
        watches: what cells could watch that are compared no more.
    """

    policy: PairedPolicy
    others: int = 0
    cells: dict[str, list[Compared]] = field(default_factory=dict)
    controls: Controls = field(default_factory=Controls)
    alone: Alone = field(default_factory=Alone)
    spreads: dict[str, Spread] = field(default_factory=dict)
    each: float = 0.0
    watches: dict[str, Watch] = field(default_factory=dict)

    @property
    def all(self) -> list[Compared]:
        """All cells that are compared."""
        return [one for cells in self.cells.values() for one in cells]

    def policy_of(self, one: Compared) -> PairedPolicy:
        """Find the rules of a cell."""
        return self.policy.of_cell(one.margin)

    def dividing(self) -> int:
        """Count what divides the error rate, here and elsewhere: each cell, and each floor."""
        judged = sum(1 + one.floor.floors.count for one in self.all)
        judged += sum(one.floor.floors.count for one in self.alone.all)
        return judged + self.others

    def share(self) -> float:
        """Share the error rate among all that is judged."""
        return self.policy.error_rate / max(1, self.dividing())

    def judge(self) -> None:
        """Look at all cells that are open."""
        self.spreads = spreads_of(self.cells, self.policy)
        self.each = share = self.share()
        for one in self.all:
            if one.open and one.blocks:  # a side that is gone ends a block before its time
                verdict = judge_paired(
                    one.id, one.blocks, self.spreads[one.id], share, self.policy_of(one)
                )
                one.verdict = unless_counts_differ(verdict, *one.counts)
                one.floor.judge(one.id, one.executor, share)
        self.alone.judge(share)

    def leans_red(self, one: Compared) -> bool:
        """Tell whether a cell seems to have lost, or to be below its floor."""
        if one.floor.seems_missed or not one.blocks:
            return one.floor.seems_missed
        policy = self.policy_of(one)
        if may_have_lost(one.blocks, policy):
            return True
        return is_unconfirmed_loss(one.blocks, self.spreads[one.id], self.each, policy)

    def missing_of(self, one: Compared) -> int:
        """Count the blocks that a cell lacks to be red: fewer where it is below its floor alone."""
        lost = may_have_lost(one.blocks, self.policy_of(one))
        fewest = MIN_BLOCKS if one.floor.seems_missed and not lost else self.policy.fewest
        return fewest - len(one.blocks)

    def sureness_of(self, one: Compared) -> float:
        """Find by how many standard errors parallel time seems to have risen."""
        if not one.blocks:
            return 0.0
        evidence = weigh(one.blocks, self.spreads[one.id], self.each, self.policy_of(one))
        parallel = evidence.parallel
        return parallel.value / parallel.error if parallel.error else math.inf

    def settle(self, ended: Mapping[str, Verdict]) -> dict[str, Verdict]:
        """Take the time, the controls and the counters into account, and say why.

        Args:
            ended: verdicts on cells that are compared no more, or never were.
        """
        still_open = sum(
            one.verdict is not None and one.verdict.outcome.is_open for one in self.all
        )
        verdicts = {
            one.id: Verdict(one.id, Outcome.BROKEN, reason=UNMEASURED)
            if one.verdict is None
            else self._settled(one, one.verdict, still_open)
            for one in self.all
        }
        return mark_unwatched({**ended, **verdicts}, {**self.watches, **self._watches()})

    def end(self, workload: str) -> list[Compared]:
        """Compare the cells of a workload no more, and return them."""
        self.watches |= {
            one.id: Watch((one.workload, one.executor), None) for one in self.cells[workload]
        }
        return self.cells.pop(workload)

    def _watches(self) -> dict[str, Watch]:
        return {one.id: Watch((one.workload, one.executor), self._ceiling(one)) for one in self.all}

    def _ceiling(self, one: Compared) -> float | None:
        """Find what the machine allows a cell: of waiting, as many as there are workers."""
        if one.bound is Bound.WAIT:
            return float(one.turn.rpartition("-")[2])
        return self.controls.ceilings.get(one.turn)

    def _word_block_effect(self, one: Compared) -> str:
        """Say how far apart fresh processes of the same code lie, which no more rounds mend."""
        if len(one.blocks) < MIN_BLOCKS:
            return ""
        shifts = one.parallel_shifts
        rounds = sum(each.rounds for each in shifts) / len(shifts)
        effect = deviation_of(shifts, self.spreads[one.id].parallel) / math.sqrt(rounds)
        return BLOCK_EFFECT.format(effect=100 * math.expm1(effect), blocks=len(shifts))

    def _settled(self, one: Compared, verdict: Verdict, among: int) -> Verdict:
        policy = self.policy_of(one)
        evidence = weigh(one.blocks, self.spreads[one.id], self.each, policy)
        shows = shows_among(evidence, max(1, among), policy)
        verdict = at_the_end(verdict, len(one.blocks), leans_red=shows)
        if verdict.outcome is Outcome.INCONCLUSIVE and not verdict.reason:
            coarse = judge_coarsely(one.id, evidence, policy)
            by_chance = BY_CHANCE.format(cells=among) if leans_red(evidence) else ""
            reason = "; ".join(filter(None, [by_chance, self._word_block_effect(one)]))
            still_open = replace(verdict, reason=reason)
            verdict = unless_counts_differ(coarse or still_open, *one.counts)
        if verdict.margin is not None:
            policy = replace(policy, margin=verdict.margin)
        loss = loss_behind(evidence, verdict.outcome)
        verdict = downgrade(verdict, loss, self.controls.excuse(one), policy)
        verdict = decide_by_counters(verdict, *one.counts, policy.fewest_counts)
        verdict = one.floor.hold(verdict)
        before, speedup = _both_speedups(one, evidence.speedup.value)
        explanation = explain_pairs(one.stacks, evidence.speedup.value)
        serial = evidence.speedup.value + evidence.parallel.value
        return replace(
            verdict,
            before=before,
            speedup=speedup,
            parallel_change=math.exp(evidence.parallel.value),
            serial_change=math.exp(serial),
            explanation=explanation,
        )


def _both_speedups(one: Compared, change: float) -> tuple[float, float]:
    """Read the speedups of base and head, which lie as far apart as the change is.

    Base and head take turns in each round, and serial code in fewer: how far they are apart is
    known better than where both are. So their level is read from all that was measured, and the
    distance from the change: ``1.09x -> 1.11x, -46 %`` would be no sentence.

    Args:
        one: the cell.
        change: of the speedup, in natural logarithms.
    """
    level = fmean(math.log(one.speedup(side)) for side in (BASE, HEAD))
    return math.exp(level - change / 2), math.exp(level + change / 2)


def record(
    block: Block, cells: Sequence[Compared], bound: Bound, ceilings: Mapping[str, float]
) -> None:
    """Have both sides run everything once more, recorded; no verdict by time rests on that.

    Args:
        block: the processes.
        cells: those of the open workload that were measured.
        bound: what it spends its time on.
        ceilings: speedups of the kernel, by turn.
    """
    traces = block.record([SERIAL_TURN, *(one.turn for one in cells)])
    for one in cells:
        base, head = (traces[side] for side in (BASE, HEAD))
        ceiling = ceilings.get(one.turn) if bound is Bound.CPU else None
        stacks = [
            _stack(name, in_a_row(side[SERIAL_TURN], one.growth), side[one.turn], ceiling)
            for name, side in ((BASE, base), (HEAD, head))
        ]
        one.stacks.append((stacks[0], stacks[1]))


def _stack(side: str, serial: Trace, parallel: Trace, ceiling: float | None) -> Stack:
    """Find where the time went that a side says it recorded.

    Raises:
        SideError: its times contradict each other, such as a task that takes longer than the run.
    """
    stack = stack_losses(serial, parallel, ceiling)
    if stack.seconds <= 0:
        message = f"{side}: what it recorded of a run contradicts itself"
        raise SideError(message)
    return stack
