"""The counter of executors whose workers share one process."""

from __future__ import annotations

import threading


class LockedCounter:
    """A number beside the lock that guards it."""

    __slots__ = ("lock", "value")

    def __init__(self) -> None:
        """Start at zero."""
        self.lock = threading.Lock()
        self.value = 0
