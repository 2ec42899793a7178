"""One block: fresh processes of base and head, and the rounds that they take turns in."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from pytest_speedup.against.answers import (
    read_closed,
    read_opened,
    read_recorded,
    read_workloads,
)
from pytest_speedup.against.arguments import compare
from pytest_speedup.against.side import SideError, running
from pytest_speedup.measurement import mirrored_orders, rounds
from pytest_speedup.model import BASE, HEAD, TWIN, Round, Turn, arm_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pytest_speedup.against.answers import OpenedSide
    from pytest_speedup.against.side import Code, Side
    from pytest_speedup.model import Bound, Trace

SERIAL_TURN = "serial-1"

RIVALS = (BASE, HEAD)
TWINS = (BASE, TWIN)


@dataclass(frozen=True, slots=True)
class Opened:
    """A workload that base and head stand ready to run.

    Attributes:
        bound: what the workload spends its time on.
        same: whether both run it with the same arguments.
        unsuitable: why it does not run in some cells, by turn.
    """

    bound: Bound
    same: bool
    unsuitable: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Block:
    """Base, head and the base's twin, all running.

    Attributes:
        sides: by name.
    """

    sides: Mapping[str, Side]

    @property
    def alive(self) -> bool:
        """Whether all processes still run."""
        return all(side.process.poll() is None for side in self.sides.values())

    def workloads(self) -> dict[str, dict[str, list[list[object]]]]:
        """Ask for the workloads of base and head.

        Returns:
            For each workload its cells: id, executor, workers, and margin or None.
        """
        request = {"describe": True}
        return {name: self.sides[name].ask(request, read_workloads) for name in RIVALS}

    @contextmanager
    def opened(
        self, workload: str, turns: Sequence[str], following: str | None
    ) -> Iterator[Opened]:
        """Have base and head open a workload, and run each turn once.

        Raises:
            SideError: its test failed on one of them.
        """
        request = {"open": workload, "turns": list(turns), "next": following}
        with _open([self.sides[name] for name in RIVALS], request) as answers:
            yield _merge(answers)

    @contextmanager
    def controlled(
        self, workload: str, turns: Sequence[str], controls: Sequence[str]
    ) -> Iterator[None]:
        """Have the twin open a workload that the base has open, and warm up the controls.

        It runs the same turns once as the base did, since workers that have done nothing yet
        run a kernel a few percent faster.
        """
        twins = [self.sides[name] for name in TWINS]
        with _open(twins[1:], {"open": workload, "turns": list(turns), "next": None}):
            for control in controls:
                for side in twins:
                    side.turn(control)
            yield

    def rounds(self, turns: Sequence[str]) -> Iterator[Round]:
        """Measure rounds of what is open: each turn on base and head, never two at once."""
        arms, pairs = self._arms(turns, RIVALS)
        return rounds(arms, mirrored_orders(pairs, Random()))

    def controls(self, turns: Sequence[str]) -> Iterator[Round]:
        """Measure rounds of what base and twin have open, in the same way.

        Between two rounds the twin idles while the base runs its cells. So that this makes no
        difference, each runs a turn untimed before those that count.
        """
        arms, pairs = self._arms(turns, TWINS)
        for order in mirrored_orders(pairs, Random()):
            measured: list[Turn] = []
            for start in range(0, len(order), 4):
                four = order[start : start + 4]
                for arm in four[:2]:
                    arms[arm]()
                measured += [Turn(arm, arms[arm]()) for arm in four]
            yield Round(tuple(measured))

    def record(self, turns: Sequence[str]) -> dict[str, dict[str, Trace]]:
        """Run each turn once on base and head, one after another, recorded task by task.

        Returns:
            Traces by side and turn.
        """
        traces: dict[str, dict[str, Trace]] = {name: {} for name in RIVALS}
        for turn in turns:
            for name in Random().sample(RIVALS, k=len(RIVALS)):
                traces[name][turn] = self.sides[name].ask({"record": turn}, read_recorded)
        return traces

    def _arms(
        self, turns: Sequence[str], sides: tuple[str, str]
    ) -> tuple[dict[str, Callable[[], float]], list[tuple[str, str]]]:
        """Make the arms of two sides, and pair those that run the same turn."""
        arms: dict[str, Callable[[], float]] = {
            arm_of(name, turn): partial(self.sides[name].turn, turn)
            for name in sides
            for turn in turns
        }
        return arms, [(arm_of(sides[0], turn), arm_of(sides[1], turn)) for turn in turns]


@contextmanager
def fresh_block(base: Code, head: Code, plugin: Path, logs: Path, seed: int) -> Iterator[Block]:
    """Start fresh processes, all with the same hash seed, and end them."""
    with (
        running(BASE, base, plugin, logs, seed) as of_base,
        running(HEAD, head, plugin, logs, seed) as of_head,
        running(TWIN, base, plugin, logs, seed) as of_twin,
    ):
        block = Block({BASE: of_base, HEAD: of_head, TWIN: of_twin})
        yield block
        for side in block.sides.values():  # they end side by side
            side.hang_up()


@contextmanager
def _open(sides: Sequence[Side], request: Mapping[str, object]) -> Iterator[list[OpenedSide]]:
    """Have sides open a workload, all at once since nothing is timed yet, and close it."""
    for side in sides:
        side.tell(request)
    try:
        yield _hear(sides)
    except SideError:
        for side in sides:  # the others may have it open still
            with suppress(SideError):
                side.ask({"close": True}, read_closed)
        raise
    for side in sides:
        side.ask({"close": True}, read_closed)


def _hear(sides: Sequence[Side]) -> list[OpenedSide]:
    """Wait for all answers, whatever one of them is.

    Raises:
        SideError: one could not do what it was asked; the first that could not.
    """
    answers, errors = [], []
    for side in sides:
        try:
            answers.append(side.hear(read_opened))
        except SideError as error:  # noqa: PERF203 - few
            errors.append(error)
    if errors:
        raise errors[0]
    return answers


def _merge(opened: Sequence[OpenedSide]) -> Opened:
    return Opened(
        bound=opened[0].bound,
        same=compare(opened[0].arguments, opened[-1].arguments).same,
        unsuitable={turn: why for one in opened for turn, why in one.unsuitable.items()},
    )
