"""The disturbances of one run, each begun and ended in its time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from benchmarks.lab.soak.choice import Strike
    from benchmarks.lab.soak.disturbance import Begun, Target
    from benchmarks.lab.soak.ran import Blow


AGAIN = (0.1, 2.0)
"""Seconds until a strike that found nobody is tried again: there may be no child yet."""


@dataclass(slots=True)
class Fire:
    """What is done to a run.

    Attributes:
        target: the run.
        strikes: what is still to come, by time.
        random: where chance comes from.
        blows: what was done so far.
        lasting: what goes on, with the moment at which it is to end.
    """

    target: Target
    strikes: list[Strike]
    random: Random
    blows: list[Blow] = field(default_factory=list)
    lasting: list[tuple[float, Begun]] = field(default_factory=list)

    def tick(self, seconds: float) -> None:
        """Begin and end what is due.

        Args:
            seconds: since the start of the run.
        """
        for until, begun in list(self.lasting):
            if until <= seconds:
                begun.end()
                self.lasting.remove((until, begun))
        while self.strikes and self.strikes[0].at <= seconds:
            self._begin(self.strikes.pop(0), seconds)

    def stop(self) -> None:
        """End whatever goes on."""
        while self.lasting:
            self.lasting.pop()[1].end()

    def _begin(self, strike: Strike, seconds: float) -> None:
        begun = strike.disturbance.begin(self.target, self.random)
        if begun is None:
            later = replace(strike, at=seconds + self.random.uniform(*AGAIN))
            self.strikes = sorted([*self.strikes, later], key=lambda one: one.at)
            return
        self.blows.append(begun.blow)
        self.lasting.append((seconds + strike.lasts, begun))
