"""A workload of the plugin's own: whatever a commit changes, it cannot change this one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pytest_speedup.measurement.clock import now
from pytest_speedup.measurement.kernel import CPU_STEPS, WAIT_SECONDS, run_share
from pytest_speedup.model import Bound

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor

TASKS = 12
"""Tasks of the control workload, which 1, 2, 3, 4, 6 or 12 workers share evenly."""

SHARES = {Bound.CPU: CPU_STEPS / 4, Bound.WAIT: WAIT_SECONDS}
"""Size of one task."""


def control_arm(executor: Executor, bound: Bound) -> Callable[[], float]:
    """Make the arm that runs the control workload once and returns its seconds.

    Unlike the kernel, it hands out tasks and gathers their results as users' workloads do.
    """

    def run() -> float:
        start = now()
        list(executor.map(partial(run_share, bound), [SHARES[bound]] * TASKS))
        return now() - start

    return run
