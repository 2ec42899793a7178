"""Who takes part in how many rounds: what varies more gets more of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_speedup.against.block import SERIAL_TURN
from pytest_speedup.against.cells import spread_of_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.against.cells import Compared
    from pytest_speedup.gate import PairedPolicy

LONGEST_STRIDE = 4
LONGEST_OF_SERIAL = 2
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
        longest = LONGEST_OF_SERIAL if turn == SERIAL_TURN else LONGEST_STRIDE
        by_stride.setdefault(min(stride, longest), []).append(turn)
    return [Group(tuple(turns), stride) for stride, turns in sorted(by_stride.items())]
