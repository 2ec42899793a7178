"""Work of the plugin's own: whatever a commit changes, it cannot change this."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pytest_speedup.measurement.ceiling import kernel_arms
from pytest_speedup.measurement.kernel import CPU_STEPS, WAIT_SECONDS, run_share
from pytest_speedup.model import KERNEL_PARALLEL, Bound
from pytest_speedup.worker.clock import timed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor

TASKS = 12
"""Tasks of the control workload, which 1, 2, 3, 4, 6 or 12 workers share evenly."""

SHARES = {Bound.CPU: 0.6 * CPU_STEPS, Bound.WAIT: WAIT_SECONDS}
"""Size of one task."""

KERNEL_SCALE = {Bound.CPU: 5.0, Bound.WAIT: 1.0}
"""How much longer than for the ceiling the kernel runs: as long as it takes the scheduler to move
a worker that began on the core of another one."""


def control_arm(executor: Executor, bound: Bound) -> Callable[[], float]:
    """Make the arm that runs the control workload once and returns its seconds.

    Unlike the kernel, it hands out tasks and gathers their results as users' workloads do.
    """

    def work() -> None:
        list(executor.map(partial(run_share, bound), [SHARES[bound]] * TASKS))

    return lambda: timed(work).seconds


def kernel_arm(executor: Executor, bound: Bound) -> Callable[[], float]:
    """Make the arm that runs the ceiling's kernel in parallel."""
    return kernel_arms(executor, bound, KERNEL_SCALE[bound])[KERNEL_PARALLEL]
