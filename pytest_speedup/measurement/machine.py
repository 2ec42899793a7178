"""The machine and interpreter of this run, and what they can do: kernels, and the ceiling.

The number of CPUs is not the ceiling: hyperthreads, neighbours and the GIL stand between.

The ceiling of computing also drifts by the minute, as neighbours come and go, and the speedup of a
workload drifts with it. Taking the kernel's turns inside the workload's own rounds therefore
says how much of a change is the machine's. (On a shared 2-CPU machine, in windows of 80 rounds,
the two correlated by 0.94, and the drift of their ratio was 0.4 of the speedup's alone.)
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import sysconfig
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_speedup.clock import now, timed
from pytest_speedup.executors import OWN, with_coroutine
from pytest_speedup.model import KERNEL_PARALLEL, KERNEL_SERIAL, Bound, Cpus, Machine
from pytest_speedup.platforms import read_cpu_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor

_CGROUP_ROOT = Path("/sys/fs/cgroup")
_OWN_CGROUPS = Path("/proc/self/cgroup")


def read_cpus() -> Cpus:
    """Read the limits of machine, affinity and cgroup.

    ``os.process_cpu_count`` knows the first two only; a container is held back by the third.
    """
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    return Cpus(logical=os.cpu_count() or 1, affinity=affinity, quota=read_quota())


def read_quota(root: Path = _CGROUP_ROOT, own_cgroups: Path = _OWN_CGROUPS) -> float | None:
    """Read the tightest CPU quota of this process's cgroup and of those above it.

    Source: the kernel's documentation, admin-guide/cgroup-v2 (``cpu.max``) and
    scheduler/sched-bwc (``cpu.cfs_quota_us``).

    Returns:
        CPUs' worth of time, or None where nothing limits it.
    """
    try:
        lines = own_cgroups.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    quotas = [quota for line in lines for quota in _quotas(root, line)]
    return min(quotas, default=None)


def _quotas(root: Path, line: str) -> list[float]:
    """Read the quotas along one line ``hierarchy:controllers:path`` of ``/proc/self/cgroup``."""
    _, controllers, path = line.split(":", 2)
    if controllers == "":
        base, read = root, _quota_v2
    elif "cpu" in controllers.split(","):
        base, read = root / controllers, _quota_v1
    else:
        return []
    own = base / path.lstrip("/")
    folders = [own, *(parent for parent in own.parents if parent.is_relative_to(base))]
    found = (read(folder) for folder in folders)
    return [quota for quota in found if quota is not None]


def _quota_v2(folder: Path) -> float | None:
    fields = _fields(folder / "cpu.max")
    if len(fields) != 2 or fields[0] == "max":  # noqa: PLR2004 - "$MAX $PERIOD"
        return None
    return int(fields[0]) / int(fields[1])


def _quota_v1(folder: Path) -> float | None:
    quota, period = _fields(folder / "cpu.cfs_quota_us"), _fields(folder / "cpu.cfs_period_us")
    if not quota or not period or int(quota[0]) < 0:
        return None
    return int(quota[0]) / int(period[0])


def _fields(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split()
    except OSError:
        return []


def read_machine(start_method: str) -> Machine:
    """Describe where this run is measured."""
    return Machine(
        cpu_model=read_cpu_model(),
        cpus=read_cpus(),
        python=_python_build(),
        gil=gil_enabled(),
        start_method=start_method,
        system=platform.system(),
    )


def gil_enabled() -> bool:
    """Whether the global interpreter lock is on now: an extension can switch it back on."""
    probe = getattr(sys, "_is_gil_enabled", None)
    return True if probe is None else bool(probe())


def _python_build() -> str:
    free_threading = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    name = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{name} free-threading" if free_threading else name


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

STEPS_PER_ITERATION = 10
"""Steps of the computing kernel that take as long as an iteration of the native one."""


def run_native_share(steps: float) -> tuple[float, float]:
    """Do a share of the computing kernel that holds no interpreter lock, and needs no memory.

    Code with workers of its own computes in libraries or in other processes, so that threads that
    wait for each other's lock would be no ceiling of it.

    Returns:
        As :func:`run_share`.
    """
    iterations = max(1, int(steps / STEPS_PER_ITERATION))
    start = now()
    hashlib.pbkdf2_hmac("sha256", b"kernel", b"ceiling", iterations)
    return start, now()


def share_of(executor: Executor, bound: Bound, scale: float) -> Callable[[], tuple[float, float]]:
    """Choose the share of the kernel that fits an executor."""
    size = kernel_share(bound, executor.workers, scale)
    if executor.name == OWN and bound is Bound.CPU:
        return partial(run_native_share, size)
    return partial(run_share, bound, size)


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
    return _arms(executor, share_of(executor, bound, scale))


def native_kernel_arms(executor: Executor) -> dict[str, Callable[[], float]]:
    """Make the arms of the computing kernel that holds no interpreter lock, likewise."""
    return _arms(executor, partial(run_native_share, kernel_share(Bound.CPU, executor.workers)))


def _arms(
    executor: Executor, share: Callable[[], tuple[float, float]]
) -> dict[str, Callable[[], float]]:
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
