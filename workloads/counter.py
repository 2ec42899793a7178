"""Counter: shared state under a lock."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_speedup.executors import Counter, Executor

SIZES = {"quick": 1_000, "default": 100_000, "seed": 500_000}
"""Increments by size, all workers together."""


def add(counter: Counter, increments: int) -> None:
    """Count up one by one, each step under the lock."""
    for _ in range(increments):
        with counter.lock:
            counter.value += 1


def shares(increments: int, workers: int) -> list[int]:
    """Share out the increments so that no worker has more than one above another."""
    return [(increments + rank) // workers for rank in range(workers)]


def run(executor: Executor, increments: int) -> int:
    """Have every worker do its share, and return the final count."""
    counter = executor.counter()
    # A queue of length zero runs the tasks to their end and keeps nothing.
    deque(executor.map(partial(add, counter), shares(increments, executor.workers)), maxlen=0)
    return counter.value
