"""Noise of turns, drawn from a recording: four in a row, as base and head take them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.lab.recording import executor_of
from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import PARALLEL, SERIAL, Bound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from random import Random

    from benchmarks.lab.recording import RecordedRun
    from pytest_speedup.model import Round

PAIRED = 4
"""Turns in a row: those of a pair, mirrored."""

SERIAL_KIND = "serial"

Kind = tuple[Bound, str]
"""What work spends its time on, and the executor, or SERIAL_KIND."""

Quad = tuple[float, ...]
"""Log durations of four turns in a row, as distances from the median of their block."""


@dataclass(frozen=True, slots=True)
class Noise:
    """What turns are drawn from.

    Attributes:
        quads: by kind.
        scale: times as far from the median as they were recorded.
    """

    quads: Mapping[Kind, Sequence[Quad]]
    scale: float

    def draw(self, bound: Bound, executor: str, random: Random) -> tuple[float, ...]:
        """Draw the log durations of four turns in a row."""
        quad = random.choice(self.quads[bound, executor])
        return tuple(self.scale * one for one in quad)


def noise_of(runs: Sequence[RecordedRun], contended: Iterable[str], scale: float) -> Noise:
    """Gather the noise of a recording.

    Args:
        runs: the recording, or a part of it.
        contended: cells whose noise is not that of others, left out.
        scale: times as far from the median as they were recorded.

    Raises:
        SpeedupError: it has no waiting and computing cells on threads and processes.
    """
    left_out = set(contended)
    quads: dict[Kind, list[Quad]] = {}
    for run in runs:
        for name, cell in run.items():
            if name in left_out:
                continue
            for block in cell.blocks:
                for arm, executor in ((PARALLEL, executor_of(name)), (SERIAL, SERIAL_KIND)):
                    quads.setdefault((cell.bound, executor), []).extend(_quads(block, arm))
    wanted = {(bound, name) for bound in Bound for name in ("thread", "process", SERIAL_KIND)}
    if missing := wanted - quads.keys():
        names = ", ".join(sorted(f"{bound.value} {name}" for bound, name in missing))
        message = f"the recording lacks cells of these kinds: {names}; record it anew"
        raise SpeedupError(message)
    return Noise(quads, scale)


def _quads(block: Sequence[Round], arm: str) -> list[Quad]:
    logs = [math.log(seconds) for one in block for seconds in one.seconds(arm)]
    middle = median(logs) if logs else 0.0
    away = [one - middle for one in logs]
    return [tuple(away[at : at + PAIRED]) for at in range(0, len(away) - PAIRED + 1, PAIRED)]
