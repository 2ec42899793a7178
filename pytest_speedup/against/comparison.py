"""A whole comparison: blocks of rounds, until every cell is decided or the time is up."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from random import Random
from typing import TYPE_CHECKING

from pytest_speedup.against.block import SERIAL_TURN, WorkloadError, fresh_block
from pytest_speedup.against.cells import match_cells, outcome_of, spread_of_kind
from pytest_speedup.against.controls import Controls
from pytest_speedup.against.floors import HELD, Alone, Kernels
from pytest_speedup.against.parts import WHOLE, Part
from pytest_speedup.against.proof import OutsideError
from pytest_speedup.against.protocol import Describe, Failure
from pytest_speedup.against.scratch import made
from pytest_speedup.against.shares import both, measure, share_rounds
from pytest_speedup.against.side import SideError, copy_plugin
from pytest_speedup.gate import (
    at_the_end,
    decide_by_counters,
    downgrade,
    is_unconfirmed_loss,
    judge_paired,
    leans_red,
    loss_behind,
    may_have_lost,
    weigh,
)
from pytest_speedup.losses.explanation import explain_pairs
from pytest_speedup.losses.stack import stack_losses
from pytest_speedup.measurement import now
from pytest_speedup.model import BASE, HEAD, TWIN, Bound, Outcome, Step, Verdict, arm_of
from pytest_speedup.statistics import read_change, read_speedup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pytest_speedup.against.block import Block, Ready
    from pytest_speedup.against.cells import Compared, Scope, Wanted
    from pytest_speedup.against.controls import Budget
    from pytest_speedup.against.proof import Evidence
    from pytest_speedup.against.side import Code, SideFailedError
    from pytest_speedup.gate import PairedPolicy, Spread
    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.losses.trace import Trace
    from pytest_speedup.model import Round

FOR_CLEAN = 0.6
"""Share of the budget for cells that show no loss; a loss is worth the rest to be sure of."""

OWN_WORK = (
    "it handed no task to its executor and read executor.workers: what is compared is work of its "
    "own, on whatever it runs that"
)

MIN_TURN_SECONDS = 1e-4
"""A serial turn that takes less says nothing: handing a task over takes a tenth of that."""

TOO_SHORT = (
    "its turns are too short to be judged, serial code takes microseconds: have one do more, and "
    "keep caches from doing it all"
)

CPU_SECONDS = 1.5
"""Seconds of a block of a computing workload, for each cell of all computing workloads.

Those that are decided leave theirs to the others: these are the noisy ones.
"""

UNMEASURED = "no block of it was measured: in each a side was gone before"


@dataclass(slots=True)
class Comparison:
    """Base against head.

    Attributes:
        codes: what base, head and twin run.
        main: the module whose ``main()`` serves a side.
        evidence: what their code is held against.
        wanted: the cells that this run selected.
        scope: which cells it was to measure, and what chose them.
        policy: the rules.
        budget: time for all of it, a part where nothing seems lost; the block that has begun is
            finished, and a loss that shows by then is given half as long again.
        patience: seconds that a side may take for an answer before it is taken for a deadlock.
        progress: told what happens.
        logs: folder for what the sides say.
        ruled_by: the side whose margins, floors and selection of cells count.
        part: what of the suite it judges.
        others: cells and floors that are judged elsewhere, and share the error rate.
        dividing: cells and floors that divided the error rate when the first block began.
        spent: seconds inside the turns of each workload.
        cells: cells that both have, by workload.
        controls: what no commit can change.
        verdicts: verdicts on those that cannot be compared.
        alone: cells among them that are held against a floor all the same.
        deselected: ids of cells that both have and this run did not select.
        moved: what head changes of the rules that its cells are judged by, a line each.
        notes: what else is to be said of the cells.
        notices: what is to be said of workloads although they are compared.
    """

    codes: Mapping[str, Code]
    main: str
    evidence: Evidence
    wanted: Sequence[Wanted]
    scope: Scope
    policy: PairedPolicy
    budget: Budget
    patience: float
    progress: Callable[[Step], None]
    logs: Path
    ruled_by: str = BASE
    part: Part = WHOLE
    others: int = 0
    dividing: int = 0
    spent: dict[str, float] = field(default_factory=dict)
    cells: dict[str, list[Compared]] = field(default_factory=dict)
    controls: Controls = field(default_factory=Controls)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    alone: Alone = field(default_factory=Alone)
    deselected: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    notices: dict[str, str] = field(default_factory=dict)

    def run(self) -> Mapping[str, Verdict]:
        """Measure and judge, block by block.

        Returns:
            A verdict for each cell of base and head.

        Raises:
            SideError: a side ended before any of its workloads was open, or ran code that is not
                its own.
        """
        start, random = now(), Random()
        with made("sides") as folder:
            plugin = copy_plugin(_made(folder / "plugin"), self.main)
            for number in range(1, self.policy.most + 1):
                begun = now()
                logs = _made(self.logs / f"block-{number}")
                seed = random.randrange(2**32)
                with fresh_block(self._codes(number), plugin, logs, seed, self.patience) as block:
                    if number == 1:
                        self._match(block)
                    self.evidence.ask(block)
                    self._measure_block(block, number, start + self.budget.seconds - begun)
                self._judge()
                over = now()
                left, missing = start + self._seconds_for_open() - over, self.policy.fewest - number
                if not self.budget.has_time(over - begun, left, max(1, missing)):
                    self._end_unless_lost(over - start, over - begun)
                if not self._undecided() and not self.alone.open:
                    break
        return {**self.verdicts, **self._settle(), **self.alone.settle(self.verdicts)}

    def _codes(self, number: int) -> dict[str, Code]:
        """Choose what the sides collect: all that might be there, then what is measured."""
        if number > 1:
            still_open = [one for one in self._compared() if one.open]
            files = {_file_of(one.id) for one in (*still_open, *self.alone.open)}
            return {side: code.collecting(files) for side, code in self.codes.items()}
        files = {_file_of(one.id) for one in self.wanted}
        everything = {side: self.codes[side].collecting_too(files) for side in (BASE, HEAD)}
        return {**everything, TWIN: self.codes[TWIN].collecting(files)}

    def _match(self, block: Block) -> None:
        sides = block.describe(Describe(self.scope.keyword, self.scope.markexpr))
        matched = match_cells(
            self.wanted,
            sides[BASE],
            sides[HEAD],
            self.scope.takes_in,
            self.policy.margin,
            ruled_by=self.ruled_by,
        )
        matched, self.others = self.part.cut(matched, self.wanted)
        self.cells, self.verdicts = matched.cells, matched.verdicts
        self.deselected, self.moved, self.notes = matched.deselected, matched.moved, matched.notes
        for one in matched.alone:
            self.alone.add(one)
        self.dividing = self._dividing()

    def _seconds_for_open(self) -> float:
        leaning = any(
            may_have_lost(one.blocks, self._policy_of(one)) or one.floor.seems_missed
            for one in self._compared()
            if one.open
        )
        leaning = leaning or any(one.floor.seems_missed for one in self.alone.open)
        return self.budget.seconds * (1.0 if leaning else FOR_CLEAN)

    def _end_unless_lost(self, spent: float, took: float) -> None:
        """Spend no more on any cell but those that seem to have lost and lack blocks to be red.

        Those are some of them that seem to be below their floor.

        These are measured for half as long again beyond the budget, and are unconfirmed then.

        Args:
            spent: seconds of the comparison so far.
            took: seconds that the last block took.
        """
        still_open = [one for one in self._compared() if one.open and one.blocks]
        lost = [
            one
            for one in still_open
            if one.floor.seems_missed or is_unconfirmed_loss(one.blocks, *self._rules_of(one))
        ]
        still_open += self.alone.open
        lost += [one for one in self.alone.open if one.floor.seems_missed]
        share = len(lost) / max(1, len(still_open))
        fits = self.budget.may_confirm(spent, took * share)
        confirmed = {one.id for one in lost} if fits else set()
        for one in (*self._compared(), *self.alone.all):
            one.ended = one.ended or one.id not in confirmed

    def _undecided(self) -> list[str]:
        return [
            workload for workload, cells in self.cells.items() if any(one.open for one in cells)
        ]

    def _measure_block(self, block: Block, number: int, left: float) -> None:
        """Measure each workload that is open; a side that is gone, or lies, ends the block."""
        workloads = self._undecided()
        controlled: set[Bound] = set()
        for workload, following in zip_longest(workloads, workloads[1:]):
            undecided = sum(one.open for one in self._compared())
            self.progress(Step(number, self.policy.most, workload, undecided, left))
            try:
                self._measure_workload(block, workload, following, controlled)
            except OutsideError:  # of no workload is it known what ran
                raise
            except WorkloadError as error:
                self._fail(workload, error.failures)
            except SideError as error:
                self._end(workload, Outcome.BROKEN, str(error))
                return
        self._measure_alone(block)

    def _measure_alone(self, block: Block) -> None:
        """Measure what head alone can be asked for."""
        if not self.alone.open:
            return
        try:
            self.alone.measure(block)
            self.evidence.ask(block)
        except OutsideError:
            raise
        except SideError as error:
            self.alone.break_all(str(error))

    def _measure_workload(
        self, block: Block, workload: str, following: str | None, controlled: set[Bound]
    ) -> None:
        cells = [one for one in self.cells[workload] if one.open]
        turns = [SERIAL_TURN, *(one.turn for one in cells)]
        upcoming = None if following is None else self.cells[following][0].id
        with block.opened([one.id for one in cells], turns, upcoming) as ready:
            cells = self._leave_out(workload, cells, ready.unsuitable)
            if ready.arguments.same and cells:
                self._measure(block, workload, cells, ready, controlled)
        notice = "; ".join(filter(None, [ready.arguments.notice, OWN_WORK * ready.own_work]))
        if notice:
            self.notices[workload] = notice
        if not ready.arguments.same:
            self._end(workload, Outcome.INCOMPARABLE, ready.arguments.reason)

    def _measure(
        self,
        block: Block,
        workload: str,
        cells: Sequence[Compared],
        opened: Ready,
        controlled: set[Bound],
    ) -> None:
        """Measure an open workload; the first of its kind with controls among its rounds."""
        groups = share_rounds(self.cells[workload], cells, self.policy)
        seconds = self._seconds(opened.bound, cells)
        kernels = Kernels.of(block, BASE, [one.turn for one in cells if one.floor.needs_ceiling])
        if opened.bound in controlled:
            rounds = measure(block, groups, seconds, kernels.between)
        else:
            with self.controls.beside(block, cells, opened.bound) as between:
                rounds = measure(block, groups, seconds, both(between, kernels.between))
            controlled.add(opened.bound)
        self.spent[cells[0].workload] = self.spent.get(cells[0].workload, 0.0) + sum(
            one.total for one in rounds
        )
        if _shortest_serial(rounds) < MIN_TURN_SECONDS:
            self._end(workload, Outcome.INCONCLUSIVE, TOO_SHORT)
            return
        for one in cells:
            one.bound = opened.bound
            one.rounds.append(rounds)
            one.blocks.append(read_change(rounds, parallel=one.turn, serial=SERIAL_TURN))
            if one.floor.asked:
                one.floor.bound = opened.bound
                one.floor.take(rounds, HEAD, one.turn, kernels)
        self._record(block, cells, opened.bound)

    def _record(self, block: Block, cells: Sequence[Compared], bound: Bound) -> None:
        """Have both sides run everything once more, recorded; no verdict by time rests on that."""
        traces = block.record([SERIAL_TURN, *(one.turn for one in cells)])
        for one in cells:
            base, head = (traces[side] for side in (BASE, HEAD))
            ceiling = self.controls.ceilings.get(one.turn) if bound is Bound.CPU else None
            stacks = [
                _stack(name, side[SERIAL_TURN], side[one.turn], ceiling)
                for name, side in ((BASE, base), (HEAD, head))
            ]
            one.stacks.append((stacks[0], stacks[1]))
        self.evidence.ask_after_work(block)

    def _seconds(self, bound: Bound, cells: Sequence[Compared]) -> float:
        """Choose how long a block of a workload takes, at least; 0 for as short as can be."""
        if bound is Bound.WAIT:
            return 0.0
        computing = [one for one in self._compared() if one.bound is Bound.CPU and not one.ended]
        still_open = [one for one in computing if one.open]
        all_seconds = self.budget.pace * CPU_SECONDS * max(len(computing), len(cells))
        return all_seconds * len(cells) / max(len(still_open), len(cells))

    def _leave_out(
        self, workload: str, cells: Sequence[Compared], reasons: Mapping[str, Mapping[str, str]]
    ) -> list[Compared]:
        """Name the cells in which a workload does not run, and return the others."""
        left = []
        for one in cells:
            base, head = (reasons[side].get(one.turn) for side in (BASE, HEAD))
            if base is None and head is None:
                left.append(one)
                continue
            failures = {BASE: base, HEAD: head}
            skipped = {side: Failure.SKIPPED for side, why in failures.items() if why is not None}
            opening = not one.blocks
            outcome = outcome_of(skipped.get(BASE), skipped.get(HEAD), opening=opening)
            self.cells[workload].remove(one)
            self._close(one, outcome, head or base or "")
        return left

    def _fail(self, workload: str, failures: Mapping[str, SideFailedError]) -> None:
        """Name what became of a workload whose test failed on a side."""
        kinds = {side: failure.failure for side, failure in failures.items()}
        opening = not any(one.blocks for one in self.cells[workload])
        outcome = outcome_of(kinds.get(BASE), kinds.get(HEAD), opening=opening)
        said = failures.get(HEAD) or failures[BASE]
        self._end(workload, outcome, str(said))

    def _end(self, workload: str, outcome: Outcome, reason: str) -> None:
        for one in self.cells.pop(workload):
            self._close(one, outcome, reason)

    def _close(self, one: Compared, outcome: Outcome, reason: str) -> None:
        """Compare a cell no more; its floors hold whatever it cannot be compared with."""
        self.verdicts[one.id] = Verdict(one.id, outcome, reason=reason)
        if outcome in HELD:
            self.alone.add(one)

    def _compared(self) -> list[Compared]:
        return [one for cells in self.cells.values() for one in cells]

    def _policy_of(self, one: Compared) -> PairedPolicy:
        return self.policy if one.margin is None else replace(self.policy, margin=one.margin)

    def _rules_of(self, one: Compared) -> tuple[Spread, float, PairedPolicy]:
        """Find what a cell is judged by; the error rate is shared by all cells."""
        spread = spread_of_kind(self.cells[one.workload], one, self.policy)
        return spread, self._share(), self._policy_of(one)

    def _share(self) -> float:
        """Share the error rate among all that is judged: each cell, and each floor."""
        return self.policy.error_rate / max(1, self._dividing())

    def _dividing(self) -> int:
        """Count what divides the error rate, here and elsewhere."""
        judged = sum(1 + one.floor.floors.count for one in self._compared())
        judged += sum(one.floor.floors.count for one in self.alone.all)
        return judged + self.others

    def _judge(self) -> None:
        for one in self._compared():
            if one.open and one.blocks:  # a side that is gone ends a block before its time
                one.verdict = judge_paired(one.id, one.blocks, *self._rules_of(one))
                one.floor.judge(one.id, one.executor, self._share())
        self.alone.judge(self._share())

    def _settle(self) -> dict[str, Verdict]:
        """Take the time, the controls and the counters into account, and say why."""
        return {
            one.id: Verdict(one.id, Outcome.BROKEN, reason=UNMEASURED)
            if one.verdict is None
            else self._settled(one, one.verdict)
            for one in self._compared()
        }

    def _settled(self, one: Compared, verdict: Verdict) -> Verdict:
        evidence = weigh(one.blocks, *self._rules_of(one))
        verdict = at_the_end(verdict, len(one.blocks), leans_red=leans_red(evidence))
        excuse, policy = self.controls.excuse(one), self._policy_of(one)
        verdict = downgrade(verdict, loss_behind(evidence, verdict.outcome), excuse, policy)
        base, head = ([pair[side].counts for pair in one.stacks] for side in (0, 1))
        verdict = decide_by_counters(verdict, base, head, policy.fewest)
        verdict = one.floor.hold(verdict)
        before, speedup = (
            read_speedup(one.rounds, side, parallel=one.turn, serial=SERIAL_TURN)
            for side in (BASE, HEAD)
        )
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


def _file_of(cell: str) -> str:
    return cell.partition("::")[0]


def _shortest_serial(rounds: Sequence[Round]) -> float:
    """Find the fastest serial turn of the slower side."""
    sides = [
        [seconds for one in rounds for seconds in one.seconds(arm_of(side, SERIAL_TURN))]
        for side in (BASE, HEAD)
    ]
    return max(min(turns) for turns in sides)


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


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
