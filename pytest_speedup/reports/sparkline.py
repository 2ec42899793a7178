"""A line of letters that shows how a quantity went."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
LETTERS = "_.-=*#"
"""For terminals that have no bars."""

LONGEST = 20
"""Values that are shown, the last ones."""

FLAT = 0.05
"""Spread, as a share of the largest value, that fills a line: less is noise and looks flat."""


def sparkline(values: Sequence[float], *, encoding: str) -> str:
    """Draw the last values, from the smallest to the largest of them.

    Args:
        values: positive numbers, in order.
        encoding: of the terminal.
    """
    signs = BARS if _can_show(encoding) else LETTERS
    shown = values[-LONGEST:]
    if not shown:
        return ""
    high = max(shown)
    low = min(*shown, high * (1 - FLAT))
    scale = (len(signs) - 1) / (high - low)
    return "".join(signs[round((value - low) * scale)] for value in shown)


def _can_show(encoding: str) -> bool:
    try:
        BARS.encode(codecs.lookup(encoding).name)
    except (LookupError, UnicodeEncodeError):
        return False
    return True
