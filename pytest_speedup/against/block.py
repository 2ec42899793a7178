"""One block: a fresh pair of processes, and the rounds that base and head take turns in."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

from pytest_speedup.against.side import running
from pytest_speedup.measurement import balanced_orders, rounds
from pytest_speedup.model import BASE, HEAD, Bound, arm_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pytest_speedup.against.channel import Message
    from pytest_speedup.against.side import Code, Side
    from pytest_speedup.model import Round

SERIAL_TURN = "serial-1"


@dataclass(frozen=True, slots=True)
class Opened:
    """A workload that both sides stand ready to run.

    Attributes:
        seconds: what each turn took when it was tried, the longer of both sides.
        bound: what the workload spends its time on.
        same: whether both sides run it with the same arguments.
    """

    seconds: Mapping[str, float]
    bound: Bound
    same: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Base and head, both running.

    Attributes:
        sides: by name.
    """

    sides: Mapping[str, Side]

    @property
    def alive(self) -> bool:
        """Whether both processes still run."""
        return all(side.process.poll() is None for side in self.sides.values())

    def workloads(self) -> dict[str, dict[str, list[list[object]]]]:
        """Ask each side for its workloads, and the cells of each: id, executor and workers."""
        return {
            name: side.ask({"describe": True})["workloads"] for name, side in self.sides.items()
        }

    @contextmanager
    def opened(self, workload: str, following: str | None) -> Iterator[Opened]:
        """Have both sides open a workload.

        Raises:
            SideError: its test failed on one of them.
        """
        answers = []
        with ExitStack() as stack:
            for side in self.sides.values():
                answers.append(side.ask({"open": workload, "next": following}))
                stack.callback(side.ask, {"close": workload})
            yield _merge(answers)

    def rounds(self, turns: Sequence[str], count: int) -> tuple[Round, ...]:
        """Measure rounds of the open workload: each turn once on each side, never two at once."""
        arms: dict[str, Callable[[], float]] = {
            arm_of(name, turn): partial(side.turn, turn)
            for name, side in self.sides.items()
            for turn in turns
        }
        return tuple(rounds(arms, islice(balanced_orders(tuple(arms), Random()), count)))


@contextmanager
def paired(base: Code, head: Code, plugin: Path, logs: Path, seed: int) -> Iterator[Pair]:
    """Start a fresh pair of processes, both with the same hash seed, and end it."""
    with (
        running(base, plugin, logs / "base.log", seed) as of_base,
        running(head, plugin, logs / "head.log", seed) as of_head,
    ):
        yield Pair({BASE: of_base, HEAD: of_head})


def _merge(answers: Sequence[Message]) -> Opened:
    tried = [answer["opened"] for answer in answers]
    shared = [turn for turn in tried[0] if all(turn in one for one in tried)]
    return Opened(
        seconds={turn: max(one[turn] for one in tried) for turn in shared},
        bound=Bound(answers[0]["bound"]),
        same=len({answer["fingerprint"] for answer in answers}) == 1,
    )
