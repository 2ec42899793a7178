"""The measured ceiling: what speedup the workers of an executor can get here and now.

The number of CPUs is not the ceiling: hyperthreads, neighbours and the GIL stand between.
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
from pytest_speedup.model import PARALLEL, SERIAL, Bound, Ceiling

if TYPE_CHECKING:
    from pytest_speedup.executors import Executor


def measure_ceiling(executor: Executor, bound: Bound) -> Ceiling:
    """Run a kernel of as many equal shares as there are workers, in paired rounds.

    Serially the shares run one after another. In parallel each worker runs one, all released
    at once, and the time from the first one's beginning to the last one's end counts: handing
    out tasks is the workload's affair, not the machine's.
    """
    share = partial(run_share, bound, kernel_share(bound, executor.workers))

    def serial() -> float:
        return _span([share() for _ in range(executor.workers)])

    def parallel() -> float:
        return _span(executor.each(share))

    orders = islice(balanced_orders((SERIAL, PARALLEL), Random()), MIN_ROUNDS)
    return Ceiling(bound, tuple(rounds({SERIAL: serial, PARALLEL: parallel}, orders)))


def _span(times: list[tuple[float, float]]) -> float:
    """Seconds from the earliest beginning to the latest end."""
    return max(end for _, end in times) - min(start for start, _ in times)
