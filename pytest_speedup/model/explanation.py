"""Why a speedup changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_speedup.model.estimate import Estimate
    from pytest_speedup.model.stack import Loss, Stack


@dataclass(frozen=True, slots=True)
class Cause:
    """A loss that changed.

    Attributes:
        loss: which one.
        change: what it took off the logarithm of the speedup, beyond what it took before.
        seconds: by how many seconds of the parallel run it grew.
    """

    loss: Loss
    change: Estimate
    seconds: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a change of speedup came from.

    Attributes:
        change: of the logarithm of the speedup; negative where it fell.
        causes: all losses, the one that explains most first.
        named: the first of them, if the evidence carries it.
        before: where the time went on the base, on average.
        after: where it went on head.
    """

    change: float
    causes: tuple[Cause, ...]
    named: Cause | None
    before: Stack
    after: Stack


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What keeps a speedup from being ideal.

    Attributes:
        stack: where the time goes, on average.
        named: the loss that takes most of it, if the evidence carries that.
    """

    stack: Stack
    named: Loss | None
