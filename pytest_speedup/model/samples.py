"""What is measured of one cell, and what is estimated from it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.model.cell import Cell
    from pytest_speedup.model.estimate import Estimate
    from pytest_speedup.model.round import Round

SERIAL = "serial"
PARALLEL = "parallel"
KERNEL_SERIAL = "kernel serial"
KERNEL_PARALLEL = "kernel parallel"
"""Names of the arms: the workload's two sides, and those of the ceiling's kernel."""


class Bound(enum.Enum):
    """What the serial run of a workload spends its time on."""

    CPU = "cpu"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The speedup that a pure kernel reached with the same executor and worker count.

    Attributes:
        bound: the kind of kernel, computing or waiting.
        rounds: rounds with the arms ``kernel serial`` and ``kernel parallel``. Those of a
            computing cell are the cell's own rounds.
    """

    bound: Bound
    rounds: tuple[Round, ...]


@dataclass(frozen=True, slots=True)
class Samples:
    """The raw measurements of one cell.

    Attributes:
        cell: the cell.
        rounds: paired rounds, with the arms ``serial`` and ``parallel``, and in computing cells
            of several workers those of the kernel too.
        ceiling: the kernel's rounds in the same run; None for one worker, whose ceiling is 1.
        cold_start: seconds from the construction of the executor until every worker answered.
        bound: what the workload spends its time on.
        oversubscribed: whether a computing cell has more workers than effective CPUs.
        stacks: where the time of recorded runs went; none of serial code.
    """

    cell: Cell
    rounds: tuple[Round, ...]
    ceiling: Ceiling | None
    cold_start: float
    bound: Bound
    oversubscribed: bool
    stacks: tuple[Stack, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What one cell's samples say.

    Attributes:
        samples: what was measured.
        speedup: T_serial / T_parallel.
        ceiling: speedup of the pure kernel; None for one worker, whose ceiling is 1.
    """

    samples: Samples
    speedup: Estimate
    ceiling: Estimate | None

    @property
    def efficiency(self) -> float:
        """Share of the ceiling that the workload reaches."""
        return self.speedup.value / (1.0 if self.ceiling is None else self.ceiling.value)
