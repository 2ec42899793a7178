"""Busy neighbours."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.lab.soak.disturbance import Begun, NeedsNothing
from benchmarks.lab.soak.ran import Blow

if TYPE_CHECKING:
    from random import Random

    from benchmarks.lab.soak.disturbance import Target

BURN = """\
import os, sys
os.nice(int(sys.argv[1]))
parent = os.getppid()
while os.getppid() == parent:
    sum(range(100_000))
"""
"""Ends with whoever started it."""

MAX_BURNERS = 2
POLITE = 19


@dataclass(frozen=True, slots=True)
class Burner(NeedsNothing):
    """One or two processes that take what CPU they get."""

    name: str = "burner"

    def begin(self, target: Target, random: Random) -> Begun | None:  # noqa: ARG002 - hits all
        """Start them; the end kills them."""
        niceness = random.choice([0, 0, 5, POLITE])
        burners = [_start(niceness) for _ in range(random.randint(1, MAX_BURNERS))]
        blow = Blow(self.name, what=f"{len(burners)} of niceness {niceness}")
        return Begun(blow, lambda: _stop(burners))


def _start(niceness: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", BURN, str(niceness)])  # noqa: S603 - our words


def _stop(burners: list[subprocess.Popen[bytes]]) -> None:
    for one in burners:
        one.kill()
        one.wait()
