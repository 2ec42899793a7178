"""Sharing out the time of a run among losses, part by part: it adds up, whatever they take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pytest_speedup.losses.trace import busy, covered

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.losses.kinds import Loss
    from pytest_speedup.losses.trace import Trace


@dataclass(frozen=True, slots=True)
class Runs:
    """What losses are found in.

    Attributes:
        serial: a run of the same work on one worker, which has tasks.
        parallel: the run in question.
        ceiling: speedup of a kernel that has nothing to share, on the same executor; None
            where it is not known, and then what the machine takes counts as contention.
    """

    serial: Trace
    parallel: Trace
    ceiling: float | None

    @property
    def work(self) -> float:
        """Seconds of tasks, each alone, for each worker."""
        return busy(self.serial.tasks) / self.parallel.workers

    @property
    def used(self) -> int:
        """Workers that share the tasks; where these are too few, none is idle by bad luck."""
        tasks, n = self.parallel.tasks, self.parallel.workers
        return len({one.worker for one in tasks}) if len(tasks) >= n else n

    @property
    def alone(self) -> float:
        """Seconds in which no task was on its way."""
        return self.parallel.seconds - covered(self.parallel.tasks)

    @property
    def imports(self) -> float:
        """Seconds that a worker took to find functions."""
        tasks = self.parallel.tasks
        return sum(one.loading for one in tasks) / len({one.worker for one in tasks})


@dataclass(slots=True)
class Sharing:
    """Time that is being shared out among losses.

    Attributes:
        runs: where it went.
        shares: what each loss got, part by part; the last one is being shared out.
        seconds: of this part.
        left: of these, what no loss has claimed yet.
    """

    runs: Runs
    shares: list[dict[Loss, float]] = field(default_factory=list)
    seconds: float = 0.0
    left: float = 0.0

    def share(self, part: Part) -> dict[Loss, float]:
        """Share out a part: what nothing else claims goes to the loss that takes the rest."""
        shares: dict[Loss, float] = {}
        self.shares.append(shares)
        self.seconds = self.left = part.seconds(self.runs)
        for loss, claim in part.claims:
            shares[loss] = claim(self)
            self.left -= shares[loss]
        shares[part.rest] = self.left
        return shares


Claim: TypeAlias = "Callable[[Sharing], float]"
"""Seconds that a loss takes of the part that is being shared out."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the time beyond the ideal.

    Attributes:
        seconds: how much there is of it.
        claims: how much of it each loss takes, in the order in which they do.
        rest: the loss that gets what is left, which is negative where it is a gain.
    """

    seconds: Callable[[Runs], float]
    claims: tuple[tuple[Loss, Claim], ...]
    rest: Loss
