"""A wall clock that jumps by hours, for the Python processes of a run alone.

The machine's own clock stays as it is. A ``sitecustomize`` shows the run another one, in the
modules ``time`` and ``datetime``; the monotonic clock is not touched, and ``date -s`` would not
either. libfaketime is no alternative: under version 0.9.10 ``time.sleep`` fails now and then with
EINVAL.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.lab.soak.disturbance import Begun, NeedsNothing
from benchmarks.lab.soak.ran import Blow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from random import Random

    from benchmarks.lab.soak.disturbance import Target
    from benchmarks.lab.soak.place import Place

FILE = "clock"
VARIABLE = "SPEEDUP_SOAK_CLOCK"

MAX_SECONDS = 40_000
"""How far it jumps, forth or back."""

STEPPED = """\
import datetime
import os
import time as clock

wall, moment, file = clock.time, datetime.datetime, os.environ["SPEEDUP_SOAK_CLOCK"]


def stepped():
    try:
        with open(file) as text:
            return wall() + int(text.read())
    except (OSError, ValueError):
        return wall()


class SteppedMoment(moment):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(stepped(), tz)

    @classmethod
    def utcnow(cls):
        return cls.now(datetime.timezone.utc).replace(tzinfo=None)

    @classmethod
    def today(cls):
        return cls.now()


clock.time = stepped
clock.time_ns = lambda: int(stepped() * 1e9)
datetime.datetime = SteppedMoment
"""


@dataclass(frozen=True, slots=True)
class SteppedClock(NeedsNothing):
    """The wall clock jumps, forth or back."""

    name: str = "clock stepped (sitecustomize)"

    def environment(self, place: Place) -> Mapping[str, str]:
        """Have the run look at a file for how far its clock is off."""
        _write(_file_of(place), 0)
        folder = place.outside / "stepped"
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(STEPPED, encoding="utf-8")
        path = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {"PYTHONPATH": os.pathsep.join(path), VARIABLE: str(_file_of(place))}

    def begin(self, target: Target, random: Random) -> Begun | None:
        """Jump; the end jumps back."""
        seconds = random.randint(-MAX_SECONDS, MAX_SECONDS)
        file = _file_of(target.place)
        _write(file, seconds)
        return Begun(Blow(self.name, what=f"by {seconds:+} s"), lambda: _write(file, 0))


def _file_of(place: Place) -> Path:
    return place.outside / FILE


def _write(file: Path, seconds: int) -> None:
    """Replace the file in one step: it is read all the time."""
    new = file.with_suffix(".new")
    new.write_text(f"{seconds:+}\n", encoding="ascii")
    new.replace(file)
