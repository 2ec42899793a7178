"""A recorded cell, prepared for rules to be tried on it, and losses injected into it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

from benchmarks.lab.recording import executor_of
from pytest_speedup.model import PARALLEL, Reading
from pytest_speedup.statistics import read_readings

if TYPE_CHECKING:
    from benchmarks.lab.recording import RecordedCell
    from pytest_speedup.model import Bound, Readings


@dataclass(frozen=True, slots=True)
class PreparedCell:
    """One cell in one recorded run.

    Attributes:
        name: the name of the cell.
        bound: what its workload spends its time on.
        executor: the name of its executor.
        times: seconds of the parallel turns, by block and round.
        readings: what our rule compares it by, by block.
    """

    name: str
    bound: Bound
    executor: str
    times: tuple[tuple[float, ...], ...]
    readings: tuple[Readings, ...]


def prepare(name: str, cell: RecordedCell) -> PreparedCell:
    """Reduce the rounds of a recorded cell to what rules look at."""
    return PreparedCell(
        name=name,
        bound=cell.bound,
        executor=executor_of(name),
        times=tuple(tuple(fmean(one.seconds(PARALLEL)) for one in block) for block in cell.blocks),
        readings=tuple(read_readings(block) for block in cell.blocks),
    )


def with_loss(cell: PreparedCell, loss: float) -> PreparedCell:
    """Make parallel time longer by as much as lowers the speedup by this fraction."""
    step = math.log1p(-loss)
    return replace(
        cell,
        times=tuple(tuple(time / (1 - loss) for time in block) for block in cell.times),
        readings=tuple(
            replace(one, speedup=_moved(one.speedup, step), parallel=_moved(one.parallel, -step))
            for one in cell.readings
        ),
    )


def _moved(reading: Reading, step: float) -> Reading:
    return Reading(reading.value + step, reading.error)
