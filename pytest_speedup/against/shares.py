"""Who takes part in how many rounds: what varies more gets more of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from pytest_speedup.against.block import SERIAL_TURN
from pytest_speedup.against.cells import spread_of_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_speedup.against.block import Block
    from pytest_speedup.against.cells import Compared
    from pytest_speedup.gate import PairedPolicy
    from pytest_speedup.model import Round

WAIT_ROUNDS = 2
"""Rounds of a block of a waiting workload, which is repeatable to about 1 %."""

MIN_ROUNDS = 3
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


def share_rounds(
    cells: Sequence[Compared], open_cells: Sequence[Compared], policy: PairedPolicy
) -> list[Group]:
    """Group serial code and the open cells of a workload by how much their rounds vary.

    The error of a mean falls with the root of the rounds, so that what varies half as much is as
    well known after a quarter of them. Before anything is known all take part in every round.

    Args:
        cells: all of the workload.
        open_cells: those that are measured.
        policy: the rules, with deviations for what has no blocks yet.
    """
    deviations = {}
    for one in open_cells:
        spread = spread_of_kind(cells, one, policy)
        deviations[one.turn] = spread.parallel.deviation if one.blocks else None
        deviations[SERIAL_TURN] = spread.serial.deviation if one.blocks else None
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
    seconds: float,
    between: Callable[[], None] = lambda: None,
) -> Sequence[Round]:
    """Measure a block's rounds of the open workload.

    Args:
        block: the processes.
        groups: serial code and the cells.
        seconds: how long they are to take; 0 where the fewest will do.
        between: called after each round.
    """
    rounds: list[Round] = []
    fewest = MIN_ROUNDS if seconds else WAIT_ROUNDS
    sources = [(block.rounds(group.turns), group.stride) for group in groups]
    for number in count():
        for source, stride in sources:
            if number < fewest or number % stride == 0:
                rounds.append(next(source))
                seconds -= rounds[-1].total
        between()
        if number + 1 >= fewest and (seconds <= 0 or number + 1 >= MAX_ROUNDS):
            break
    return rounds


def both(one: Callable[[], None], other: Callable[[], None]) -> Callable[[], None]:
    """Call one, and then the other."""

    def call() -> None:
        one()
        other()

    return call
