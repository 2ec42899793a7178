"""Rounds as one line of text: short enough for thousands of saved runs.

Rounds are separated by a space. Each turn is a letter for its arm and its duration in
microseconds, in the order in which they ran: ``p4808.765s1288.022 s1258.437p4840.455``. The
letters are ``s`` and ``p`` for the workload's serial and parallel turns, ``k`` and ``c`` for the
kernel's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_speedup.model import KERNEL_PARALLEL, KERNEL_SERIAL, PARALLEL, SERIAL, Round, Turn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

_ARMS = {"s": SERIAL, "p": PARALLEL, "k": KERNEL_SERIAL, "c": KERNEL_PARALLEL}
_LETTERS = {arm: letter for letter, arm in _ARMS.items()}
_ROUND = re.compile(r"(?:[spkc][0-9]{1,15}\.[0-9]{3})+")
_TURN = re.compile(r"([spkc])([0-9.]+)")


def write_rounds(rounds: Iterable[Round]) -> str:
    """Write rounds of the workload's and the kernel's arms."""
    return " ".join(
        "".join(f"{_LETTERS[turn.arm]}{turn.seconds * 1e6:.3f}" for turn in one.turns)
        for one in rounds
    )


def read_rounds(text: str, arms: AbstractSet[str]) -> tuple[Round, ...]:
    """Read what :func:`write_rounds` wrote.

    Args:
        text: the rounds.
        arms: the arms that every round must have.

    Raises:
        ValueError: the text is not of that form, a turn took no time, or an arm is missing.
    """
    return tuple(_round(word, arms) for word in text.split(" "))


def _round(word: str, arms: AbstractSet[str]) -> Round:
    if not _ROUND.fullmatch(word):
        message = f"{word[:40]!r} is no round"
        raise ValueError(message)
    one = Round(tuple(Turn(_ARMS[arm], float(number) / 1e6) for arm, number in _TURN.findall(word)))
    if not arms <= {turn.arm for turn in one.turns}:
        message = f"the round {word[:40]!r} lacks a turn of {' or '.join(sorted(arms))}"
        raise ValueError(message)
    if min(turn.seconds for turn in one.turns) <= 0:
        message = f"a turn of {word[:40]!r} took no time"
        raise ValueError(message)
    return one
