"""A whole comparison: blocks of rounds, until every cell is decided or the time is up."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from pytest_speedup.against.block import SERIAL_TURN, WorkloadError
from pytest_speedup.against.cells import WHOLE, Part, match_cells, outcome_of
from pytest_speedup.against.floors import HELD, Kernels, count_recorded
from pytest_speedup.against.judging import Judging, record
from pytest_speedup.against.proof import OutsideError
from pytest_speedup.against.protocol import Describe, Failure
from pytest_speedup.against.schedule import (
    Cost,
    Open,
    Turnout,
    Urgency,
    both,
    measure,
    share_rounds,
)
from pytest_speedup.against.side import SideError
from pytest_speedup.measurement import now
from pytest_speedup.model import (
    BASE,
    BASE_AGAIN,
    HEAD,
    Bound,
    Outcome,
    Step,
    Touch,
    Verdict,
    arm_of,
)
from pytest_speedup.statistics import read_change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pytest_speedup.against.block import Block, Ready, Starter
    from pytest_speedup.against.cells import Compared, Wanted
    from pytest_speedup.against.proof import Evidence
    from pytest_speedup.against.schedule import Schedule
    from pytest_speedup.against.scope import Scope
    from pytest_speedup.against.side import Code, SideFailedError
    from pytest_speedup.gate import PairedPolicy
    from pytest_speedup.model import Round

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

TOO_LONG = (
    "it is too long for the time: a block of it takes at least {least:.0f} s, so that it needs "
    "at least --speedup-budget={needed:.0f}"
)

NO_TIME = (
    "the time was over before its first block: give it more, about --speedup-budget={needed:.0f}"
)


URGENCIES = {
    Touch.TOUCHED: Urgency.TOUCHED,
    Touch.UNKNOWN: Urgency.UNKNOWN,
    Touch.UNTOUCHED: Urgency.UNTOUCHED,
}


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a workload in a block.

    Attributes:
        number: that of the block.
        turnout: what it gets; None in the first block, until it stands ready.
        following: the workloads that come after it.
        controlled: what those before it spent their time on.
    """

    number: int
    turnout: Turnout | None
    following: Sequence[str]
    controlled: set[Bound]


@dataclass(slots=True)
class Comparison:
    """Base against head.

    Attributes:
        codes: what base, head and base again run.
        processes: starts base, head and base again.
        evidence: what their code is held against.
        wanted: the cells that this run selected.
        scope: which cells it was to measure, and what chose them.
        policy: the rules.
        schedule: time for all of it; a loss that shows when it ends gets half as long again.
        progress: told what happens.
        logs: folder for what the sides say.
        ruled_by: the side whose margins, floors and selection of cells count.
        part: what of the suite it judges.
        dividing: cells and floors that divided the error rate when the first block began.
        spent: seconds inside the turns of each workload.
        verdicts: verdicts on those that cannot be compared.
        deselected: ids of cells that both have and this run did not select.
        moved: what head changes of the rules that its cells are judged by, a line each.
        notes: what else is to be said of the cells.
        notices: what is to be said of workloads although they are compared.
        clock: tells the seconds.
        start: when it began, by the clock.
        touches: whether the change touches a cell, by id, as far as is known.
        judging: cells that both have, and what is made of them.
    """

    codes: Mapping[str, Code]
    processes: Starter
    evidence: Evidence
    wanted: Sequence[Wanted]
    scope: Scope
    policy: PairedPolicy
    schedule: Schedule
    progress: Callable[[Step], None]
    logs: Path
    ruled_by: str = BASE
    part: Part = WHOLE
    dividing: int = 0
    spent: dict[str, float] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    deselected: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    notices: dict[str, str] = field(default_factory=dict)
    clock: Callable[[], float] = now
    start: float = 0.0
    touches: Mapping[str, Touch] = field(default_factory=dict)
    judging: Judging = field(init=False)

    def __post_init__(self) -> None:
        """Begin without cells."""
        self.judging = Judging(self.policy)

    def run(self) -> Mapping[str, Verdict]:
        """Measure and judge, block by block.

        Returns:
            A verdict for each cell of base and head.

        Raises:
            SideError: a side ended before any of its workloads was open, or ran code that is not
                its own.
        """
        self.start, random = self.clock(), Random()
        for number in range(1, self.policy.most + 1):
            turnouts = self._turnouts() if number > 1 else []
            if number > 1 and not turnouts and not self._goes_on_alone():
                break
            begun = self.clock()
            (logs := self.logs / f"block-{number}").mkdir()
            codes = self._codes(number, turnouts)
            with self.processes.fresh(codes, logs, random.randrange(2**32)) as block:
                if number == 1:
                    self._match(block)
                self.evidence.ask(block)
                within = self._measure_block(block, number, turnouts)
            self.schedule.start = self.clock() - begun - within
            self.judging.judge()
        self._end_all()
        settled = self.judging.settle(self.verdicts)
        return {**settled, **self.judging.alone.settle(settled)}

    def _codes(self, number: int, turnouts: Sequence[Turnout]) -> dict[str, Code]:
        """Choose what the sides collect: all that might be there, then what is measured."""
        if number > 1:
            cells = [one for each in turnouts for one in self.judging.cells[each.workload]]
            files = {_file_of(one.id) for one in (*cells, *self.judging.alone.open)}
            return {side: code.collecting(files) for side, code in self.codes.items()}
        files = {_file_of(one.id) for one in self.wanted}
        everything = {side: self.codes[side].collecting_too(files) for side in (BASE, HEAD)}
        return {**everything, BASE_AGAIN: self.codes[BASE_AGAIN].collecting(files)}

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
        matched, self.judging.others = self.part.cut(matched, self.wanted)
        self.judging.cells, self.verdicts = matched.cells, matched.verdicts
        self.deselected, self.moved, self.notes = matched.deselected, matched.moved, matched.notes
        for one in matched.alone:
            self.judging.alone.add(one)
        self.dividing = self.judging.dividing()

    def _turnouts(self) -> list[Turnout]:
        """Choose what the next block measures; nothing where all is decided, or the time over."""
        computing = [one for one in self.judging.all if one.bound is Bound.CPU]
        still_open = [one for one in computing if one.open]
        self.touches = self.evidence.touches(self.wanted)
        candidates = [self._candidate(workload) for workload in self._undecided()]
        decided = len(computing) / max(1, len(still_open))
        return self.schedule.further(candidates, decided, self.clock() - self.start)

    def _goes_on_alone(self) -> bool:
        """Tell whether cells that only have a floor get another block."""
        end = self.clock() - self.start + self.schedule.start
        return bool(self.judging.alone.open) and end < self.schedule.seconds

    def _candidate(self, workload: str) -> Open:
        cells = [one for one in self.judging.cells[workload] if one.open]
        leaning = [one for one in cells if self.judging.leans_red(one)]
        return Open(
            workload,
            min(map(self._urgency_of, cells)),
            computing=cells[0].bound is Bound.CPU,
            cells=len(cells),
            missing=max(map(self.judging.missing_of, leaning), default=0),
            sureness=max(map(self.judging.sureness_of, leaning), default=0.0),
            margin=min(self.judging.policy_of(one).margin for one in cells),
        )

    def _urgency_of(self, one: Compared) -> Urgency:
        if self.judging.leans_red(one):
            return Urgency.LEANS_RED
        return URGENCIES[self.touches.get(one.id, Touch.UNKNOWN)]

    def _end_all(self) -> None:
        for one in (*self.judging.all, *self.judging.alone.all):
            one.ended = True

    def _undecided(self) -> list[str]:
        return [
            workload
            for workload, cells in self.judging.cells.items()
            if any(one.open for one in cells)
        ]

    def _measure_block(self, block: Block, number: int, turnouts: Sequence[Turnout]) -> float:
        """Measure workloads that are open; a side that is gone, or lies, ends the block.

        Returns:
            The seconds that this took.
        """
        begun = self.clock()
        chosen = {one.workload: one for one in turnouts}
        workloads = list(chosen) if number > 1 else self._undecided()
        controlled: set[Bound] = set()
        for index, workload in enumerate(workloads):
            spent = self.clock() - self.start
            self.progress(self._step(number, workload, self.schedule.seconds - spent))
            place = Place(number, chosen.get(workload), workloads[index + 1 :], controlled)
            if number == 1 and index and not self.schedule.has_time(spent):
                self._end(workload, Outcome.INCONCLUSIVE, self._no_time(len(workloads), index))
                continue
            try:
                self._measure_workload(block, workload, place)
            except OutsideError:  # of no workload is it known what ran
                raise
            except WorkloadError as error:
                self._fail(workload, error.failures)
            except SideError as error:
                self._end(workload, Outcome.BROKEN, str(error))
                return self.clock() - begun
        self._measure_alone(block)
        return self.clock() - begun

    def _no_time(self, workloads: int, measured: int) -> str:
        """Say how much time a first block of all workloads would take."""
        needed = (self.clock() - self.start) * workloads / measured
        return NO_TIME.format(needed=math.ceil(needed))

    def _step(self, number: int, workload: str, left: float) -> Step:
        """Say where the comparison is."""
        compared = self.judging.all
        decided, cells = sum(one.decided for one in compared), len(compared) + len(self.verdicts)
        return Step(number, self.policy.most, workload, decided, cells, left)

    def _measure_alone(self, block: Block) -> None:
        """Measure what head alone can be asked for."""
        if not self.judging.alone.open:
            return
        try:
            self.judging.alone.measure(block)
            self.evidence.ask(block)
        except OutsideError:
            raise
        except SideError as error:
            self.judging.alone.break_all(str(error))

    def _measure_workload(self, block: Block, workload: str, place: Place) -> None:
        begun = self.clock()
        cells = [one for one in self.judging.cells[workload] if one.open]
        if place.turnout is not None and place.turnout.confirming:
            cells = [one for one in cells if self.judging.leans_red(one)]
        turns = [SERIAL_TURN, *(one.turn for one in cells)]
        following = next((self.judging.cells[name][0].id for name in place.following), None)
        longest = self.schedule.longest_turns if place.turnout is None else math.inf
        with block.opened([one.id for one in cells], turns, following, longest) as ready:
            cells = self._leave_out(workload, cells, ready.unsuitable)
            if ready.arguments.same and cells:
                self._measure(block, cells, ready, place, self.clock() - begun)
        for notice in filter(None, [ready.arguments.notice, OWN_WORK * ready.own_work]):
            self._notice(workload, notice)
        if not ready.arguments.same:
            self._end(workload, Outcome.INCOMPARABLE, ready.arguments.reason)
        self.schedule.note(workload, self.clock() - begun)

    def _notice(self, workload: str, notice: str) -> None:
        """Say something of a workload, once."""
        said = self.notices.get(workload, "")
        if notice not in said.split("; "):
            self.notices[workload] = f"{said}; {notice}" if said else notice

    def _measure(
        self,
        block: Block,
        cells: Sequence[Compared],
        ready: Ready,
        place: Place,
        opening: float,
    ) -> None:
        """Measure an open workload, with kernels and controls among its rounds where due."""
        workload = cells[0].workload
        for one in cells:
            one.bound = ready.bound
        turnout = place.turnout or self._first_turnout(cells, ready, place, opening)
        if turnout is None:
            return
        groups = share_rounds(cells, self.judging.spreads)
        kernels = Kernels.of(block, BASE, [one.turn for one in cells if one.floor.needs_ceiling])
        with self._beside(block, cells, ready.bound, place) as between:
            taken = measure(block, groups, turnout, both(between, kernels.between))
        self.schedule.took(workload, taken, len(cells))
        rounds = taken.rounds
        self.spent[workload] = self.spent.get(workload, 0.0) + taken.seconds
        if _shortest_serial(rounds) < MIN_TURN_SECONDS:
            self._end(workload, Outcome.TOO_SHORT, TOO_SHORT)
            return
        for one in cells:
            one.rounds.append(rounds)
            one.blocks.append(read_change(rounds, parallel=one.turn, serial=SERIAL_TURN))
            one.numbers.append(place.number)
        record(block, cells, ready.bound, self.judging.controls.ceilings)
        for one in cells:
            if one.floor.asked:
                one.floor.bound = ready.bound
                known = [head.counts for _, head in one.stacks[-1:]]
                counts = count_recorded(block, one, known)
                one.floor.take(rounds, HEAD, one.turn, kernels, counts)
        for (side, _), question in block.questions.items():
            self._notice(workload, f"{side}: {question}")
        self.evidence.ask_after_work(block, workload)

    @contextmanager
    def _beside(
        self, block: Block, cells: Sequence[Compared], bound: Bound, place: Place
    ) -> Iterator[Callable[[], None]]:
        """Measure the ceilings that are not known yet, and controls where a cell leans red.

        The first workload of its kind has the controls of a block among its rounds.
        """
        controls = self.judging.controls
        if bound is Bound.CPU and any(one.turn not in controls.ceilings for one in cells):
            with controls.ceilings_beside(block, cells) as between:
                yield between
        elif bound not in place.controlled and any(map(self.judging.leans_red, cells)):
            place.controlled.add(bound)
            with controls.beside(block, cells, bound, place.number) as between:
                yield between
        else:
            yield lambda: None

    def _first_turnout(
        self, cells: Sequence[Compared], ready: Ready, place: Place, opening: float
    ) -> Turnout | None:
        """Choose what a workload gets of the first block, or say why it is too long for one."""
        workload = cells[0].workload
        cost = Cost(opening, ready.round_seconds, len(cells))
        spent = self.clock() - self.start
        candidate = self._candidate(workload)
        turnout = self.schedule.first(candidate, cost, spent, len(place.following))
        if turnout is None:
            needed = max(self.schedule.needed(cost), spent + cost.in_rounds)
            reason = TOO_LONG.format(least=cost.least, needed=math.ceil(needed))
            self._end(workload, Outcome.INCONCLUSIVE, reason)
        return turnout

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
            self.judging.cells[workload].remove(one)
            self._close(one, outcome, head or base or "")
        return left

    def _fail(self, workload: str, failures: Mapping[str, SideFailedError]) -> None:
        """Name what became of a workload whose test failed on a side."""
        kinds = {side: failure.failure for side, failure in failures.items()}
        opening = not any(one.blocks for one in self.judging.cells[workload])
        outcome = outcome_of(kinds.get(BASE), kinds.get(HEAD), opening=opening)
        said = failures.get(HEAD) or failures[BASE]
        self._end(workload, outcome, str(said))

    def _end(self, workload: str, outcome: Outcome, reason: str) -> None:
        for one in self.judging.end(workload):
            self._close(one, outcome, reason)

    def _close(self, one: Compared, outcome: Outcome, reason: str) -> None:
        """Compare a cell no more; its floors hold whatever it cannot be compared with."""
        self.verdicts[one.id] = Verdict(one.id, outcome, reason=reason)
        if outcome in HELD:
            self.judging.alone.add(one)


def _file_of(cell: str) -> str:
    return cell.partition("::")[0]


def _shortest_serial(rounds: Sequence[Round]) -> float:
    """Find the fastest serial turn of the slower side."""
    sides = [
        [seconds for one in rounds for seconds in one.seconds(arm_of(side, SERIAL_TURN))]
        for side in (BASE, HEAD)
    ]
    return max(min(turns) for turns in sides)
