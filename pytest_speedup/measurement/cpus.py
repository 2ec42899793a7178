"""How many CPUs this process may really use."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_speedup.model import Cpus

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
