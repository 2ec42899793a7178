"""The disturbances, and a seeded order of what is done to a run, and when."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.lab.soak.burner import Burner
from benchmarks.lab.soak.clock import SteppedClock
from benchmarks.lab.soak.disk import FileLimit, FullDisk
from benchmarks.lab.soak.quota import Affinity, Quota
from benchmarks.lab.soak.signals import SignalToChild, SignalToPytest, Suspended

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from benchmarks.lab.soak.disturbance import Disturbance

SHARE_OF_PAIRS = 0.35
"""Of all runs, those with two disturbances at once."""

MAX_STRIKES = 3
LATEST = 0.8
"""Share of a run after which nothing is begun: it may be over."""

MIN_SECONDS, MAX_SECONDS = 0.05, 5.0
"""Seconds that a disturbance lasts."""


@dataclass(frozen=True, slots=True)
class Strike:
    """What is to be done, and when.

    Attributes:
        disturbance: what.
        at: seconds after the start.
        lasts: seconds until it ends.
    """

    disturbance: Disturbance
    at: float
    lasts: float


def all_disturbances() -> list[Disturbance]:
    """List them; which are possible here is another question."""
    return [
        SignalToChild("child killed", signal.SIGKILL),
        SignalToChild("child told to end", signal.SIGTERM),
        Suspended("child suspended", everybody=False),
        Suspended("all suspended", everybody=True),
        SignalToPytest("Ctrl-C", signal.SIGINT),
        SignalToPytest("pytest killed", signal.SIGKILL),
        SignalToPytest("pytest told to end", signal.SIGTERM),
        FullDisk(),
        FileLimit(),
        SteppedClock(),
        Burner(),
        Quota(),
        Affinity(),
    ]


def decks(disturbances: Sequence[Disturbance], random: Random) -> Iterator[list[Disturbance]]:
    """Choose one or two for each run: in turn, so that none is forgotten, and in random order."""
    while True:
        for first in random.sample(disturbances, k=len(disturbances)):
            others = [one for one in disturbances if one is not first]
            with_second = others and random.random() < SHARE_OF_PAIRS
            yield [first, random.choice(others)] if with_second else [first]


def draw_strikes(chosen: Sequence[Disturbance], seconds: float, random: Random) -> list[Strike]:
    """Choose moments of a run.

    Args:
        chosen: what is done to it.
        seconds: how long it takes when nothing is.
        random: where chance comes from.
    """
    strikes = [
        Strike(one, random.uniform(0, LATEST * seconds), random.uniform(MIN_SECONDS, MAX_SECONDS))
        for one in chosen
        for _ in range(random.randint(1, MAX_STRIKES))
    ]
    return sorted(strikes, key=lambda strike: strike.at)
