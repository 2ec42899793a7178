"""Where the workers' time went: an ideal speedup, minus each loss, is the measured one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_speedup.losses.kinds import PARTS, UNSEEN, Loss
from pytest_speedup.losses.trace import Counts, Runs, Sharing, Task, count_trace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_speedup.losses.trace import Trace


@dataclass(frozen=True, slots=True)
class Stack:
    """How long a parallel run would take without any loss, and what each one adds to it.

    Attributes:
        workers: how many there are, the ideal speedup.
        ideal: seconds of the serial run, shared evenly.
        losses: seconds that each loss adds; their sum and the ideal are the measured time. A
            negative one is a gain, such as a cache that only a share of the work fits into. What
            the system does not tell is not among them.
        counts: what the same run did, counted.
    """

    workers: int
    ideal: float
    losses: Mapping[Loss, float]
    counts: Counts

    @property
    def untold(self) -> tuple[Loss, ...]:
        """Losses that its tasks may have had unseen, and which count as others."""
        if not self.counts.tasks:
            return ()
        return tuple(loss for loss in Loss if loss.kind.untold and loss not in self.losses)

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


def mean_stack(stacks: Sequence[Stack]) -> Stack:
    """Average stacks of the same cell, loss by loss."""
    known = [loss for loss in Loss if any(loss in one.losses for one in stacks)]
    losses = {loss: fmean(one.losses.get(loss, 0.0) for one in stacks) for loss in known}
    counts = Counts(
        *(fmean(getattr(one.counts, name) for one in stacks) for name in Counts.__slots__)
    )
    return Stack(stacks[0].workers, fmean(one.ideal for one in stacks), losses, counts)


def stack_losses(serial: Trace, parallel: Trace, ceiling: float | None = None) -> Stack:
    """Find where the time of a parallel run went.

    Args:
        serial: a run of the same work on one worker.
        parallel: the run in question.
        ceiling: speedup of a kernel that has nothing to share, on the same executor; None
            where it is not known, and then what the machine takes counts as contention.
    """
    if not serial.tasks:
        serial = _as_task(serial, parallel)
    sharing = Sharing(Runs(serial, parallel, ceiling))
    for part in PARTS if parallel.tasks else (UNSEEN,):
        sharing.share(part)
    found = {loss for shares in sharing.shares for loss in shares}
    if parallel.core_wait is None:  # nobody knows, which is not none
        found -= {loss for loss in Loss if loss.kind.untold}
    losses = {
        loss: sum(shares.get(loss, 0.0) for shares in sharing.shares)
        for loss in Loss
        if loss in found
    }
    ideal = serial.seconds / parallel.workers
    return Stack(parallel.workers, ideal, losses, count_trace(parallel))


def _as_task(serial: Trace, parallel: Trace) -> Trace:
    """Take code that hands over no tasks when it is serial, but else does, for a single task."""
    cpu = sum(one.cpu for one in parallel.tasks)
    whole = Task(serial.begin, serial.begin, serial.end, cpu, worker=0)
    return replace(serial, tasks=(whole,))
