"""The measurement loop: arms take turns in balanced order, and rounds come out.

A fixed order favours one side whenever a turn depends on the one before it (a warm cache, a
core that ramps up), and then identical code seems to differ. Here every position of a round
is taken by each turn equally often, in an order that nothing in the code under test can follow
(a cyclic Latin square with random rows: Cochran and Cox, Experimental Designs, 1957, chapter 4).

Whatever is compared goes through it: serial code with parallel, base with head, a kernel with both.
The loop itself knows not which arm is which; :class:`OpenCell` has it run those of a cell.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from random import Random
from typing import TYPE_CHECKING, Any

from pytest_speedup.clock import now, untraced
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import TurnExecutor
from pytest_speedup.measurement.machine import kernel_arms, native_kernel_arms
from pytest_speedup.model import PARALLEL, SERIAL, Bound, Ceiling, Round, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pytest_speedup.clock import Timed
    from pytest_speedup.executors import Executor
    from pytest_speedup.measurement.results import Expected
    from pytest_speedup.measurement.workload import Workload

Order = tuple[str, ...]
"""Names of the arms of one round in the order in which they take their turns."""


def balanced_orders(arms: Sequence[str], random: Random) -> Iterator[Order]:
    """Yield orders without end.

    Args:
        arms: the turns of a round; an arm with several turns is named several times.
        random: the source of randomness.

    Yields:
        Permutations of ``arms``. Of every ``len(arms)`` in a row, each puts another turn first,
        second and so on.
    """
    while True:
        first = list(arms)
        random.shuffle(first)
        shifts = list(range(len(first)))
        random.shuffle(shifts)
        for shift in shifts:
            yield tuple(first[shift:] + first[:shift])


def mirrored_orders(pairs: Sequence[tuple[str, str]], random: Random) -> Iterator[Order]:
    """Yield orders without end in which the two arms of a pair run as A B B A or as B A A B.

    Close in time they share what comes and goes, and a drift that is steady over their four turns
    cancels (D. R. Cox, Some systematic experimental designs, Biometrika 38, 1951).

    Args:
        pairs: the arms that are compared with each other.
        random: the source of randomness.

    Yields:
        Each pair's four turns in a row, the pairs in balanced random order. Of every two in a
        row, each pair begins with either of its arms once.
    """
    first = {pair: random.random() < 0.5 for pair in pairs}  # noqa: PLR2004 - a coin
    named = {str(index): pair for index, pair in enumerate(pairs)}
    for order in balanced_orders(tuple(named), random):
        turns: list[str] = []
        for name in order:
            pair = named[name]
            one, other = pair if first[pair] else reversed(pair)
            first[pair] = not first[pair]
            turns += [one, other, other, one]
        yield tuple(turns)


MIN_ROUNDS = 6
"""The fewest pairs from which a signed-rank interval reaches 95 % confidence."""

MAX_ROUNDS = 200
"""Rounds of a workload that takes next to no time: the kernel's turns in them do take some."""

MAX_REPEATS = 8
"""Parallel turns per serial turn at most: more would no longer lie close to their partner."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be measured of a cell.

    Attributes:
        rounds: how many rounds.
        repeats: parallel turns in each round, beside its one serial turn.
    """

    rounds: int
    repeats: int

    @property
    def arms(self) -> tuple[str, ...]:
        """The workload's turns of one round."""
        return (SERIAL, *(PARALLEL,) * self.repeats)


def make_plan(
    serial_seconds: float,
    parallel_seconds: float,
    bound: Bound,
    *,
    max_seconds: float,
    min_rounds: int,
) -> Plan:
    """Spend the time where the precision needs it.

    With equal relative noise on both sides the ratio is sharpest for its time when the longer
    side runs less often, by the square root of the ratio of durations (optimum allocation:
    Cochran, Sampling Techniques, 1977, section 5.5). Waiting is repeatable to about 1 %, so a
    waiting cell stops at the fewest rounds that give an interval; computing fills its time.

    Args:
        serial_seconds: duration of one serial turn.
        parallel_seconds: duration of one parallel turn.
        bound: what the workload spends its time on.
        max_seconds: time that a computing cell may take, unless the fewest rounds take more.
        min_rounds: fewest rounds that the user accepts.
    """
    ratio = serial_seconds / max(parallel_seconds, 1e-9)
    repeats = min(MAX_REPEATS, max(1, round(math.sqrt(ratio))))
    fewest = max(MIN_ROUNDS, min_rounds)
    if bound is Bound.WAIT:
        return Plan(fewest, repeats)
    round_seconds = max(serial_seconds + repeats * parallel_seconds, 1e-9)
    return Plan(max(fewest, min(MAX_ROUNDS, int(max_seconds / round_seconds))), repeats)


@dataclass(frozen=True, slots=True)
class WorkloadTurn:
    """Runs a workload once whenever it is called, serially or in parallel as its executor does.

    Attributes:
        name: workload and cell, for errors.
        workload: the workload.
        executor: what it runs on.
        expected: what serial code returned.
        collect_garbage: whether the cyclic garbage collector is on meanwhile.
        times: how often its seconds count: in weak scaling, serial code has done a worker's share.
    """

    name: str
    workload: Workload[Any]
    executor: Executor
    expected: Expected
    collect_garbage: bool
    times: int = 1

    def __call__(self) -> float:
        """Return the seconds it took, as often as they count.

        The result is let go of, since the next turn would be timed beside it.

        Raises:
            WrongResultError: it is not what serial code returned.
        """
        with untraced():
            return self.times * self.run().seconds

    def run(self) -> Timed[Any]:
        """Return what it took, and the result.

        Raises:
            WrongResultError: it is not what serial code returned.
        """
        return self.workload.run(self.executor, self._look, collect_garbage=self.collect_garbage)

    def run_by(self, caller: Callable[[Callable[[], Any]], Any]) -> None:
        """Run once by way of something else, such as a profiler, that returns the result.

        Raises:
            WrongResultError: it is not what serial code returned.
        """
        with self.workload.arguments() as arguments:
            turn = TurnExecutor(self.executor)
            self._look(caller(partial(self.workload.call, turn, arguments)), turn)

    def _look(self, result: object, turn: TurnExecutor) -> None:
        self.expected.refuse_wrong(self.name, result, turn.errors())


@contextmanager
def opened(create: Callable[[], Executor]) -> Iterator[tuple[Executor, float]]:
    """Open an executor with every worker started, and close it whatever happens.

    Yields:
        The executor, and its cold start: seconds from its construction until every worker
        has answered.

    Raises:
        SpeedupError: it could not start.
    """
    start = now()
    with _told():
        executor = create()
    with executor:
        with _told():
            executor.start()
        yield executor, now() - start


@contextmanager
def _told() -> Iterator[None]:
    """Say in a line what the system refused: room for shared memory, another process."""
    try:
        yield
    except OSError as error:
        message = (
            f"the executor could not start: {error}; free what is missing, or use fewer workers"
        )
        raise SpeedupError(message) from error


def rounds(arms: Mapping[str, Callable[[], float]], orders: Iterable[Order]) -> Iterator[Round]:
    """Measure round by round, as long as there are orders.

    Args:
        arms: for each name, a callable that runs the arm once and returns its seconds.
        orders: who runs when, one order per round.
    """
    for order in orders:
        yield Round(tuple(Turn(arm, arms[arm]()) for arm in order))


EVENT_LOOP = "asyncio"
"""The executor whose workers take turns on one thread."""


@dataclass(frozen=True, slots=True)
class OpenCell:
    """What is needed to measure a cell, for as long as its executor is open.

    Attributes:
        executor: the executor.
        cold_start: seconds that it took to open.
        bound: what the workload spends its time on.
        plan: how many rounds, and what is in one.
        serial: runs the workload serially once and returns its seconds.
        parallel: runs it on the executor once and returns its seconds.
        at_once: whether its threads are known to compute at once, although there is a lock: a
            kernel that holds it would be no ceiling of theirs.
    """

    executor: Executor
    cold_start: float
    bound: Bound
    plan: Plan
    serial: Callable[[], float]
    parallel: Callable[[], float]
    at_once: bool = False

    @property
    def has_drift(self) -> bool:
        """Whether its ceiling drifts, so that each round is to have the kernel's turns too."""
        return self.kernel is Bound.CPU and self.executor.workers > 1

    @property
    def kernel(self) -> Bound:
        """What its ceiling is measured with: on an event loop no two tasks compute at once.

        Who has one waits; what a client computes meanwhile is a loss, and no ceiling of its own.
        """
        return Bound.WAIT if self.executor.name == EVENT_LOOP else self.bound

    def rounds(self, count: int) -> tuple[Round, ...]:
        """Measure rounds: the plan's turns and the kernel's, in balanced order."""
        kernel = kernel_arms(self.executor, self.kernel) if self.has_drift else {}
        orders = balanced_orders(tuple(chain(self.plan.arms, kernel)), Random())
        arms = {SERIAL: self.serial, PARALLEL: self.parallel, **kernel}
        return tuple(rounds(arms, islice(orders, count)))

    def ceiling(
        self, own: tuple[Round, ...], known: dict[tuple[str, int, Bound], Ceiling]
    ) -> Ceiling | None:
        """Find the ceiling: in the cell's own rounds, or measured once per executor and count."""
        if self.executor.workers == 1:
            return None
        if self.has_drift and not self.at_once:
            return Ceiling(self.kernel, own)
        key = (self.executor.name, self.executor.workers, self.kernel)
        if key not in known:
            known[key] = self._measured()
        return known[key]

    def _measured(self) -> Ceiling:
        if self.kernel is Bound.CPU:
            return measure_ceiling(native_kernel_arms(self.executor), Bound.CPU)
        return measure_ceiling(kernel_arms(self.executor, self.kernel), self.kernel)


def measure_ceiling(arms: Mapping[str, Callable[[], float]], bound: Bound) -> Ceiling:
    """Run a kernel alone, in paired rounds.

    Args:
        arms: serially and in parallel.
        bound: what it spends its time on.
    """
    orders = islice(balanced_orders(tuple(arms), Random()), MIN_ROUNDS)
    return Ceiling(bound, tuple(rounds(arms, orders)))
