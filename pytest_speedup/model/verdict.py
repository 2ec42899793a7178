"""What a comparison can come to: outcomes of cells, and where the whole run stands.

What is judged, counted, worded, coloured and allowed reads these values and no names.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytest_speedup.losses.explanation import Explanation


@dataclass(frozen=True, slots=True)
class Estimate:
    """A quantity estimated from samples.

    Attributes:
        value: the point estimate.
        low: lower end of the interval.
        high: upper end of the interval.
        confidence: the share of intervals made this way that hold the true value. It is
            the confidence reached, which few samples keep below the one asked for.
    """

    value: float
    low: float
    high: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Floors:
    """What a cell must reach; None where nothing is demanded.

    Attributes:
        at_least: a speedup.
        at_least_of_ceiling: a share of the measured ceiling.
        peak: tasks that are at work at once in one of its recorded runs.
        tasks_per_second: tasks that it runs in a second.
        p50: seconds within which half of its tasks are done, each from its begin on.
        p95: seconds within which 95 % of them are.
    """

    at_least: float | None = None
    at_least_of_ceiling: float | None = None
    peak: int | None = None
    tasks_per_second: float | None = None
    p50: float | None = None
    p95: float | None = None

    @property
    def count(self) -> int:
        """How many of them are judged by time, and have a part of the error rate."""
        speedups = (self.at_least, self.at_least_of_ceiling)
        return sum(one is not None for one in (*speedups, *self._of_tasks))

    @property
    def of_tasks(self) -> bool:
        """Whether anything is demanded of how quickly its tasks run."""
        return any(one is not None for one in self._of_tasks)

    @property
    def _of_tasks(self) -> tuple[float | None, ...]:
        return self.tasks_per_second, self.p50, self.p95

    @property
    def asked(self) -> bool:
        """Whether anything is demanded."""
        return self.count > 0 or self.peak is not None


NO_FLOORS = Floors()
"""What a test demands that says nothing."""


@dataclass(frozen=True, slots=True)
class CellRules:
    """What the test of a cell says of how it is judged.

    Attributes:
        margin: the loss that is accepted; None where it says nothing.
        floors: what the cell must reach.
    """

    margin: float | None = None
    floors: Floors = NO_FLOORS


NO_RULES = CellRules()
"""Of a test that says nothing."""


class State(enum.Enum):
    """What is known of a cell."""

    DECIDED = "what became of it"
    OPEN = "too little: more rounds, or counters, may decide it"
    UNJUDGED = "nothing, although it was to be judged"
    UNASKED = "nothing, and nobody was to judge it"


class Fails(enum.Enum):
    """When an outcome keeps a run from being green."""

    ALWAYS = "unless it is a loss that was acknowledged"
    UNLESS_ALLOWED = "unless --speedup-allow names it"
    IF_STRICT = "with --speedup-strict"
    IF_ALONE = "where all cells that were judged came to it, and saved runs are compared with"
    NEVER = "never"


class Outcome(enum.Enum):
    """The outcome of one cell: its word in reports, and what follows from it.

    Attributes:
        state: what is known of the cell.
        fails: when it keeps a run from being green.
        gravity: of two outcomes of a cell the one with more counts, and is named first.
        todo: what to do about it where it fails a run; empty where its cell says that.
    """

    PASSED = "passed", State.DECIDED, Fails.NEVER, 10
    REGRESSED = "regressed", State.DECIDED, Fails.ALWAYS, 110
    IMPROVED = "improved", State.DECIDED, Fails.NEVER, 20
    SERIAL_IMPROVED = "serial improved", State.DECIDED, Fails.NEVER, 30
    UNCONFIRMED = (
        "unconfirmed",
        State.OPEN,
        Fails.ALWAYS,
        100,
        "a loss was not confirmed: give more time with --speedup-budget, or compare more runs",
    )
    INCONCLUSIVE = (
        "inconclusive",
        State.OPEN,
        Fails.IF_STRICT,
        60,
        "give it more time with --speedup-budget, or a wider margin",
    )
    NEW = (
        "new",
        State.UNASKED,
        Fails.IF_ALONE,
        50,
        "save a baseline with --benchmark-autosave, to compare with",
    )
    MISSING = (
        "missing",
        State.UNJUDGED,
        Fails.UNLESS_ALLOWED,
        80,
        "bring back what is missing, acknowledge it, or --speedup-allow=missing",
    )
    INCOMPARABLE = (
        "incomparable",
        State.UNJUDGED,
        Fails.UNLESS_ALLOWED,
        70,
        "make it comparable as said above, or --speedup-allow=incomparable",
    )
    DEPENDENCIES = (
        "dependencies",
        State.UNJUDGED,
        Fails.ALWAYS,
        90,
        "give the base what it depends on: --speedup-base-env=PATH, or an index",
    )
    ENVIRONMENT = (
        "environment",
        State.UNJUDGED,
        Fails.UNLESS_ALLOWED,
        75,
        "begin a baseline here with --speedup-reset, or --speedup-allow=environment",
    )
    UNWATCHED = (
        "unwatched",
        State.UNJUDGED,
        Fails.UNLESS_ALLOWED,
        65,
        "give it time, have it speed up, acknowledge it, or --speedup-allow=unwatched",
    )
    TOO_SHORT = "too short", State.UNASKED, Fails.NEVER, 55
    SKIPPED = "skipped", State.UNASKED, Fails.NEVER, 40
    BROKEN = "broken", State.UNJUDGED, Fails.ALWAYS, 120

    _value_: str
    state: State
    fails: Fails
    gravity: int
    todo: str

    def __new__(cls, word: str, state: State, fails: Fails, gravity: int, todo: str = "") -> Self:
        """Make one whose value is its word."""
        self = object.__new__(cls)
        self._value_ = word
        self.state, self.fails, self.gravity, self.todo = state, fails, gravity, todo
        return self

    @property
    def is_decided(self) -> bool:
        """Whether it is known what became of the cell."""
        return self.state is State.DECIDED

    @property
    def is_open(self) -> bool:
        """Whether more could decide the cell."""
        return self.state is State.OPEN

    @property
    def is_judged(self) -> bool:
        """Whether the cell was to be judged, whether or not it could be."""
        return self.state is not State.UNASKED

    @property
    def is_loss(self) -> bool:
        """Whether the cell lost, be that sure or not."""
        return self in (Outcome.REGRESSED, Outcome.UNCONFIRMED)

    @property
    def is_good(self) -> bool:
        """Whether the cell surely did not lose."""
        return self.is_decided and not self.is_loss

    @property
    def was_compared(self) -> bool:
        """Whether the cell was compared, and is not known to have lost."""
        return self.is_good or (self.is_open and not self.is_loss)


GRAVEST_FIRST = tuple(sorted(Outcome, key=lambda one: -one.gravity))
"""All of them, in the order in which they count."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a comparison with a base commit does next.

    Attributes:
        block: the number of the block, from 1.
        most: blocks that there are at most.
        workload: the workload that is measured.
        decided: cells of which it is known what became of them.
        cells: cells that there are, those included that cannot be compared.
        seconds_left: of the budget; negative where a loss is still being confirmed.
    """

    block: int
    most: int
    workload: str
    decided: int
    cells: int
    seconds_left: float


@dataclass(frozen=True, slots=True)
class CounterChange:
    """A counter that differs between base and head in every block.

    Attributes:
        name: what is counted, in words.
        base: the median of the base.
        head: the median of the head.
        worse: whether it says that less runs in parallel, or that parallel running costs more.
    """

    name: str
    base: float
    head: float
    worse: bool


SLOWER = 0.1
"""Rise of time, as a fraction, that is told where no margin says what matters."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one cell, and what it rests on.

    Attributes:
        cell: the id of the cell.
        outcome: what the comparison came to.
        change: speedup now / speedup in the baseline, with the interval that decided; None
            where nothing could be compared.
        detectable: the smallest loss, as a fraction, that would have been seen nine times out
            of ten; None where nothing could be compared.
        ruled_out: the smallest loss, as a fraction, that a cell which is decided and did not lose
            rules out; None of any other.
        ruled_out_of_all: likewise, and as sure of all cells of the suite together.
        watches: whether there is a speedup that it could lose; False where the machine, or the
            base's code, has none to speak of.
        more_would_help: whether more blocks of rounds could decide a cell that is not decided.
        reason: what happened, and what to do where something can be done.
        speedup: T_serial / T_parallel now; None where it was not measured.
        before: the same of the base, or the mean of the saved runs that it was compared with.
        margin: loss of speedup that is accepted, as a fraction; None where none was asked for.
        parallel_change: parallel time now / before, from the same rounds; None where unknown.
        serial_change: the same of serial time.
        counters: what a run does differently, by count.
        explanation: where the change of speedup came from; None where nothing was recorded.
        acknowledged: the reason given in the file of acknowledged losses; None without one.
    """

    cell: str
    outcome: Outcome
    change: Estimate | None = None
    detectable: float | None = None
    ruled_out: float | None = None
    ruled_out_of_all: float | None = None
    watches: bool = True
    more_would_help: bool = False
    reason: str = ""
    speedup: float | None = None
    before: float | None = None
    margin: float | None = None
    parallel_change: float | None = None
    serial_change: float | None = None
    counters: tuple[CounterChange, ...] = ()
    explanation: Explanation | None = None
    acknowledged: str | None = None

    @property
    def is_slower_alike(self) -> bool:
        """Whether serial and parallel code both became slower: the speedup is as it was."""
        if self.parallel_change is None or self.serial_change is None:
            return False
        limit = 1 + (SLOWER if self.margin is None else self.margin)
        return min(self.parallel_change, self.serial_change) > limit

    @property
    def is_beside_neighbours(self) -> bool:
        """Whether other processes are known to have taken the cores from the cell."""
        if self.explanation is None or self.explanation.named is None:
            return False
        named = self.explanation.named
        return named.loss.kind.by_neighbours and named.seconds > 0

    @property
    def is_plain(self) -> bool:
        """Whether the cell just passed, and there is nothing else to say of it."""
        return self.is_quiet and self.watches

    @property
    def is_quiet(self) -> bool:
        """Whether it just passed, be there a speedup to lose or not."""
        if self.outcome is not Outcome.PASSED or self.acknowledged is not None:
            return False
        return self.watches and not (
            self.counters or self.is_beside_neighbours or self.is_slower_alike
        )

    @property
    def is_red(self) -> bool:
        """Whether the cell fails the gate: it regressed, and nobody accepted that."""
        return self.outcome is Outcome.REGRESSED and self.acknowledged is None


@dataclass(frozen=True, slots=True)
class SavedChange:
    """How a cell differs from the saved runs that it is compared with, where no loss is to fail.

    Attributes:
        cell: the id of the cell.
        speedup: T_serial / T_parallel now; None where it was not measured.
        before: the mean of the saved runs; None where none is comparable.
        change: speedup now / before, with the interval that both runs and blocks leave; None where
            nothing could be compared.
        outcome: why nothing could, as NEW, MISSING or INCOMPARABLE; None where it could.
        reason: the same in words; empty where it could.
    """

    cell: str
    speedup: float | None = None
    before: float | None = None
    change: Estimate | None = None
    outcome: Outcome | None = None
    reason: str = ""


class Kind(enum.Enum):
    """Where a run stands, with its wording in reports."""

    MEASURED = "MEASURED"
    GREEN = "GREEN"
    NEW = "NEW"
    UNDECIDED = "UNDECIDED"
    NOT_GREEN = "NOT GREEN"
    RED = "RED"
    BROKEN = "BROKEN"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the cells of a run came to together.

    Attributes:
        kind: where the run stands.
        counts: how many cells came to what, for each outcome that occurred.
        judged: cells that were to be judged: all but new and skipped ones.
        decided: cells of these about which the run is sure.
        acknowledged: cells that regressed and whose loss the project accepted.
        failing: verdicts that keep the run from being green, the gravest first.
        margins: the margins of the judged cells, each once, from the smallest.
        would_show: the smallest and the largest, over the cells that are not known to have lost,
            of the losses that would have shown; None where that is not known of each.
        ruled_out: a loss, as a fraction, that no cell which is decided and did not lose has lost,
            as sure of all of them together as the suite is; None where it is not known of each.
    """

    kind: Kind
    counts: tuple[tuple[Outcome, int], ...] = ()
    judged: int = 0
    decided: int = 0
    acknowledged: int = 0
    failing: tuple[Verdict, ...] = ()
    margins: tuple[float, ...] = ()
    would_show: tuple[float, float] | None = None
    ruled_out: float | None = None

    @property
    def is_green(self) -> bool:
        """Whether nothing keeps the run from passing the gate."""
        return self.kind in (Kind.MEASURED, Kind.GREEN, Kind.NEW)

    def count(self, outcome: Outcome) -> int:
        """How many cells came to that outcome."""
        return dict(self.counts).get(outcome, 0)
