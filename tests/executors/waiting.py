"""Tasks that wait for each other through the executor's queue, where workers find them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_speedup.executors import Counter, Queue

PATIENCE = 60.0
"""Seconds after which what must come is taken for lost."""


def fail_beside_another(channel: Queue, finished: Counter, role: str) -> None:
    """Fail once the other task runs, which goes on for a while and then says that it ended."""
    if role == "fail":
        channel.get(timeout=PATIENCE)
        message = "first"
        raise ValueError(message)
    channel.put("running")
    time.sleep(0.3)  # nobody waits for this unless the executor does
    with finished.lock:
        finished.value += 1


def stay_busy(channel: Queue, _task: object) -> None:
    """Say that the task began, and outlive any politeness."""
    channel.put("began")
    time.sleep(3.0)


def first_waits(channel: Queue, task: int) -> object:
    """Hold the worker in the first task; the others would take no time."""
    return channel.get(timeout=PATIENCE) if task == 0 else None
