"""What a run has to report, what it was proven on, and of which suite it judges which part."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_speedup.model.measured import short_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.model.measured import Bound, Cell, Machine, Pace, SavedCell
    from pytest_speedup.model.verdict import Estimate, Outcome, SavedChange, Standing, Verdict


@dataclass(frozen=True, slots=True)
class ComparedCode:
    """Which code a run compares, as git names it.

    Attributes:
        base_commit: the commit of the base, in full.
        base_tree: the tree of that commit.
        head_commit: the commit that head's working tree is on, in full.
        head_tree: of all files of head, with what is not committed.
        modified: whether that differs from the commit's tree.
    """

    base_commit: str
    base_tree: str
    head_commit: str
    head_tree: str
    modified: bool


@dataclass(frozen=True, slots=True)
class ShardEnd:
    """How a shard ended, beside its cells.

    Attributes:
        code: pytest's own exit code.
        interrupted: whether the user or the runner interrupted it.
        uncollected: whether tests could not be collected.
        unsaved: whether something could not be saved, or compared at all.
        allowed: outcomes that leave the gate green where no cell is anything worse.
    """

    code: int
    interrupted: bool
    uncollected: bool
    unsaved: bool
    allowed: frozenset[Outcome]


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several runs that judge a suite together.

    All fingerprints are the same in all shards of one suite, or they are none.

    Attributes:
        number: which one it is, from 1.
        count: how many there are.
        cells: ids of the cells that it judges, of those that the run selected.
        selection: fingerprint of the ids of all cells, its own and those of others.
        split: fingerprint of which shard has which workload.
        rules: fingerprint of what cells are judged by; empty where it ended before it was known.
        code: what is compared; None likewise.
        dividing: cells and floors of all shards that divide the error rate; 0 where this one
            compared nothing.
        end: how it ended; None where it has not.
    """

    number: int
    count: int
    cells: tuple[str, ...]
    selection: str
    split: str
    rules: str = ""
    code: ComparedCode | None = None
    dividing: int = 0
    end: ShardEnd | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no cell is left for it: what only the base has is told by the first one."""
        return not self.cells and self.number > 1

    def __str__(self) -> str:
        """Name it."""
        return f"shard {self.number} of {self.count}"


class Touch(enum.Enum):
    """What is known of a cell and the change between base and head; it decides no verdict."""

    TOUCHED = "touched"
    UNKNOWN = "unknown"
    UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class TouchCounts:
    """How many cells a change touches.

    Attributes:
        touched: cells for which something differs that may run for them.
        unknown: cells of which that cannot be asked.
        untouched: the others.
    """

    touched: int
    unknown: int
    untouched: int

    @classmethod
    def of(cls, touches: Iterable[Touch]) -> TouchCounts:
        """Count them."""
        counts = Counter(touches)
        return cls(counts[Touch.TOUCHED], counts[Touch.UNKNOWN], counts[Touch.UNTOUCHED])


@dataclass(frozen=True, slots=True)
class DeclaredEnv:
    """The environment of head, with the base's own versions of what it declares otherwise."""


@dataclass(frozen=True, slots=True)
class SameEnv:
    """The environment of head, whatever the base declares."""


@dataclass(frozen=True, slots=True)
class InstallEnv:
    """An environment of the base's own, installed from its tree.

    Attributes:
        extras: extras of the project, such as ``[test]``; empty for none.
    """

    extras: str = ""


@dataclass(frozen=True, slots=True)
class GivenEnv:
    """An environment that the user built.

    Attributes:
        path: its folder, or its interpreter.
    """

    path: str


BaseEnv = DeclaredEnv | SameEnv | InstallEnv | GivenEnv


@dataclass(frozen=True, slots=True)
class Move:
    """A change of level.

    Attributes:
        before: the mean speedup of the level that ended.
        after: that of the level that began.
        last: the last run of the one.
        first: the first run of the other.
    """

    before: float
    after: float
    last: SavedCell
    first: SavedCell

    @property
    def change(self) -> float:
        """Speedup after / before."""
        return self.after / self.before


@dataclass(frozen=True, slots=True)
class History:
    """A cell in saved runs that are comparable with each other.

    Attributes:
        runs: oldest first, at least one.
        moves: where its level changed, oldest first.
        left_out: how many runs were saved under other conditions than the last.
    """

    runs: tuple[SavedCell, ...]
    moves: tuple[Move, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Runs of one level.

    Attributes:
        speedup: their mean.
        first: the first of them.
        last: the last.
    """

    speedup: float
    first: SavedCell
    last: SavedCell


@dataclass(frozen=True, slots=True)
class Descent:
    """How far a cell's last level lies below its best.

    Attributes:
        outcome: REGRESSED where that is too far, PASSED where it is not, INCONCLUSIVE where runs
            are too few to tell.
        cell: the cell.
        runs: how many count.
        best: the level with the largest speedup.
        last: the level at the end.
        noise: standard deviation of the log speedup of a run around its level.
        finest: the smallest fall in one step that would show in so many runs, as a fraction; 1
            where none would.
        reason: why nobody can tell; empty otherwise.
    """

    outcome: Outcome
    cell: Cell
    runs: int
    best: Stretch
    last: Stretch
    noise: float
    finest: float
    reason: str = ""

    @property
    def loss(self) -> float:
        """Speedup that was lost since the best level, as a fraction."""
        return 1 - self.last.speedup / self.best.speedup


@dataclass(frozen=True, slots=True)
class ProvedSide:
    """What one side loaded of the project.

    Attributes:
        name: base or head.
        commit: its full name.
        tree: of all its files as git names it, with what is not committed.
        modified: whether that differs from the commit's tree.
        files: how many files of the tree it loaded.
        committed: how many of these are as in the commit.
        built: how many files it loaded that were built from the tree.
        installed: how many files it loaded that were compiled or generated when the user installed
            the project: from which source, nobody can tell.
        how: how its code comes to run.
    """

    name: str
    commit: str
    tree: str
    modified: bool
    files: int
    committed: int
    built: int
    installed: int
    how: str


@dataclass(frozen=True, slots=True)
class ProvedRun:
    """What both sides loaded.

    Attributes:
        sides: base and head.
        differing: how many of the files differ that one of them loaded.
        remarks: what is not proven, and what else was asked, a line each.
        touches: how many cells the change touches, of those that were to be compared; None where
            that was not asked.
    """

    sides: tuple[ProvedSide, ...]
    differing: int
    remarks: tuple[str, ...] = ()
    touches: TouchCounts | None = None


SCHEMA_VERSION = 1
"""Of reports as JSON: counts changes after which readers must be changed, too."""

MARK = "<!-- pytest-speedup -->"
"""The first line of a report in Markdown, by which its comment is found again, to be updated."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured of a cell in this run.

    Attributes:
        speedup: T_serial / T_parallel, with its interval within the run.
        ceiling: speedup of the pure kernel; None for one worker, whose ceiling is 1.
        bound: what the workload spends its time on.
        oversubscribed: whether a computing cell has more workers than effective CPUs.
        cold_start: seconds that the executor took to start.
        rounds: seconds of serial and of parallel code, by round.
        pace: how quickly its tasks run; None where nobody knows how many there are.
    """

    speedup: Estimate
    ceiling: Estimate | None
    bound: Bound
    oversubscribed: bool
    cold_start: float
    rounds: tuple[tuple[float, float], ...]
    pace: Pace | None = None


@dataclass(frozen=True, slots=True)
class CellReport:
    """One cell.

    Attributes:
        id: its id.
        cell: the cell; None where only its id is known, as of one that this run has not.
        measurement: what was measured; None where base and head took turns, or nothing was.
        saved: speedups of the saved runs that it is compared with, oldest first.
        history: all saved runs; None without any.
        verdict: what it was judged to be; None where nothing is judged.
        change: how it differs from the saved runs, where no loss is to fail; None where it is
            judged by them, or compared with none.
        stacks: where the time went, by when: before and now.
        poor: what it lacks, where it is far from what it could be; empty where it is not.
        touch: whether the change touches it; None where it was not compared with a base commit.
    """

    id: str
    cell: Cell | None
    measurement: Measurement | None = None
    saved: tuple[float, ...] = ()
    history: History | None = None
    verdict: Verdict | None = None
    change: SavedChange | None = None
    stacks: tuple[tuple[str, Stack], ...] = ()
    poor: str = ""
    touch: Touch | None = None

    @property
    def name(self) -> str:
        """Short name, such as ``primes[thread-2]``."""
        return short_name(self.id)

    @property
    def speedup(self) -> float | None:
        """T_serial / T_parallel now, if it is known."""
        if self.measurement is not None:
            return self.measurement.speedup.value
        return None if self.verdict is None else self.verdict.speedup

    @property
    def shown_change(self) -> Estimate | None:
        """Speedup now / before: of what it is judged by, or else of what it is shown beside."""
        if self.verdict is not None:
            return self.verdict.change
        return None if self.change is None else self.change.change

    @property
    def before(self) -> float | None:
        """The same of what it is compared with, if it is known."""
        if self.verdict is not None and self.verdict.before is not None:
            return self.verdict.before
        if self.change is not None and self.change.before is not None:
            return self.change.before
        return self.saved[-1] if self.saved else None


Span = tuple[int, int]
"""The fewest and the most of some numbers of workers, between which no cell is left out."""


@dataclass(frozen=True, slots=True)
class CleanGroup:
    """Cells that passed, of which there is nothing to be said beyond what is said of all of them.

    Attributes:
        title: the workload, or the file of several; empty for those of several files.
        workloads: how many workloads they belong to.
        cells: their ids.
        spans: by executor, the numbers of workers of cells of one workload; empty for several.
        margins: the smallest and the largest loss of speedup that is accepted.
        ruled_out: a loss, as a fraction, that each of them rules out.
        watches: whether there is a speedup that they could lose.
    """

    title: str
    workloads: int
    cells: tuple[str, ...]
    spans: tuple[tuple[str, tuple[Span, ...]], ...]
    margins: tuple[float, float]
    ruled_out: float
    watches: bool = True


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run.

    Attributes:
        created: when, in UTC and ISO 8601.
        version: that of the plugin.
        commit: of the code, in full; None outside a repository.
        against: the commit that it was compared with side by side, as the user named it.
        machine: where it ran.
        size: the size of the workloads.
        gated: whether cells were compared with anything.
        complaints: why the gate is not green although no cell is red.
        cells: what came of each.
        standing: what they came to together.
        baseline: which saved runs it was compared with, in words; empty where with none.
        base_commit: the commit that ``against`` names, in full; None where there is none.
        exit_code: of the run; None where it is not known yet.
        proof: what base and head are known to have run; None where they were not compared.
        moved: what the change moves of the rules that it is judged by, a line each.
        groups: cells that are shown together, as nobody would read a line of each; where there
            are few cells, none.
        notes: what else is to be said of it, likewise.
        spent: seconds inside the turns of each workload, by its name.
        shard: which part of its suite it judges; None where that is all of it.
    """

    created: str
    version: str
    commit: str | None
    against: str | None
    machine: Machine
    size: str
    gated: bool
    complaints: tuple[str, ...]
    cells: tuple[CellReport, ...]
    standing: Standing
    baseline: str = ""
    base_commit: str | None = None
    exit_code: int | None = None
    proof: ProvedRun | None = None
    moved: tuple[str, ...] = ()
    groups: tuple[CleanGroup, ...] = ()
    notes: tuple[str, ...] = ()
    spent: tuple[tuple[str, float], ...] = ()
    shard: Shard | None = None

    @property
    def alone(self) -> tuple[CellReport, ...]:
        """The cells that are not shown together with others."""
        grouped = {cell for one in self.groups for cell in one.cells}
        return tuple(cell for cell in self.cells if cell.id not in grouped)
