"""A disk that is full: the small one to the last byte, or files that may not grow."""

from __future__ import annotations

import errno
import resource
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.lab.soak.disturbance import Begun, NeedsNothing
from benchmarks.lab.soak.ran import Blow

if TYPE_CHECKING:
    from io import RawIOBase
    from pathlib import Path
    from random import Random

    from benchmarks.lab.soak.disturbance import Target
    from benchmarks.lab.soak.place import Place

PAGE = 4096
"""What a disk in memory hands out at once."""

MAX_PAGES_LEFT = 16
"""So that a file may be begun, and not be finished."""


@dataclass(frozen=True, slots=True)
class FullDisk(NeedsNothing):
    """Every byte of the small disk is taken, or all but a few pages."""

    name: str = "disk filled"

    def refusal(self, place: Place) -> str:
        """It takes a disk of its own."""
        return "" if place.small else "may not mount"

    def begin(self, target: Target, random: Random) -> Begun | None:
        """Fill it; the end frees it."""
        left = random.choice([0, 0, random.randrange(MAX_PAGES_LEFT)])
        path = target.place.disk / "ballast"
        fill(path, left * PAGE)
        what = f"{left} pages left"
        blow = Blow(self.name, breaks_writes=True, what=what)
        return Begun(blow, lambda: path.unlink(missing_ok=True))


def fill(path: Path, left: int) -> None:
    """Write a file until its disk is full, and then give some bytes back."""
    with path.open("ab", buffering=0) as file:
        for size in (PAGE * 256, PAGE, 1):
            while _writes(file, size):
                pass
        file.truncate(max(0, file.tell() - left))


def _writes(file: RawIOBase, size: int) -> bool:
    try:
        return bool(file.write(bytes(size)))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False


@dataclass(frozen=True, slots=True)
class FileLimit(NeedsNothing):
    """No file may grow beyond a few bytes: the limit that needs no disk of its own."""

    name: str = "files cut off"

    def begin(self, target: Target, random: Random) -> Begun | None:
        """Lower the limit of all processes, and of those that they start; the end lifts it."""
        size = random.choice([0, 1000, 20_000])
        everybody = target.everybody()
        if not everybody:
            return None
        for one in everybody:
            _limit(one.pid, size)
        blow = Blow(self.name, breaks_writes=True, what=f"{size} bytes")
        return Begun(blow, lambda: _lift(target))


def _lift(target: Target) -> None:
    for one in target.everybody():
        _limit(one.pid, resource.RLIM_INFINITY)


def _limit(pid: int, size: int) -> None:
    with suppress(OSError):
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
