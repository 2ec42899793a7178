"""A meeting of all workers, made of semaphores: for those that have no barrier."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from pytest_speedup.executors.inherited import Number


class Semaphore(Protocol):
    """As ``threading.Semaphore``, whoever shares it."""

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:  # noqa: FBT001, FBT002
        """Take one; tell whether there was one within ``timeout`` seconds."""

    def release(self) -> None:
        """Give one back."""


class SemaphoreMeeting(NamedTuple):
    """Where workers wait for each other; they may meet again once all have left.

    Attributes:
        parties: how many they are.
        arrived: how many of them are there.
        door: guards that number; one at first.
        gate: holds those who wait; none at first.
    """

    parties: int
    arrived: Number
    door: Semaphore
    gate: Semaphore

    def wait(self, timeout: float | None = None) -> None:
        """Return once all are there.

        Raises:
            threading.BrokenBarrierError: they were not within ``timeout`` seconds.
        """
        self.door.acquire()
        self.arrived.value += 1
        is_last = self.arrived.value == self.parties
        self.door.release()
        if is_last:
            self.arrived.value = 0
            self.open()
        if not self.gate.acquire(timeout=timeout):
            raise threading.BrokenBarrierError

    def open(self) -> None:
        """Let everybody go."""
        for _ in range(self.parties):
            self.gate.release()
