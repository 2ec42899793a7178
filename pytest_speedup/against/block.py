"""One block: fresh processes of base and head, and the rounds that they take turns in."""

from __future__ import annotations

import math
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Protocol, TypeVar

from pytest_speedup.against.arguments import compare, judge_arguments, read_description
from pytest_speedup.against.proof import OutsideError
from pytest_speedup.against.protocol import (
    Close,
    Closed,
    Describe,
    Described,
    Open,
    Opened,
    Prove,
    Proved,
    Record,
    Recorded,
    Run,
    Took,
)
from pytest_speedup.against.side import SideError, SideFailedError, SideGoneError, running
from pytest_speedup.errors import UnsuitableError
from pytest_speedup.measurement import balanced_orders, mirrored_orders, now, rounds
from pytest_speedup.model import BASE, BASE_AGAIN, HEAD, Round, arm_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from pytest_speedup.against.arguments import ArgumentsJudged
    from pytest_speedup.against.proof import Proof
    from pytest_speedup.against.side import Code, Side
    from pytest_speedup.losses.trace import Trace
    from pytest_speedup.measurement import Order
    from pytest_speedup.model import Bound

T = TypeVar("T")

SERIAL_TURN = "serial-1"

RIVALS = (BASE, HEAD)
BASES = (BASE, BASE_AGAIN)

PAIRED = 4
"""Turns of a pair in a row: A B B A."""

WARMING = 2
"""Turns before those of controls, which do not count: one of each arm."""

MIN_PATIENCE, PATIENCE_RATIO = 60.0, 20.0
"""Head may take so many seconds, and so many times as long as the base took."""


class WorkloadError(SideError):
    """The test of a workload did not do what it was asked, on one side or on both.

    Attributes:
        failures: what each side that failed said.
    """

    def __init__(self, failures: Mapping[str, SideFailedError]) -> None:
        """Show what was said first."""
        super().__init__(str(next(iter(failures.values()))))
        self.failures = failures


@dataclass(frozen=True, slots=True)
class Ready:
    """A workload that base and head stand ready to run.

    Attributes:
        bound: what the workload spends its time on.
        arguments: whether both run it with the same arguments, and what differs.
        unsuitable: why it does not run in some cells, by side and turn.
        round_seconds: how long a round of it will take, as far as its first runs tell.
        own_work: whether it handed no task to its executor on a side, but runs work of its own.
    """

    bound: Bound
    arguments: ArgumentsJudged
    unsuitable: Mapping[str, Mapping[str, str]]
    round_seconds: float
    own_work: bool = False


@dataclass(slots=True)
class Patience:
    """How long an answer may take before it is taken for a deadlock.

    Attributes:
        seconds: at most, whatever is asked.
        of_base: seconds that the base took for what was asked last.
    """

    seconds: float
    of_base: dict[str, float] = field(default_factory=dict)

    def hear(self, side: Side, kind: type[T], what: str) -> T:
        """Wait for an answer of a side, of head no longer than the base allows."""
        start = now()
        try:
            answer = side.hear(kind, self._limit(side.name, what))
        except SideGoneError as error:
            error.args = (f"{what}: {error}",)
            raise
        if side.name == BASE:
            self.of_base[what] = now() - start
        return answer

    def _limit(self, side: str, what: str) -> float:
        if side != HEAD or what not in self.of_base:
            return self.seconds
        return min(self.seconds, max(MIN_PATIENCE, PATIENCE_RATIO * self.of_base[what]))


@dataclass(frozen=True, slots=True)
class Block:
    """Base and head, both running, and a second process of the base once it is needed.

    Attributes:
        sides: those that run, by name.
        patience: how long they may take.
        start_base_again: starts the base once more, which most blocks do without.
        questions: what sides ask of code whose number of workers made no difference, by side and
            turn of the workload that was recorded last.
    """

    sides: dict[str, Side]
    patience: Patience
    start_base_again: Callable[[], Side]
    questions: dict[tuple[str, str], str] = field(default_factory=dict)

    def describe(self, request: Describe) -> dict[str, Described]:
        """Ask base and head for their cells, both at once."""
        return self._ask_both(request, Described, "collecting the tests")

    def prove(self, proofs: Mapping[str, Proof]) -> Sequence[str]:
        """Have all sides tell what they loaded since, and hold it against their own code.

        Returns:
            The names of all sides that run.

        Raises:
            OutsideError: a side loaded something else, or cannot tell.
            SideGoneError: one of them ended, or did not answer in time.
        """
        for side in self.sides.values():
            side.tell(Prove())
        for name, side in self.sides.items():
            try:
                proofs[name].take(self.patience.hear(side, Proved, "telling what it loaded"))
            except SideFailedError as error:  # noqa: PERF203 - few
                raise OutsideError(str(error)) from error
        return tuple(self.sides)

    @contextmanager
    def opened(
        self,
        cells: Sequence[str],
        turns: Sequence[str],
        following: str | None,
        longest: float = math.inf,
    ) -> Iterator[Ready]:
        """Have base and head open a workload, and run each turn once.

        Args:
            cells: node ids of the cells that will take turns.
            turns: what is run once before anything is timed.
            following: node id of a cell that is opened next.
            longest: seconds of all turns beyond which there is no time for the workload: no more
                of them are run then, and a round is said to take what those take that were.

        Raises:
            WorkloadError: its test failed on one of them, before, meanwhile or afterwards.
            SideGoneError: one of them ended, or did not answer in time.
        """
        with self._open(RIVALS, Open(tuple(cells), following)) as answers:
            unsuitable, seconds = self._warm_up(RIVALS, turns, longest)
            arguments = self._judge_arguments(cells, answers)
            own_work = any(one.own_work for one in answers.values())
            yield Ready(answers[BASE].bound, arguments, unsuitable, PAIRED * seconds, own_work)

    @contextmanager
    def controlled(
        self, cells: Sequence[str], turns: Sequence[str], controls: Sequence[str]
    ) -> Iterator[None]:
        """Have the base's second process open what the first has, and warm up the controls.

        It runs the same turns once as the base did, since workers that have done nothing yet
        run a kernel a few percent faster.
        """
        self._need_base_again()
        with self._open((BASE_AGAIN,), Open(tuple(cells), None)):
            self._warm_up((BASE_AGAIN,), turns)
            for control in controls:
                for side in BASES:
                    self._turn(side, control)
            yield

    @contextmanager
    def alone(
        self, cells: Sequence[str], turns: Sequence[str]
    ) -> Iterator[tuple[Bound, Mapping[str, str]]]:
        """Have head alone open a workload, and run each turn once.

        Args:
            cells: node ids of the cells that will take turns.
            turns: what is run once before anything is timed.

        Yields:
            What the workload spends its time on, and why it does not run in some turns.

        Raises:
            WorkloadError: its test failed, before, meanwhile or afterwards.
            SideGoneError: head ended, or did not answer in time.
        """
        with self._open((HEAD,), Open(tuple(cells), None)) as answers:
            unsuitable, _ = self._warm_up((HEAD,), turns)
            yield answers[HEAD].bound, unsuitable[HEAD]

    def rounds_of(self, side: str, turns: Sequence[str]) -> Iterator[Round]:
        """Measure rounds of what one side has open, in balanced order."""
        arms: dict[str, Callable[[], float]] = {
            arm_of(side, turn): partial(self._turn, side, turn) for turn in turns
        }
        return rounds(arms, balanced_orders(tuple(arms), Random()))

    def _judge_arguments(
        self, cells: Sequence[str], answers: Mapping[str, Opened]
    ) -> ArgumentsJudged:
        """Compare the arguments of base and head; where they differ, those of the base again."""
        base, head = (read_description(answers[name].arguments) for name in RIVALS)
        if compare(base, head).same:
            return judge_arguments(base, None, head)
        self._need_base_again()
        with self._open((BASE_AGAIN,), Open(tuple(cells), None)) as of_again:
            again = read_description(of_again[BASE_AGAIN].arguments)
        return judge_arguments(base, again, head)

    def _need_base_again(self) -> None:
        if BASE_AGAIN not in self.sides:
            self.sides[BASE_AGAIN] = self.start_base_again()

    def rounds(self, turns: Sequence[str]) -> Iterator[Round]:
        """Measure rounds of what is open: each turn on base and head, never two at once."""
        arms, pairs = self._arms(turns, RIVALS)
        return rounds(arms, mirrored_orders(pairs, Random()))

    def controls(self, turns: Sequence[str]) -> Iterator[Round]:
        """Measure rounds of what both processes of the base have open, in the same way.

        Between two rounds the second one idles while the first runs its cells. So that this
        makes no difference, each runs a turn before those that count.
        """
        arms, pairs = self._arms(turns, BASES)
        warmed = map(warmed_up, mirrored_orders(pairs, Random()))
        return map(without_warm_up, rounds(arms, warmed))

    def record(self, turns: Sequence[str]) -> dict[str, dict[str, Trace]]:
        """Run each turn once on base and head, one after another, recorded task by task.

        Returns:
            Traces by side and turn.
        """
        traces: dict[str, dict[str, Trace]] = {name: {} for name in RIVALS}
        self.questions.clear()
        for turn in turns:
            for name in Random().sample(RIVALS, k=len(RIVALS)):
                traces[name][turn] = self._record(name, turn)
        return traces

    def recorded(self, turn: str) -> Trace:
        """Run a turn once on head alone, recorded task by task."""
        return self._record(HEAD, turn)

    def _record(self, side: str, turn: str) -> Trace:
        self.sides[side].tell(Record(turn))
        recorded = self._hear(side, Recorded, f"{turn}, recorded")
        if recorded.question:
            self.questions[side, turn] = recorded.question
        return recorded.trace

    def _arms(
        self, turns: Sequence[str], sides: tuple[str, str]
    ) -> tuple[dict[str, Callable[[], float]], list[tuple[str, str]]]:
        """Make the arms of two sides, and pair those that run the same turn."""
        arms: dict[str, Callable[[], float]] = {
            arm_of(name, turn): partial(self._turn, name, turn) for name in sides for turn in turns
        }
        return arms, [(arm_of(sides[0], turn), arm_of(sides[1], turn)) for turn in turns]

    def _turn(self, side: str, turn: str) -> float:
        self.sides[side].tell(Run(turn))
        return self._hear(side, Took, turn).seconds

    def _hear(self, side: str, kind: type[T], what: str) -> T:
        try:
            return self.patience.hear(self.sides[side], kind, what)
        except SideFailedError as error:
            raise WorkloadError({side: error}) from error

    def _warm_up(
        self, names: Sequence[str], turns: Sequence[str], longest: float = math.inf
    ) -> tuple[dict[str, dict[str, str]], float]:
        """Run each turn once, on all sides at once since nothing is compared yet.

        Those that are left when the others took longer than there is time for are not run.

        Returns:
            Why the workload does not run in some cells, by side and turn; and the seconds that
            all turns take together, each on its quicker side.
        """
        seconds = 0.0
        unsuitable: dict[str, dict[str, str]] = {name: {} for name in names}
        for turn in turns:
            for name in names:
                self.sides[name].tell(Run(turn))
            failures: dict[str, SideFailedError] = {}
            took: list[float] = []
            for name in names:
                try:
                    took.append(self.patience.hear(self.sides[name], Took, turn).seconds)
                except UnsuitableError as error:  # noqa: PERF203 - few
                    unsuitable[name][turn] = str(error)
                except SideFailedError as error:
                    failures[name] = error
            if failures:
                raise WorkloadError(failures)
            seconds += min(took, default=0.0)
            if seconds > longest:
                break
        return unsuitable, seconds

    def _ask_both(self, request: Describe, kind: type[T], what: str) -> dict[str, T]:
        for name in RIVALS:
            self.sides[name].tell(request)
        return {name: self.patience.hear(self.sides[name], kind, what) for name in RIVALS}

    @contextmanager
    def _open(self, names: Sequence[str], request: Open) -> Iterator[dict[str, Opened]]:
        """Have sides open a workload, all at once since nothing is timed yet, and close it."""
        for name in names:
            self.sides[name].tell(request)
        try:
            yield self._all(names, Opened, "opening it")
        except WorkloadError:
            for name in names:  # the others may have it open still
                with suppress(SideError):
                    self._close(name)
            raise
        for name in names:
            self.sides[name].tell(Close())
        self._all(names, Closed, "ending its test")

    def _close(self, name: str) -> None:
        self.sides[name].tell(Close())
        self._hear(name, Closed, "ending its test")

    def _all(self, names: Sequence[str], kind: type[T], what: str) -> dict[str, T]:
        """Wait for all answers, whatever one of them is.

        Raises:
            WorkloadError: some could not do what they were asked.
        """
        answers: dict[str, T] = {}
        failures: dict[str, SideFailedError] = {}
        for name in names:
            try:
                answers[name] = self.patience.hear(self.sides[name], kind, what)
            except SideFailedError as error:  # noqa: PERF203 - few
                failures[name] = error
        if failures:
            raise WorkloadError(failures)
        return answers


def warmed_up(order: Order) -> Order:
    """Have both arms of a pair take a turn before the four that count."""
    fours = (order[start : start + PAIRED] for start in range(0, len(order), PAIRED))
    return tuple(arm for four in fours for arm in (*four[:WARMING], *four))


def without_warm_up(measured: Round) -> Round:
    """Leave the turns away that only warmed up."""
    turns = enumerate(measured.turns)
    return Round(tuple(one for index, one in turns if index % (WARMING + PAIRED) >= WARMING))


@contextmanager
def fresh_block(
    codes: Mapping[str, Code], plugin: Path, logs: Path, seed: int, patience: float
) -> Iterator[Block]:
    """Start fresh processes, all with the same hash seed, and end them.

    Args:
        codes: what base, head and base again run.
        plugin: a folder with the plugin, from :func:`~pytest_speedup.against.side.copy_plugin`.
        logs: the folder for what they say.
        seed: their hash seed.
        patience: seconds that an answer may take.
    """
    with ExitStack() as stack:

        def start(name: str) -> Side:
            return stack.enter_context(running(name, codes[name], plugin, logs, seed))

        block = Block(
            {name: start(name) for name in RIVALS}, Patience(patience), partial(start, BASE_AGAIN)
        )
        yield block
        for side in block.sides.values():  # they end side by side
            side.hang_up()


class Starter(Protocol):
    """Starts a block."""

    def fresh(
        self, codes: Mapping[str, Code], logs: Path, seed: int
    ) -> AbstractContextManager[Block]:
        """Start fresh sides, all with the same hash seed, and end them.

        Args:
            codes: what base, head and base again run.
            logs: the folder for what they say.
            seed: their hash seed.
        """


@dataclass(frozen=True, slots=True)
class Processes:
    """Sides in processes of their own.

    Attributes:
        plugin: a folder with the plugin, from :func:`~pytest_speedup.against.side.copy_plugin`.
        patience: seconds that a side may take for an answer before it is taken for a deadlock.
    """

    plugin: Path
    patience: float

    def fresh(
        self, codes: Mapping[str, Code], logs: Path, seed: int
    ) -> AbstractContextManager[Block]:
        """Start processes that do not answer yet."""
        return fresh_block(codes, self.plugin, logs, seed, self.patience)
