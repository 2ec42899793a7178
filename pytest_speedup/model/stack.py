"""Where the workers' time went: an ideal speedup, minus each loss, is the measured one."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Loss(enum.Enum):
    """What takes away from the ideal speedup, in the order in which it is taken off.

    Those that cannot be gains come first, so that what is left is positive all along.
    """

    POOL = "pool start"
    TRANSFER = "transfer"
    DISPATCH = "dispatch"
    WORKERS = "idle workers"
    IMBALANCE = "imbalance"
    LOCK = "lock wait"
    QUEUE = "queue wait"
    MACHINE = "the machine's ceiling"
    CPU = "CPU time"
    BLOCKED = "waiting inside tasks"
    SERIAL = "serial section"


@dataclass(frozen=True, slots=True)
class Stack:
    """How long a parallel run would take without any loss, and what each one adds to it.

    Attributes:
        workers: how many there are, the ideal speedup.
        ideal: seconds of the serial run, shared evenly.
        losses: seconds that each loss adds; their sum and the ideal are the measured time. A
            negative one is a gain, such as a cache that only a share of the work fits into.
    """

    workers: int
    ideal: float
    losses: Mapping[Loss, float]

    @property
    def seconds(self) -> float:
        """The measured time."""
        return self.ideal + sum(self.losses.values())

    @property
    def speedup(self) -> float:
        """The measured speedup."""
        return self.workers * self.ideal / self.seconds

    def factors(self) -> dict[Loss, float]:
        """Turn losses into efficiencies that multiply to speedup / workers.

        Their logarithms add up to that of the efficiency, and differences of these between two
        runs add up to the change of the logarithm of the speedup.
        """
        factors, before = {}, self.ideal
        for loss in Loss:
            after = before + self.losses.get(loss, 0.0)
            factors[loss] = before / after
            before = after
        return factors

    def log_losses(self) -> dict[Loss, float]:
        """Give what each loss takes off the logarithm of the speedup."""
        return {loss: -math.log(factor) for loss, factor in self.factors().items()}
