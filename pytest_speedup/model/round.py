"""What the measurement loop yields: rounds, made of turns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """One timed run of one arm.

    Attributes:
        arm: the name of the arm that ran.
        seconds: how long it took.
    """

    arm: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Round:
    """The turns that are compared with each other, in the order in which they ran."""

    turns: tuple[Turn, ...]

    def seconds(self, arm: str) -> tuple[float, ...]:
        """Durations of one arm's turns in this round, in the order in which they ran."""
        return tuple(turn.seconds for turn in self.turns if turn.arm == arm)

    @property
    def total(self) -> float:
        """Seconds spent inside the turns of this round."""
        return sum(turn.seconds for turn in self.turns)
