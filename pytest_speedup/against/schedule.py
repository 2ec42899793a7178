"""What is measured when, for how long and in how many rounds: time goes where it decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from typing import TYPE_CHECKING

from pytest_speedup.against.block import PAIRED, SERIAL_TURN
from pytest_speedup.gate import deviation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pytest_speedup.against.block import Block
    from pytest_speedup.against.cells import Compared
    from pytest_speedup.gate import Spread
    from pytest_speedup.model import Round


MAX_ROUNDS = 5_000
"""Rounds of a block: turns of microseconds would take many more to fill its seconds."""

MAX_STRIDE = 4
MAX_SERIAL_STRIDE = 2
"""Serial code stands for all cells: without it none is known to have lost speedup."""


@dataclass(frozen=True, slots=True)
class Group:
    """Turns that take part in the same rounds.

    Attributes:
        turns: their names.
        stride: they take part in every round, or in every second, third or fourth one.
    """

    turns: tuple[str, ...]
    stride: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What a block measured of a workload.

    Attributes:
        rounds: those of all groups.
        times: how often the first of them took part.
    """

    rounds: Sequence[Round]
    times: int

    @property
    def seconds(self) -> float:
        """What they took together."""
        return sum(one.total for one in self.rounds)


def share_rounds(cells: Sequence[Compared], spreads: Mapping[str, Spread]) -> list[Group]:
    """Group serial code and the open cells of a workload by how much their rounds vary.

    The error of a mean falls with the root of the rounds, so that what varies half as much is as
    well known after a quarter of them. Before anything is known all take part in every round.

    Args:
        cells: those that are measured.
        spreads: how rounds vary, by the id of the cell.
    """
    deviations: dict[str, float | None] = {}
    for one in cells:
        deviations[one.turn] = deviations[SERIAL_TURN] = None
        if one.blocks:
            parallel, serial = one.parallel_shifts, [block.serial for block in one.blocks]
            deviations[one.turn] = deviation_of(parallel, spreads[one.id].parallel)
            deviations[SERIAL_TURN] = deviation_of(serial, spreads[one.id].serial)
    widest = max((each for each in deviations.values() if each), default=0.0)
    by_stride: dict[int, list[str]] = {}
    for turn, deviation in deviations.items():
        stride = round((widest / deviation) ** 2) if deviation else 1
        longest = MAX_SERIAL_STRIDE if turn == SERIAL_TURN else MAX_STRIDE
        by_stride.setdefault(min(stride, longest), []).append(turn)
    return [Group(tuple(turns), stride) for stride, turns in sorted(by_stride.items())]


def measure(
    block: Block,
    groups: Sequence[Group],
    turnout: Turnout,
    between: Callable[[], None] = lambda: None,
) -> Taken:
    """Measure a block's rounds of the open workload.

    Args:
        block: the processes.
        groups: serial code and the cells.
        turnout: how long they are to take, and how many there are at least.
        between: called after each round.
    """
    rounds: list[Round] = []
    times, left = 0, turnout.seconds
    sources = [(block.rounds(group.turns), group.stride) for group in groups]
    for times in count(1):
        for source, stride in sources:
            if times <= turnout.rounds or (times - 1) % stride == 0:
                rounds.append(next(source))
                left -= rounds[-1].total
        between()
        if times >= turnout.rounds and (left <= 0 or times >= MAX_ROUNDS):
            break
    return Taken(rounds, times)


def both(one: Callable[[], None], other: Callable[[], None]) -> Callable[[], None]:
    """Call one, and then the other."""

    def call() -> None:
        one()
        other()

    return call


BLOCK_SECONDS = 0.6
"""Seconds of rounds for each computing cell in the first two blocks, at the usual margin.

This and the growth were chosen on the even runs of the recording: ``simulate sizes --half even``.
"""

GROWTH = 1.7
"""Times as long is each block after these as the one before: what is still open varies much."""

MAX_SHARE = 2
"""Times as long may a cell be measured where others are decided and leave it theirs."""

QUICK_WAITS = 2
"""Rounds of a waiting workload in the first block: it is repeatable to about 1 %."""

FULL_WAITS = 4
"""Likewise in each block after it."""

MIN_ROUNDS = 3
MIN_LONG_ROUNDS = 2
LONG_ROUND = 5.0
"""Seconds from which two rounds of a computing workload will do: each is an average by itself."""

FIRST_SECONDS = 30.0
"""Seconds that the first block may take in any case: without it nothing is known of a cell."""

FIRST_SHARE = 0.85
"""Share of the budget that the first block may take, rounds beyond the fewest included."""

LEAST_BLOCKS = 2
"""Blocks that a workload must have time for; else it is too long from the start."""

BEYOND = 1.5
"""Share of the budget that may be spent in all where a loss that shows is being confirmed."""

USUAL_MARGIN = 0.04
"""The margin for which these seconds were chosen."""

MIN_MARGIN = 0.001
MIN_PRECISION, MAX_PRECISION = 0.25, 4.0
"""Of the usual seconds, whatever the margin."""


USUAL_SECONDS, FIXED_SECONDS, CELL_SECONDS = 300.0, 60.0, 1.0
"""Seconds of a comparison where nobody says how long: so many at least, and more for many cells."""

EXPECTED_FIXED, EXPECTED_CELL = 10.0, 2.2
"""Seconds that a comparison takes in which nothing changed, as measured on two CPUs."""


def usual_seconds(cells: int, margin: float) -> float:
    """Find how long a comparison may take where nobody says.

    Args:
        cells: how many it has.
        margin: loss of speedup that is accepted, as a fraction.
    """
    seconds = max(USUAL_SECONDS, FIXED_SECONDS + cells * CELL_SECONDS)
    return seconds * max(1.0, _precision(margin))


def expected_seconds(cells: int, margin: float, budget: float) -> float:
    """Find how long a comparison is likely to take in which nothing changed.

    Args:
        cells: how many it has.
        margin: loss of speedup that is accepted, as a fraction.
        budget: seconds that it may take.
    """
    return min(budget, EXPECTED_FIXED + cells * EXPECTED_CELL * max(1.0, _precision(margin)))


class Urgency(IntEnum):
    """What goes first."""

    LEANS_RED = 0
    TOUCHED = 1
    UNKNOWN = 2
    UNTOUCHED = 3


@dataclass(frozen=True, slots=True)
class Open:
    """A workload that has open cells.

    Attributes:
        workload: its name.
        urgency: that of its most urgent cell.
        computing: whether it computes.
        cells: how many of its cells are open.
        missing: blocks that those which lean red lack to be so.
        margin: the narrowest of these cells.
        sureness: by how many standard errors its surest loss shows.
    """

    workload: str
    urgency: Urgency
    computing: bool
    cells: int
    missing: int
    margin: float
    sureness: float = 0.0

    @property
    def leans_red(self) -> bool:
        """Whether one of its cells does."""
        return self.urgency is Urgency.LEANS_RED


@dataclass(frozen=True, slots=True)
class Turnout:
    """What a workload gets of a block.

    Attributes:
        workload: its name.
        seconds: of rounds, at least; 0 for a waiting one.
        rounds: how many, at least.
        confirming: whether only cells that lean red take part, as the budget is over.
    """

    workload: str
    seconds: float
    rounds: int
    confirming: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """What a block of a workload takes.

    Attributes:
        fixed: seconds beside its rounds: opening, warming up, recording.
        a_round: seconds of a round.
        cells: how many cells took part.
    """

    fixed: float
    a_round: float
    cells: int

    def of(self, cells: int) -> Cost:
        """What it takes of some of its cells; serial code has part in it as one of them."""
        share = (1 + cells) / (1 + self.cells)
        return Cost(self.fixed * share, self.a_round * share, cells)

    @property
    def fewest(self) -> int:
        """Rounds that say something."""
        return MIN_LONG_ROUNDS if self.a_round >= LONG_ROUND else MIN_ROUNDS

    @property
    def in_rounds(self) -> float:
        """Seconds of these rounds."""
        return self.fewest * self.a_round

    @property
    def least(self) -> float:
        """Seconds that a block takes at least."""
        return self.fixed + self.in_rounds


@dataclass(slots=True)
class Schedule:
    """The time of a comparison.

    Attributes:
        seconds: for all of it; the block that confirms a loss may go half as long again beyond.
        start: seconds that the last block took beside its workloads.
        costs: what a block of each workload took.
        rounds: seconds of rounds that the workload took which is measured now.
        further_blocks: how many blocks after the first were planned.
    """

    seconds: float
    start: float = 0.0
    costs: dict[str, Cost] = field(default_factory=dict)
    rounds: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    further_blocks: int = 0

    def took(self, workload: str, taken: Taken, cells: int) -> None:
        """Note how long the rounds of a workload took, whose block has not ended yet."""
        self.rounds[workload] = (taken.seconds, taken.seconds / taken.times, cells)

    def note(self, workload: str, seconds: float) -> None:
        """Note how long a block of a workload took in all, unless none of it was measured."""
        if workload in self.rounds:
            measured, a_round, cells = self.rounds.pop(workload)
            self.costs[workload] = Cost(max(0.0, seconds - measured), a_round, cells)

    def first(self, one: Open, cost: Cost, spent: float, left: int) -> Turnout | None:
        """Choose what a workload gets of the first block; None where it is too long.

        Args:
            one: the workload, which stands ready.
            cost: what its opening took, and what a round is expected to take.
            spent: seconds of the comparison so far.
            left: workloads that come after it.
        """
        limit = max(self.seconds, FIRST_SECONDS)
        if self.needed(cost) > limit or spent + cost.in_rounds > limit:
            return None
        if not one.computing:
            return Turnout(one.workload, 0.0, QUICK_WAITS)
        still = FIRST_SHARE * self.seconds - spent - left * self._usual_fixed
        wanted = BLOCK_SECONDS * one.cells * _precision(one.margin)
        return Turnout(one.workload, max(0.0, min(wanted, still / (left + 1))), cost.fewest)

    @property
    def longest_turns(self) -> float:
        """Seconds that the turns of a workload may take together, so that two blocks fit."""
        limit = max(self.seconds, FIRST_SECONDS)
        return limit / (LEAST_BLOCKS * MIN_LONG_ROUNDS * PAIRED)

    def has_time(self, spent: float) -> bool:
        """Tell whether the first block may open another workload."""
        return spent + self._usual_fixed < max(self.seconds, FIRST_SECONDS)

    def further(self, candidates: Iterable[Open], decided: float, spent: float) -> list[Turnout]:
        """Choose who gets how much of the next block; nobody where the time is over.

        Args:
            candidates: workloads that have open cells.
            decided: cells of computing workloads for each of them that is open.
            spent: seconds of the comparison so far.
        """
        self.further_blocks += 1
        ordered = sorted(candidates, key=lambda one: (one.urgency, -one.sureness))
        lost = self._sure_in_time([one for one in ordered if one.leans_red], spent)
        clean = [one for one in ordered if not one.leans_red]
        at = spent + self.start
        chosen = []
        for one in lost:
            turnout = self._fitting(one, decided, self._within(one, at)) or self._confirming(one)
            chosen.append(turnout)
            at += self._seconds_of(one, turnout)
        left = self.seconds - self._reserved(lost)
        for one in clean:
            fitting = self._fitting(one, decided, left - at)
            if fitting is not None:
                chosen.append(fitting)
                at += self._seconds_of(one, fitting)
        return chosen

    def needed(self, cost: Cost) -> float:
        """Tell how long a comparison of a workload takes at least."""
        return LEAST_BLOCKS * cost.least

    @property
    def _usual_fixed(self) -> float:
        costs = [cost.fixed for cost in self.costs.values()]
        return sum(costs) / len(costs) if costs else 0.0

    def _sure_in_time(self, lost: Sequence[Open], spent: float) -> list[Open]:
        """Choose the losses that can be confirmed in the time, surest first.

        Where all of a large suite got slower, a few that are sure say more than many that are not.
        """
        limit = BEYOND * self.seconds
        chosen: list[Open] = []
        for one in lost:
            blocks = max(1, one.missing)
            needed = blocks * (self._cost_of(one).least + self.start * (not chosen))
            if spent + needed <= limit:
                chosen.append(one)
                spent += needed
        return chosen

    def _within(self, one: Open, at: float) -> float:
        """The seconds of the budget that a loss may take of this block."""
        return (self.seconds - at) / max(1, one.missing)

    def _reserved(self, lost: Sequence[Open]) -> float:
        """Keep the time that losses take to be sure of, beyond this block."""
        missing = [one for one in lost if one.missing > 1]
        if not missing:
            return 0.0
        blocks = max(one.missing for one in missing) - 1
        return blocks * (self.start + sum(self._cost_of(one).least for one in missing))

    def _fitting(self, one: Open, decided: float, left: float) -> Turnout | None:
        """Find what fits of what it should get; None where that is less than the fewest rounds."""
        cost = self._cost_of(one)
        if not one.computing:
            fitting = (left - cost.fixed) / cost.a_round if cost.a_round else FULL_WAITS
            rounds = int(min(FULL_WAITS, fitting))
            return Turnout(one.workload, 0.0, rounds) if rounds >= 1 and left > cost.fixed else None
        if cost.least > left:
            return None
        usual = BLOCK_SECONDS * GROWTH ** (self.further_blocks - 1)
        wanted = usual * one.cells * min(MAX_SHARE, decided) * _precision(one.margin)
        return Turnout(one.workload, min(wanted, left - cost.fixed), cost.fewest)

    def _confirming(self, one: Open) -> Turnout:
        """Measure those alone that lean red, as shortly as can be."""
        return Turnout(one.workload, 0.0, self._cost_of(one).fewest, confirming=True)

    def _seconds_of(self, one: Open, turnout: Turnout) -> float:
        cost = self._cost_of(one)
        return cost.fixed + max(turnout.seconds, turnout.rounds * cost.a_round)

    def _cost_of(self, one: Open) -> Cost:
        """What a block of its open cells takes; a guess where none of it was measured yet."""
        known = self.costs.get(one.workload)
        return Cost(self._usual_fixed, 0.0, one.cells) if known is None else known.of(one.cells)


def _precision(margin: float) -> float:
    """Times as long as usual: half the margin takes twice the time, within bounds."""
    return min(MAX_PRECISION, max(MIN_PRECISION, USUAL_MARGIN / max(margin, MIN_MARGIN)))
