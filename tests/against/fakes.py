"""Sides that are none, in turns of known seconds, by which the clock goes."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

from pytest_speedup.against.arguments import ArgumentsJudged
from pytest_speedup.against.block import Ready, WorkloadError
from pytest_speedup.against.cells import Wanted
from pytest_speedup.against.comparison import Comparison
from pytest_speedup.against.proof import OutsideError
from pytest_speedup.against.protocol import Describe, Described, DescribedCell, Failed, Failure
from pytest_speedup.against.schedule import Schedule
from pytest_speedup.against.scope import Scope
from pytest_speedup.against.side import Code, SideFailedError, SideGoneError
from pytest_speedup.gate import PairedPolicy
from pytest_speedup.losses.trace import Task, Trace
from pytest_speedup.model import (
    BASE,
    BASE_AGAIN,
    HEAD,
    Bound,
    Floors,
    Outcome,
    Round,
    Touch,
    Turn,
    arm_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_speedup.against.block import Starter
    from pytest_speedup.against.proof import Evidence
    from pytest_speedup.model import Verdict

BUDGET = 100.0
"""Seconds of a comparison."""


def make_workloads(*names: str) -> dict[str, list[list[object]]]:
    """Each with serial code and two threads."""
    return {
        name: [[f"{name}[serial-1]", "serial", 1, None], [f"{name}[thread-2]", "thread", 2, None]]
        for name in names
    }


SERIAL_SECONDS = 2.0
"""Of a serial turn; one of two threads on the base takes a second."""


def alone(turn: str) -> float:
    """Seconds of a turn on the base."""
    return SERIAL_SECONDS if turn == "serial-1" else 1.0


TASK = Task(0.0, 0.0, 1.0, 1.0, 0)


@dataclass
class FakeBlock:
    """All sides, with durations that are known.

    Attributes:
        head_seconds: of two threads, where they are not one second as on the base.
        again_seconds: of everything, likewise.
        broken: how sides fail to open a workload, from that of its openings on.
        late: how head's test of a workload fails as it ends.
        swings: by workload, the factor by which head's two threads are slower in one block and
            faster in the next.
        log: by opening, which workload was open, and for how many rounds of those of its cells
            that took part in most.
        controlled_log: the same for rounds of controls.
        turn_seconds: that a turn takes which is said to take one.
        lengths: of workloads whose turns are so many times as long.
        start: seconds that a block takes to start.
        opening: seconds that a workload takes to open.
        seconds: what the clock says: it goes as blocks start, workloads open and
            turns run, but for controls.
        longest: seconds that the turns of a workload might take, by opening.
        touched: cells that the change touches, or does not.
        questions: what a side asks of code whose number of workers made no difference.
    """

    head_seconds: dict[str, float]
    workloads_of: dict[str, dict[str, list[list[object]]]]
    bound: Bound = Bound.WAIT
    questions: dict[tuple[str, str], str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    broken: dict[str, dict[str, Failure]] = field(default_factory=dict)
    broken_from: int = 1
    late: dict[str, Failure] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    own_work: tuple[str, ...] = ()
    uncollected: dict[str, dict[str, str]] = field(default_factory=dict)
    described: list[Describe] = field(default_factory=list)
    open: str = ""
    again_seconds: float = 1.0
    head_pools: int = 0
    head_tasks: tuple[Task, ...] = (TASK,)
    swings: dict[str, float] = field(default_factory=dict)
    opens: Counter[str] = field(default_factory=Counter)
    log: list[tuple[str, int]] = field(default_factory=list)
    controlled_log: list[tuple[str, int]] = field(default_factory=list)
    unsuitable: dict[str, dict[str, str]] = field(default_factory=dict)
    proven: list[str] = field(default_factory=list)
    foreign_in: str = ""
    kernel_seconds: float = 0.5
    turn_seconds: float = 0.1
    lengths: dict[str, float] = field(default_factory=dict)
    start: float = 0.0
    opening: float = 0.0
    seconds: float = 0.0
    places: dict[tuple[int, str], int] = field(default_factory=dict)
    seeds: list[int] = field(default_factory=list)
    opened_cells: list[tuple[str, ...]] = field(default_factory=list)
    longest: list[float] = field(default_factory=list)
    touched: dict[str, Touch] = field(default_factory=dict)
    floors: dict[str, dict[str, Floors]] = field(default_factory=dict)

    def clock(self) -> float:
        return self.seconds

    @contextmanager
    def fresh(self, _codes: Mapping[str, Code], _logs: Path, seed: int) -> Iterator[FakeBlock]:
        assert seed not in self.seeds, "each block has a hash seed of its own"
        self.seeds.append(seed)
        self.seconds += self.start
        yield self

    def describe(self, request: Describe) -> dict[str, Described]:
        self.described.append(request)
        return {
            side: Described(
                tuple(
                    DescribedCell(
                        str(cell),
                        str(name),
                        int(str(count)),
                        margin,  # type: ignore[arg-type]
                        chosen=True,
                        floors=self.floors.get(side, {}).get(str(cell), Floors()),
                    )
                    for cells in workloads.values()
                    for cell, name, count, margin in cells
                ),
                self.uncollected.get(side, {}),
            )
            for side, workloads in self.workloads_of.items()
        }

    @contextmanager
    def opened(
        self, cells: Sequence[str], turns: Sequence[str], _following: str | None, longest: float
    ) -> Iterator[Ready]:
        workload = cells[0].partition("[")[0]
        if workload in self.gone:
            message = "head gave no answer within 60 s: is it a deadlock?"
            raise SideGoneError(HEAD, message)
        if workload in self.broken and self.opens[workload] + 1 >= self.broken_from:
            failed = {
                side: SideFailedError(side, Failed(failure, "it failed"))
                for side, failure in self.broken[workload].items()
            }
            raise WorkloadError(failed)
        self.open = workload
        self.opens[workload] += 1
        self.opened_cells.append(tuple(cells))
        self.seconds += self.opening
        reason = "its arguments changed" if workload in self.changed else ""
        judged = ArgumentsJudged(not reason, reason, "")
        unsuitable = {side: self.unsuitable.get(side, {}) for side in (BASE, HEAD)}
        a_round = self._round(HEAD, self._head(turns), 0).total
        self.longest.append(longest)
        yield Ready(self.bound, judged, unsuitable, a_round, workload in self.own_work)
        if workload in self.late:
            at_the_end = SideFailedError(HEAD, Failed(self.late[workload], "it failed"))
            raise WorkloadError({HEAD: at_the_end})

    @contextmanager
    def alone(
        self, cells: Sequence[str], _turns: Sequence[str]
    ) -> Iterator[tuple[Bound, Mapping[str, str]]]:
        workload = cells[0].partition("[")[0]
        if workload in self.gone:
            message = "head gave no answer within 60 s: is it a deadlock?"
            raise SideGoneError(HEAD, message)
        failure = self.broken.get(workload, {}).get(HEAD)
        if failure is not None:
            raise WorkloadError({HEAD: SideFailedError(HEAD, Failed(failure, "it failed"))})
        self.open = workload
        self.opens[f"{workload} alone"] += 1
        yield self.bound, self.unsuitable.get(HEAD, {})

    def rounds_of(self, side: str, turns: Sequence[str]) -> Iterator[Round]:
        seconds = self.head_seconds.get(self.open, 1.0)
        times = {
            turn: self.kernel_seconds
            if turn.startswith("kernel")
            else (seconds if side == HEAD else 1.0)
            for turn in turns
        }
        times |= {turn: alone(turn) for turn in turns if turn.endswith("serial-1")}
        while True:
            one = Round(
                tuple(Turn(arm_of(side, turn), self.turn_seconds * times[turn]) for turn in turns)
            )
            self.seconds += one.total
            yield one

    def prove(self) -> None:
        self.proven.append(self.open)
        if self.open and self.open == self.foreign_in:
            self.foreign_in = ""  # nobody tells of it again
            message = "head loaded core from /base/core.py, which is not head's"
            raise OutsideError(message)

    def record(self, turns: Sequence[str]) -> dict[str, dict[str, Trace]]:
        pools = {BASE: (), HEAD: (0.1,) * self.head_pools}
        tasks = {BASE: (TASK,), HEAD: self.head_tasks}
        return {
            side: {turn: Trace(0.0, 1.0, 2, tasks[side], pools[side]) for turn in turns}
            for side in (BASE, HEAD)
        }

    def recorded(self, turn: str) -> Trace:
        return self.record([turn])[HEAD][turn]

    @contextmanager
    def controlled(
        self, cells: Sequence[str], _turns: Sequence[str], _controls: Sequence[str]
    ) -> Iterator[None]:
        assert cells[0].partition("[")[0] == self.open
        yield

    def rounds(self, turns: Sequence[str]) -> Iterator[Round]:
        return self._rounds(self.log, HEAD, self._head(turns))

    def _head(self, turns: Sequence[str]) -> dict[str, float]:
        swing = self.swings.get(self.open, 1.0) ** (1 if self.opens[self.open] % 2 else -1)
        head = {"thread-2": self.head_seconds.get(self.open, 1.0) * swing}
        return {turn: head.get(turn, 1.0) for turn in turns}

    def controls(self, turns: list[str]) -> Iterator[Round]:
        return self._rounds(
            self.controlled_log, BASE_AGAIN, dict.fromkeys(turns, self.again_seconds)
        )

    def _rounds(
        self, log: list[tuple[str, int]], rival: str, seconds: dict[str, float]
    ) -> Iterator[Round]:
        key = len(self.opened_cells), rival
        place = self.places.setdefault(key, len(log))
        if place == len(log):
            log.append((self.open, 0))
        for index in count():
            log[place] = (self.open, max(log[place][1], index + 1))
            one = self._round(rival, seconds, index)
            if rival == HEAD:
                self.seconds += one.total
            yield one

    def _round(self, rival: str, seconds: dict[str, float], index: int) -> Round:
        """Both sides drift alike."""
        now = self.lengths.get(self.open, 1.0) * self.turn_seconds * (1 + index / 1000)
        turns = [Turn(arm_of(BASE, turn), now * alone(turn)) for turn in seconds]
        turns += [
            Turn(arm_of(rival, turn), now * alone(turn) * one) for turn, one in seconds.items()
        ]
        return Round(tuple(turns))


@dataclass
class Asked:
    """What asks a fake block, before and after it worked."""

    block: FakeBlock

    def ask(self, _block: object) -> None:
        self.block.prove()

    def ask_after_work(self, _block: object, workload: str) -> None:
        assert workload == self.block.open
        self.block.prove()

    def touches(self, wanted: Iterable[Wanted]) -> dict[str, Touch]:
        return {one.id: self.block.touched.get(one.id, Touch.UNKNOWN) for one in wanted}


def make_comparison(
    block: FakeBlock,
    logs: Path,
    *,
    budget: float = BUDGET,
    deselected: tuple[str, ...] = (),
) -> Comparison:
    """Make a comparison with fake processes and their clock."""
    wanted = [
        Wanted(str(cell), name, str(executor), int(str(workers)))
        for name, cells in block.workloads_of[HEAD].items()
        for cell, executor, workers, _ in cells
        if cell not in deselected
    ]
    return Comparison(
        dict.fromkeys((BASE, HEAD, BASE_AGAIN), Code(Path())),
        cast("Starter", block),
        cast("Evidence", Asked(block)),
        wanted,
        Scope(keyword="fast"),
        PairedPolicy(),
        Schedule(budget),
        lambda _step: None,
        logs,
        clock=block.clock,
    )


def run(block: FakeBlock, *, budget: float = BUDGET) -> Mapping[str, Verdict]:
    """Compare with fake processes."""
    with TemporaryDirectory() as logs:
        return make_comparison(block, Path(logs), budget=budget).run()


def compare(block: FakeBlock, *, budget: float = BUDGET) -> dict[str, Outcome]:
    """Compare likewise, and ask for the outcomes alone."""
    return {cell: verdict.outcome for cell, verdict in run(block, budget=budget).items()}


def both(*names: str) -> dict[str, dict[str, list[list[object]]]]:
    """Workloads that base and head have."""
    return {BASE: make_workloads(*names), HEAD: make_workloads(*names)}
