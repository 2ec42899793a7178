"""Runs under fire, made up."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from benchmarks.lab.soak.disturbance import Begun, NeedsNothing, Target
from benchmarks.lab.soak.place import Place
from benchmarks.lab.soak.ran import Blow, Ran, Victim

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

KILLED_CHILD = Blow("child killed", Victim.CHILD, signal.SIGKILL)
KILLED_PYTEST = Blow("pytest killed", Victim.PYTEST, signal.SIGKILL)
CTRL_C = Blow("Ctrl-C", Victim.ALL, signal.SIGINT)
FULL_DISK = Blow("disk filled", breaks_writes=True)
BURNER = Blow("burner")

GREEN = "speedup gate: 3 passed, 1 inconclusive\n=== 4 passed in 1.50s ==="
RED = GREEN.replace("3 passed", "2 passed, 1 regressed").replace("4 passed", "1 failed, 3 passed")


def ran(
    *blows: Blow,
    exit_code: int | None = 0,
    stdout: str = GREEN,
    stderr: str = "",
    mode: str = "compare",
) -> Ran:
    return Ran(mode, exit_code, stdout, stderr, 1.0, blows)


def place_in(folder: Path) -> Place:
    place = Place(folder / "disk", None, small=True)
    place.disk.mkdir()
    place.temporary.mkdir()
    place.project.mkdir()
    return place


def target_in(folder: Path) -> Target:
    return Target(pid=100, mark="one", place=place_in(folder))


class Logged(NeedsNothing):
    """A disturbance that keeps a log."""

    def __init__(self, name: str, log: list[str], *, finds: bool = True) -> None:
        self.name = name
        self.log = log
        self.finds = finds

    def begin(self, target: Target, random: Random) -> Begun | None:  # noqa: ARG002 - hits nobody
        self.log.append(f"{self.name} begins")
        if not self.finds:
            return None
        return Begun(Blow(self.name), lambda: self.log.append(f"{self.name} ends"))
