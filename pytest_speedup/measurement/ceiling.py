"""The measured ceiling: what speedup the workers of an executor can get here and now.

The number of CPUs is not the ceiling: hyperthreads, neighbours and the GIL stand between.

For computing it also drifts by the minute, as neighbours come and go, and the speedup of a
workload drifts with it. Taking the kernel's turns inside the workload's own rounds therefore
says how much of a change is the machine's. (On a shared 2-CPU machine, in windows of 80 rounds,
the two correlated by 0.94, and the drift of their ratio was 0.4 of the speedup's alone.)
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

from pytest_speedup.measurement.kernel import kernel_share, run_share
from pytest_speedup.measurement.loop import rounds
from pytest_speedup.measurement.order import balanced_orders
from pytest_speedup.measurement.plan import MIN_ROUNDS
from pytest_speedup.model import KERNEL_PARALLEL, KERNEL_SERIAL, Bound, Ceiling

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor


def measure_ceiling(executor: Executor, bound: Bound) -> Ceiling:
    """Run the kernel alone, in paired rounds."""
    arms = kernel_arms(executor, bound)
    orders = islice(balanced_orders(tuple(arms), Random()), MIN_ROUNDS)
    return Ceiling(bound, tuple(rounds(arms, orders)))


def kernel_arms(
    executor: Executor, bound: Bound, scale: float = 1.0
) -> dict[str, Callable[[], float]]:
    """Make the arms of a kernel that has as many equal shares as there are workers.

    Serially the shares run one after another. In parallel each worker runs one, all released
    at once, and the time from the first one's beginning to the last one's end counts: handing
    out tasks is the workload's affair, not the machine's. Where workers have clocks of their own,
    the longest share counts.

    Args:
        executor: whose workers run it.
        bound: what it spends its time on.
        scale: how many times as long as usual.
    """
    share = partial(run_share, bound, kernel_share(bound, executor.workers, scale))

    def serial() -> float:
        return _span([share() for _ in range(executor.workers)])

    def parallel() -> float:
        times = executor.each(share)
        return _span(times) if executor.shares_clock else _longest(times)

    return {KERNEL_SERIAL: serial, KERNEL_PARALLEL: parallel}


def _span(times: list[tuple[float, float]]) -> float:
    """Seconds from the earliest beginning to the latest end."""
    return max(end for _, end in times) - min(start for start, _ in times)


def _longest(times: list[tuple[float, float]]) -> float:
    """Seconds of the longest share."""
    return max(end - start for start, end in times)
