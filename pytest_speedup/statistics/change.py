"""From the rounds of base and head to what changed between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_speedup.model import BASE, HEAD, Reading, arm_of
from pytest_speedup.statistics.readings import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import Round


@dataclass(frozen=True, slots=True)
class Shift:
    """How a duration differs between two sides in one block.

    Attributes:
        value: in natural logarithms; the centre over rounds, which a few wild ones do not move.
        rounds: how many rounds it rests on.
    """

    value: float
    rounds: int


@dataclass(frozen=True, slots=True)
class BlockChange:
    """The change of a cell from base to head in one block.

    Attributes:
        parallel: change of the parallel time.
        serial: change of the serial time.
    """

    parallel: Shift
    serial: Shift


def read_change(rounds: Sequence[Round], *, parallel: str, serial: str) -> BlockChange:
    """Read what changed in a block.

    Args:
        rounds: with the arms of both sides.
        parallel: the turn that runs the cell, such as ``thread-4``.
        serial: the turn that runs serial code.
    """
    sides = (BASE, HEAD)
    return BlockChange(read_shift(rounds, parallel, sides), read_shift(rounds, serial, sides))


def read_speedup(
    blocks: Sequence[Sequence[Round]], side: str, *, parallel: str, serial: str
) -> float:
    """Read the speedup of a side over all blocks, from the faster turn of each arm of a round.

    Args:
        blocks: their rounds, with the arms of both sides.
        side: base or head.
        parallel: the turn that runs the cell.
        serial: the turn that runs serial code.
    """
    alone, many = arm_of(side, serial), arm_of(side, parallel)
    logs = [
        math.log(min(one.seconds(alone)) / min(one.seconds(many)))
        for rounds in blocks
        for one in rounds
        if one.seconds(alone) and one.seconds(many)
    ]
    return math.exp(read(logs).value)


def read_block_speedup(
    rounds: Sequence[Round], side: str, *, parallel: str, serial: str
) -> Reading:
    """Read the log speedup of a side in one block, and how sure it is.

    Rounds that have both turns tell it by themselves; where fewer than two do, as where serial code
    takes part in every second round alone, the centres of both are compared.

    Args:
        rounds: with the arms of that side, both in some.
        side: base or head.
        parallel: the turn that runs the cell, or the kernel.
        serial: the turn that runs serial code, or the kernel by itself.
    """
    alone, many = arm_of(side, serial), arm_of(side, parallel)
    paired = [one for one in rounds if one.seconds(alone) and one.seconds(many)]
    if len(paired) > 1:
        return read([_fastest(one, alone) - _fastest(one, many) for one in paired])
    before, after = (
        read([_fastest(one, arm) for one in rounds if one.seconds(arm)]) for arm in (alone, many)
    )
    return Reading(before.value - after.value, math.hypot(before.error, after.error))


def _fastest(one: Round, arm: str) -> float:
    return math.log(min(one.seconds(arm)))


def read_shift(rounds: Sequence[Round], turn: str, sides: tuple[str, str]) -> Shift:
    """Read how the duration of a turn differs between two sides, in the rounds that have it."""
    changes = [_log_change(one, turn, sides) for one in rounds if one.seconds(arm_of(BASE, turn))]
    return Shift(read(changes).value, len(changes))


def _log_change(one: Round, turn: str, sides: tuple[str, str]) -> float:
    """Compare the faster turn of each side: what disturbs a turn only ever makes it slower."""
    before, after = (math.log(min(one.seconds(arm_of(side, turn)))) for side in sides)
    return after - before
