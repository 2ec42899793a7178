"""Rounds as one line of text: short enough for thousands of saved runs.

Rounds are separated by a space. Each turn is the first letter of its arm and its duration in
microseconds, in the order in which they ran: ``p4808.765s1288.022 s1258.437p4840.455``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_speedup.model import PARALLEL, SERIAL, Round, Turn

if TYPE_CHECKING:
    from collections.abc import Iterable

_ARMS = {"s": SERIAL, "p": PARALLEL}
_ROUND = re.compile(r"(?:[sp][0-9]+\.[0-9]{3})+")
_TURN = re.compile(r"([sp])([0-9.]+)")


def write_rounds(rounds: Iterable[Round]) -> str:
    """Write rounds of the arms ``serial`` and ``parallel``."""
    return " ".join(
        "".join(f"{turn.arm[0]}{turn.seconds * 1e6:.3f}" for turn in one.turns) for one in rounds
    )


def read_rounds(text: str) -> tuple[Round, ...]:
    """Read what :func:`write_rounds` wrote.

    Raises:
        ValueError: the text is not of that form, a turn took no time, or an arm is missing.
    """
    return tuple(_round(word) for word in text.split(" "))


def _round(word: str) -> Round:
    if not _ROUND.fullmatch(word):
        message = f"{word[:40]!r} is no round"
        raise ValueError(message)
    one = Round(tuple(Turn(_ARMS[arm], float(number) / 1e6) for arm, number in _TURN.findall(word)))
    if {turn.arm for turn in one.turns} != set(_ARMS.values()):
        message = f"the round {word[:40]!r} does not have both arms"
        raise ValueError(message)
    if min(turn.seconds for turn in one.turns) <= 0:
        message = f"a turn of {word[:40]!r} took no time"
        raise ValueError(message)
    return one
