"""A suite with faults to switch on: what a gate must catch, each in the cells that it hits.

The environment variable ``SPEEDUP_FAULT`` names the fault; without it the suite is sound.
pytest does not collect this file by itself: ``python -m pytest_speedup.evaluate faults`` runs it.
"""

from __future__ import annotations

import os
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.executors import Conditions, create

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.executors import Counter, Executor
    from pytest_speedup.plugin import Speedup

FAULT = os.environ.get("SPEEDUP_FAULT", "")
PAUSE = 0.004
"""Seconds that one task waits."""

ALL_AT_ONCE = threading.Lock()


def wait(task: int) -> int:
    time.sleep(PAUSE)
    return task


def wait_in_turn(task: int) -> int:
    with ALL_AT_ONCE:
        return wait(task)


def wait_for_all(tasks: Sequence[int]) -> list[int]:
    return [wait(task) for task in tasks]


def add_up(tasks: Sequence[int]) -> int:
    return sum(sum(range(task, task + 1_000)) for task in tasks)


def count(counter: Counter, task: int) -> int:
    time.sleep(PAUSE)
    with counter.lock:
        counter.value += 1
    return task


def count_slowly(counter: Counter, task: int) -> int:
    with counter.lock:
        time.sleep(PAUSE)
        counter.value += 1
    return task


def fetch(executor: Executor) -> list[int]:
    """Download under a global lock."""
    task = wait_in_turn if FAULT == "global-lock" else wait
    return list(executor.map(task, range(16)))


def batch(executor: Executor) -> list[int]:
    """Leave all work to one worker."""
    size = 16 if FAULT == "one-worker" else 2
    batches = [range(start, start + size) for start in range(0, 16, size)]
    return [done for each in executor.map(wait_for_all, batches) for done in each]


def pooled(executor: Executor) -> list[int]:
    """Create a pool for each task."""
    if FAULT != "pool-per-task" or executor.workers == 1:
        return list(executor.map(wait, range(8)))
    done: list[int] = []
    for task in range(8):
        with create("process", executor.workers, Conditions()) as fresh:
            fresh.start()
            done.extend(fresh.map(wait, [task]))
    return done


def tiny(executor: Executor) -> int:
    """Send tiny tasks one by one."""
    size = 1 if FAULT == "chunk-size-one" else 250
    chunks = [range(start, start + size) for start in range(0, 2_000, size)]
    return sum(executor.map(add_up, chunks))


def tally(executor: Executor) -> int:
    """Sleep while holding the lock."""
    counter = executor.counter()
    task = count_slowly if FAULT == "sleep-inside-lock" else count
    list(executor.map(partial(task, counter), range(16)))
    return counter.value


@pytest.mark.speedup(executors=["thread"], workers=[4])
def test_fetch(speedup: Speedup) -> None:
    speedup(fetch)


@pytest.mark.speedup(executors=["process"], workers=[4])
def test_batch(speedup: Speedup) -> None:
    speedup(batch)


@pytest.mark.speedup(executors=["process"], workers=[2])
def test_pooled(speedup: Speedup) -> None:
    speedup(pooled)


@pytest.mark.speedup(executors=["process"], workers=[2])
def test_tiny(speedup: Speedup) -> None:
    speedup(tiny)


@pytest.mark.speedup(executors=["thread", "process"], workers=[4])
def test_tally(speedup: Speedup) -> None:
    speedup(tally)
