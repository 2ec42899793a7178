"""Where the workers' time went: an ideal speedup, minus each loss, is the measured one."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_speedup.model.counts import Counts


class Loss(enum.Enum):
    """What takes away from the ideal speedup."""

    POOL = "pool start and end"
    IMPORTS = "imports in workers"
    TRANSFER = "transfer"
    DISPATCH = "dispatch"
    WORKERS = "idle workers"
    IMBALANCE = "imbalance"
    LOCK = "lock wait"
    QUEUE = "queue wait"
    GIL = "GIL"
    CORES = "shared cores"
    CORE_WAIT = "core wait"
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
            negative one is a gain, such as a cache that only a share of the work fits into. Waiting
            for a core is not among them where the system does not tell.
        counts: what the same run did, counted.
    """

    workers: int
    ideal: float
    losses: Mapping[Loss, float]
    counts: Counts

    @property
    def lacks_core_wait(self) -> bool:
        """Whether its tasks may have waited for a core unseen, and count as waiting otherwise."""
        return bool(self.counts.tasks) and Loss.CORE_WAIT not in self.losses

    @property
    def seconds(self) -> float:
        """The measured time."""
        return self.ideal + sum(self.losses.values())

    @property
    def speedup(self) -> float:
        """The measured speedup."""
        return self.workers * self.ideal / self.seconds

    @property
    def inverse_efficiency(self) -> float:
        """The measured time as a multiple of the ideal one."""
        return self.seconds / self.ideal

    def log_losses(self) -> dict[Loss, float]:
        """Share what the logarithm of the efficiency lacks among the losses, in their proportion.

        The factor between seconds and logarithms is the logarithmic mean of ideal and measured
        time, with which the shares add up exactly and none depends on an order (B. W. Ang, The
        LMDI approach to decomposition analysis, Energy Policy 33, 2005).
        """
        mean = log_mean(1.0, self.inverse_efficiency)
        return {loss: seconds / self.ideal / mean for loss, seconds in self.losses.items()}

    def factors(self) -> dict[Loss, float]:
        """Turn losses into efficiencies, which multiply to speedup / workers."""
        return {loss: math.exp(-share) for loss, share in self.log_losses().items()}

    def log_changes(self, before: Stack) -> dict[Loss, float]:
        """Share the change of the logarithm of the efficiency, in the same way.

        Returns:
            For each loss what it took off beyond what it took before; all together that is what
            the logarithm of the speedup lost.
        """
        mean = log_mean(before.inverse_efficiency, self.inverse_efficiency)
        return {
            loss: (
                self.losses.get(loss, 0.0) / self.ideal
                - before.losses.get(loss, 0.0) / before.ideal
            )
            / mean
            for loss in Loss
        }


def log_mean(one: float, other: float) -> float:
    """Return the logarithmic mean of two positive numbers, which lies between them."""
    if math.isclose(one, other, rel_tol=1e-9):
        return (one + other) / 2
    return (one - other) / math.log(one / other)
