"""From the rounds of base and head to what changed between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_speedup.model import BASE, HEAD, Reading, arm_of
from pytest_speedup.statistics.readings import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import Round


@dataclass(frozen=True, slots=True)
class BlockChange:
    """The change of a cell from base to head in one block, in natural logarithms.

    Attributes:
        parallel: change of the parallel time.
        serial: change of the serial time.
    """

    parallel: Reading
    serial: Reading

    @property
    def speedup(self) -> Reading:
        """Change of the speedup."""
        return Reading(
            self.serial.value - self.parallel.value,
            math.hypot(self.serial.error, self.parallel.error),
        )


def read_change(rounds: Sequence[Round], *, parallel: str, serial: str) -> BlockChange:
    """Read what changed in a block.

    Args:
        rounds: with the arms of both sides.
        parallel: the turn that runs the cell, such as ``thread-4``.
        serial: the turn that runs serial code.
    """
    return BlockChange(
        parallel=read([_log_change(one, parallel) for one in rounds]),
        serial=read([_log_change(one, serial) for one in rounds]),
    )


def _log_change(one: Round, turn: str) -> float:
    base, head = (fmean(map(math.log, one.seconds(arm_of(side, turn)))) for side in (BASE, HEAD))
    return head - base
