"""How many rounds a cell gets, and how often serial runs in them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pytest_speedup.model import PARALLEL, SERIAL, Bound

MIN_ROUNDS = 6
"""The fewest pairs from which a signed-rank interval reaches 95 % confidence."""

MOST_ROUNDS = 200
"""Rounds of a workload that takes next to no time: the kernel's turns in them do take some."""

MAX_REPEATS = 8
"""Parallel turns per serial turn at most: more would no longer lie close to their partner."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be measured of a cell.

    Attributes:
        rounds: how many rounds.
        repeats: parallel turns in each round, beside its one serial turn.
    """

    rounds: int
    repeats: int

    @property
    def arms(self) -> tuple[str, ...]:
        """The workload's turns of one round."""
        return (SERIAL, *(PARALLEL,) * self.repeats)


def make_plan(
    serial_seconds: float,
    parallel_seconds: float,
    bound: Bound,
    *,
    max_seconds: float,
    min_rounds: int,
) -> Plan:
    """Spend the time where the precision needs it.

    With equal relative noise on both sides the ratio is sharpest for its time when the longer
    side runs less often, by the square root of the ratio of durations (optimum allocation:
    Cochran, Sampling Techniques, 1977, section 5.5). Waiting is repeatable to about 1 %, so a
    waiting cell stops at the fewest rounds that give an interval; computing fills its time.

    Args:
        serial_seconds: duration of one serial turn.
        parallel_seconds: duration of one parallel turn.
        bound: what the workload spends its time on.
        max_seconds: time that a computing cell may take, unless the fewest rounds take more.
        min_rounds: fewest rounds that the user accepts.
    """
    ratio = serial_seconds / max(parallel_seconds, 1e-9)
    repeats = min(MAX_REPEATS, max(1, round(math.sqrt(ratio))))
    fewest = max(MIN_ROUNDS, min_rounds)
    if bound is Bound.WAIT:
        return Plan(fewest, repeats)
    round_seconds = max(serial_seconds + repeats * parallel_seconds, 1e-9)
    return Plan(max(fewest, min(MOST_ROUNDS, int(max_seconds / round_seconds))), repeats)
