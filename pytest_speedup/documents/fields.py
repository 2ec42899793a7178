"""What stands in documents from outside, taken for no more than it is.

JSON says nothing of what a value means: each is checked where it is read, so that nothing behind
meets a text where a number belongs, or a number that overflows.
"""

from __future__ import annotations

import math
from typing import TypeGuard

LONGEST_TEXT = 1_000_000
"""Characters of a name or a reason; the arguments of a parametrized test stand in names."""

MOST_WORKERS = 65_536

SHOWN = 80
"""Characters of something unsuitable that a message shows."""

LEAST_SECONDS, MOST_SECONDS = 1e-9, 1e9
"""A nanosecond, and thirty years."""

LARGEST_LOG = 100.0
"""Of the logarithm of a speedup or of seconds."""


def text(value: object) -> str:
    """Take a text that every encoding of Unicode can hold.

    Raises:
        ValueError: it is something else, too long, or has half a character in it.
    """
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or not _is_whole(value):
        message = f"{brief(value)} is no text of at most {LONGEST_TEXT} characters"
        raise ValueError(message)
    return value


def workers(value: object) -> int:
    """Take a number of workers.

    Raises:
        ValueError: it is something else.
    """
    if type(value) is not int or not 1 <= value <= MOST_WORKERS:
        message = f"{brief(value)} is no number of workers, a whole one from 1 to {MOST_WORKERS}"
        raise ValueError(message)
    return value


def number(value: object, low: float, high: float) -> float:
    """Take a number of a range, with its ends.

    Raises:
        ValueError: it is something else.
    """
    if not is_number(value) or not low <= value <= high:
        message = f"{brief(value)} is no number from {low:g} to {high:g}"
        raise ValueError(message)
    return float(value)


def seconds(value: object) -> float:
    """Take a duration.

    Raises:
        ValueError: it is something else, or none.
    """
    return number(value, LEAST_SECONDS, MOST_SECONDS)


def switch(value: object) -> bool:
    """Take a truth value.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(value, bool):
        message = f"{brief(value)} is neither true nor false"
        raise ValueError(message)  # noqa: TRY004 - of all fields
    return value


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a finite number; truth values are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -math.inf < value < math.inf


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def brief(value: object) -> str:
    """Show the beginning of what was found, however much there is of it."""
    shown = repr(value)
    return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}..."
