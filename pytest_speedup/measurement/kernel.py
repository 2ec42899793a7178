"""Pure kernels: work with nothing to share, which says what the machine can do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pytest_speedup.executors import with_coroutine
from pytest_speedup.model import Bound
from pytest_speedup.worker.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable

CPU_STEPS = 100_000
"""Steps of the computing kernel, all workers together: some 4 ms on one core."""

WAIT_SECONDS = 0.004
"""Wait of one worker of the waiting kernel."""


def kernel_share(bound: Bound, workers: int, scale: float = 1.0) -> float:
    """Size of one worker's share: steps of the computing kernel, seconds of the waiting one."""
    return scale * (CPU_STEPS / workers if bound is Bound.CPU else WAIT_SECONDS)


async def run_share_async(bound: Bound, share: float) -> tuple[float, float]:
    """Do the same on an event loop."""
    import asyncio  # noqa: PLC0415 - slow, and no process or thread needs it

    start = now()
    if bound is Bound.WAIT:
        await asyncio.sleep(share)
    else:
        compute(share)
    return start, now()


@with_coroutine(run_share_async)
def run_share(bound: Bound, share: float) -> tuple[float, float]:
    """Do one share of the kernel.

    Returns:
        When it began and when it ended, on a clock that all processes of a machine read alike.
    """
    kernel = _KERNELS[bound]
    start = now()
    kernel(share)
    return start, now()


def compute(steps: float) -> int:
    """Keep one core busy with arithmetic that needs no memory."""
    value = 1
    for _ in range(int(steps)):
        value = value * 5 % 8191
    return value


_KERNELS: dict[Bound, Callable[[float], object]] = {Bound.CPU: compute, Bound.WAIT: time.sleep}
