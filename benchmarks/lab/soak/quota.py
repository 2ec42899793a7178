"""CPUs that are taken away: by a cgroup's quota, and by the affinity of running processes."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.lab.soak.disturbance import Begun, NeedsNothing
from benchmarks.lab.soak.ran import Blow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from benchmarks.lab.soak.disturbance import Target
    from benchmarks.lab.soak.place import Place

CGROUPS = Path("/sys/fs/cgroup")
PERIOD = 100_000
"""Microseconds; the kernel's own."""


@dataclass(frozen=True, slots=True)
class Quota(NeedsNothing):
    """A group of its own gets half a CPU.

    Attributes:
        name: what the table calls it.
        root: where the kernel shows its control groups.
    """

    name: str = "cgroup quota 50 %"
    root: Path = CGROUPS

    def refusal(self, place: Place) -> str:  # noqa: ARG002 - it is the machine that refuses
        """It takes a CPU controller that this user may write to."""
        file = self._file(self._group())
        try:
            file.parent.mkdir()
            file.write_text(_unlimited(file), encoding="ascii")
        except OSError:
            return "no cgroup to write to"
        finally:
            with suppress(OSError):
                file.parent.rmdir()
        return ""

    def begin(self, target: Target, random: Random) -> Begun | None:  # noqa: ARG002 - hits all
        """Move the run into a group with half a CPU; the end lifts the quota, and moves it back."""
        group = self._group()
        file = self._file(group)
        group.mkdir(exist_ok=True)
        half = PERIOD // 2
        text = f"{half} {PERIOD}" if file.name == "cpu.max" else str(half)
        file.write_text(text, encoding="ascii")
        for one in target.everybody():
            _put(one.pid, group)
        return Begun(Blow(self.name), lambda: self._end(group))

    def _end(self, group: Path) -> None:
        for pid in _pids(group):
            _put(pid, group.parent)
        with suppress(OSError):
            file = self._file(group)
            file.write_text(_unlimited(file), encoding="ascii")
            group.rmdir()

    def _group(self) -> Path:
        """Name the group: beside those of the first version of cgroups, or of the second."""
        first = self.root / "cpu"
        return (first if first.is_dir() else self.root) / f"speedup-soak-{os.getpid()}"

    def _file(self, group: Path) -> Path:
        return group / ("cpu.cfs_quota_us" if group.parent.name == "cpu" else "cpu.max")


def _unlimited(file: Path) -> str:
    return "max" if file.name == "cpu.max" else "-1"


def _pids(group: Path) -> Iterator[int]:
    with suppress(OSError):
        yield from map(int, (group / "cgroup.procs").read_text(encoding="ascii").split())


def _put(pid: int, group: Path) -> None:
    with suppress(OSError):  # it has ended meanwhile
        (group / "cgroup.procs").write_text(str(pid), encoding="ascii")


@dataclass(frozen=True, slots=True)
class Affinity(NeedsNothing):
    """All processes are confined to one CPU."""

    name: str = "affinity cut to 1 CPU"

    def refusal(self, place: Place) -> str:  # noqa: ARG002 - it is the machine that refuses
        """It takes more CPUs than one."""
        return "" if len(os.sched_getaffinity(0)) > 1 else "1 CPU"

    def begin(self, target: Target, random: Random) -> Begun | None:
        """Confine them; the end frees them, and those that they started meanwhile."""
        cpus = os.sched_getaffinity(0)
        chosen = random.choice(sorted(cpus))
        _confine(target, {chosen})
        return Begun(Blow(self.name, what=f"CPU {chosen}"), lambda: _confine(target, cpus))


def _confine(target: Target, cpus: set[int]) -> None:
    for one in target.everybody():
        with suppress(OSError):
            os.sched_setaffinity(one.pid, cpus)
