"""Who takes part in how many rounds: what varies more gets more of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from pytest_speedup.against.block import SERIAL_TURN
from pytest_speedup.gate import deviation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_speedup.against.block import Block
    from pytest_speedup.against.cells import Compared
    from pytest_speedup.against.schedule import Turnout
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
