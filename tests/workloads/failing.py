"""A handler that raises, where worker processes find it."""

from __future__ import annotations

from workloads import consumers


def fail_at_two(item: int, seconds: float) -> str:
    if item == 2:
        message = "item 2"
        raise ValueError(message)
    return consumers.handle(item, seconds)
