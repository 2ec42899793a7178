"""Counter: shared state under a lock."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pytest_speedup import Counter, Executor


class Load(NamedTuple):
    """How much is counted, and what lies between.

    Attributes:
        increments: steps of the counter, all workers together.
        computing: numbers that are added up before each step, outside the lock. Without, workers
            do nothing but wait for each other.
    """

    increments: int
    computing: int = 0


SIZES = {
    "quick": Load(1_000, computing=10),
    "default": Load(1_000, computing=5_000),
    "seed": Load(500_000),
}


def add(counter: Counter, computing: int, increments: int) -> None:
    """Count up one by one, each step under the lock."""
    for _ in range(increments):
        sum(range(computing))
        with counter.lock:
            counter.value += 1


def shares(increments: int, workers: int) -> list[int]:
    """Share out the increments so that no worker has more than one above another."""
    return [(increments + rank) // workers for rank in range(workers)]


def run(executor: Executor, load: Load) -> int:
    """Have every worker do its share, and return the final count."""
    counter = executor.counter()
    share = partial(add, counter, load.computing)
    # A queue of length zero runs the tasks to their end and keeps nothing.
    deque(executor.map(share, shares(load.increments, executor.workers)), maxlen=0)
    return counter.value
