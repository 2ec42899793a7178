"""What a workload spends its time on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pytest_speedup.model import Bound

if TYPE_CHECKING:
    from pytest_speedup.worker.clock import Timed

R = TypeVar("R")

COMPUTING = 0.2
"""Share of CPU time in a serial run from which a workload counts as computing.

Low, since a neighbour can take most of a core from a workload that does nothing but compute.
"""


def bound_of(reference: Timed[R]) -> Bound:
    """Tell by a serial run."""
    computing = reference.cpu_seconds >= COMPUTING * reference.seconds
    return Bound.CPU if computing else Bound.WAIT
