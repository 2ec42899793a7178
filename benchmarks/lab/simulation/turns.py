"""How turns may vary, made up: four in a row, as base and head take them.

Each is in units of what the policy states for a round of such cells, so that one model is for cells
of any kind.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from pytest_speedup.model import BASE, HEAD, Round, Turn, arm_of
from pytest_speedup.statistics import Shift, read_shift

if TYPE_CHECKING:
    from collections.abc import Callable

    Draw = Callable[[Random], float]

OF_TURN = 1 / math.sqrt(2 * (1 - 1 / math.pi))
"""Deviation of a normal turn whose round, by the faster of two turns a side, has a deviation of 1:
the smaller of two standard normal numbers has a variance of 1 - 1 / pi."""

MADE_OF = 4000
"""Blocks of a model that are drawn, from which those of suites are then."""

TURN = "cell"

SLOW_SHARE = 0.2
STAYS = 0.86
"""Share of turns in the slow mode, and how much of a mode lasts from one turn to the next."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model of noise.

    Attributes:
        name: in words.
        quad: draws the logarithms of four turns in a row, in deviations of a round.
        effect: draws what a pair of processes adds to a block, in natural logarithms.
        size: by what that is multiplied.
        shared: share of its variance that the cells of a workload have in common.
        outlier: what one of the first blocks of each suite has added, in natural logarithms.
    """

    name: str
    quad: Callable[[Random], tuple[float, ...]]
    effect: Draw
    size: float = 0.0
    shared: float = 1.0
    outlier: float = 0.0


def unit_shifts(model: Model, rounds: int) -> tuple[Shift, ...]:
    """Draw blocks of so many rounds, read as those of a comparison are; always the same ones."""
    return _unit_shifts(model.name, rounds)


@cache
def _unit_shifts(name: str, rounds: int) -> tuple[Shift, ...]:
    random = Random(f"{name} {rounds}")
    quad = MODELS[name].quad
    return tuple(_shift(quad, rounds, random) for _ in range(MADE_OF))


def _shift(quad: Callable[[Random], tuple[float, ...]], rounds: int, random: Random) -> Shift:
    made = []
    for _ in range(rounds):
        order = (BASE, HEAD, HEAD, BASE) if random.random() < 0.5 else (HEAD, BASE, BASE, HEAD)  # noqa: PLR2004 - heads or tails
        turns = zip(order, quad(random), strict=True)
        made.append(Round(tuple(Turn(arm_of(side, TURN), math.exp(log)) for side, log in turns)))
    return read_shift(made, TURN, (BASE, HEAD))


def normal(random: Random) -> float:
    """Draw from the standard normal distribution."""
    return random.gauss(0, 1)


def tailed(degrees: int) -> Draw:
    """Draw from Student's distribution, which two degrees of freedom leave without a variance."""

    def draw(random: Random) -> float:
        return random.gauss(0, 1) / math.sqrt(random.gammavariate(degrees / 2, 2) / degrees)

    return draw


def _alike(draw: Draw, times: float) -> Callable[[Random], tuple[float, ...]]:
    def quad(random: Random) -> tuple[float, ...]:
        return tuple(times * OF_TURN * draw(random) for _ in range(4))

    return quad


def _two_modes(random: Random) -> tuple[float, ...]:
    """Be slower by five deviations now and then, for some turns."""
    logs = []
    slow = random.random() < SLOW_SHARE
    for _ in range(4):
        if random.random() > STAYS:
            slow = random.random() < SLOW_SHARE
        logs.append(OF_TURN * (5 * slow + 0.6 * normal(random)))
    return tuple(logs)


def _drifting(random: Random) -> tuple[float, ...]:
    """Get slower from turn to turn, by a third of a deviation."""
    return tuple(OF_TURN * (turn / 3 + normal(random)) for turn in range(4))


def _with_effects() -> list[Model]:
    quad = _alike(normal, 1 / 3)
    models = [
        Model(f"a block's {100 * size:g} %, {word}", quad, normal, size, shared)
        for size in (0.01, 0.02, 0.03, 0.05, 0.1)
        for word, shared in (("shared", 1.0), ("not shared", 0.0))
    ]
    tails = [
        Model(f"a block's 2 %, t with {degrees}", quad, tailed(degrees), 0.02, 0.0)
        for degrees in (3, 2)
    ]
    return [*models, *tails, Model("one block 30 % slower", quad, normal, outlier=math.log(1.3))]


MODELS = {
    one.name: one
    for one in (
        Model("normal, as stated", _alike(normal, 1), normal),
        Model("normal, 3 times as stated", _alike(normal, 3), normal),
        Model("normal, a third of it", _alike(normal, 1 / 3), normal),
        Model("two modes that last", _two_modes, normal),
        Model("turns from t with 3", _alike(tailed(3), 1), normal),
        Model("turns from t with 2", _alike(tailed(2), 1), normal),
        Model("drift", _drifting, normal),
        *_with_effects(),
    )
}
"""All of them, by name."""
