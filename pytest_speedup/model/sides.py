"""Base and head: the two sides of a comparison, and the names of their arms."""

from __future__ import annotations

BASE = "base"
HEAD = "head"


def arm_of(side: str, turn: str) -> str:
    """Name a side's arm, such as ``head thread-4``."""
    return f"{side} {turn}"
