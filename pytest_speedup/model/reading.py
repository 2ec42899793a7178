"""What two runs of a cell are compared by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.model.cell import Cell
    from pytest_speedup.model.machine import Machine
    from pytest_speedup.model.samples import Bound


@dataclass(frozen=True, slots=True)
class Reading:
    """The natural logarithm of a quantity.

    Attributes:
        value: the estimate.
        error: its standard error within the run.
    """

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Readings:
    """One cell in one run.

    Attributes:
        speedup: T_serial / T_parallel.
        ceiling: the kernel's speedup, where it was measured inside the cell's own rounds.
        parallel: T_parallel in seconds, or as a multiple of the kernel's parallel time where
            that was measured inside the cell's own rounds.
    """

    speedup: Reading
    ceiling: Reading | None
    parallel: Reading


@dataclass(frozen=True, slots=True)
class SavedCell:
    """One cell of a saved run.

    Attributes:
        run: the file that holds it.
        cell: the cell.
        begins: whether it begins a new baseline: what was saved before no longer counts.
        bound: what its workload spent its time on.
        machine: where it was measured.
        readings: what it is compared by.
        stacks: where its time went.
        commit: of the code; empty where it is not known.
        created: when it was saved, in ISO 8601; empty where it is not known.
    """

    run: str
    cell: Cell
    begins: bool
    bound: Bound
    machine: Machine
    readings: Readings
    stacks: tuple[Stack, ...] = ()
    commit: str = ""
    created: str = ""

    @property
    def speedup(self) -> float:
        """T_serial / T_parallel."""
        return math.exp(self.readings.speedup.value)
