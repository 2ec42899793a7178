"""A suite with faults to switch on: what a gate must catch, each in the cells that it hits.

The environment variable ``SPEEDUP_FAULT`` names the fault; without it the suite is sound.
pytest does not collect this file by itself: ``python -m benchmarks.lab faults`` runs it.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_speedup import Speedup
    from pytest_speedup.executors import Counter, Executor, Queue

FAULT = os.environ.get("SPEEDUP_FAULT", "")
PAUSE = 0.004
"""Seconds that one task waits."""

BALLAST = 4_000_000
"""Bytes that nobody needs."""

ALL_AT_ONCE = threading.Lock()


def wait(task: int) -> int:
    time.sleep(PAUSE)
    return task


def wait_in_turn(task: int) -> int:
    with ALL_AT_ONCE:
        return wait(task)


def wait_for_all(tasks: Sequence[int]) -> list[int]:
    return [wait(task) for task in tasks]


def wait_with_ballast(task: tuple[int, bytes]) -> int:
    return wait(task[0])


def wait_and_return(size: int, task: int) -> tuple[int, bytes]:
    return wait(task), bytes(size)


def wait_elsewhere(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


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


def consume(queue: Queue, _consumer: int) -> int:
    done = 0
    while queue.get():
        time.sleep(PAUSE)
        done += 1
    return done


def fetch(executor: Executor) -> list[int]:
    """Download under a global lock."""
    task = wait_in_turn if FAULT == "global-lock" else wait
    return list(executor.map(task, range(16)))


def batch(executor: Executor) -> list[int]:
    """Leave all work to one worker, in one giant chunk."""
    size = 16 if FAULT == "giant-chunk" else 2
    batches = [range(start, start + size) for start in range(0, 16, size)]
    return [done for each in executor.map(wait_for_all, batches) for done in each]


def pooled(executor: Executor) -> list[int]:
    """Create a pool for each task."""
    if FAULT != "pool-per-task" or executor.workers == 1:
        return list(executor.map(wait, range(4)))
    done: list[int] = []
    for task in range(4):
        with spawning_pool(executor.workers) as fresh:
            done.extend(fresh.map(wait, [task]))
    return done


def imported(executor: Executor) -> list[float]:
    """Have each worker of a fresh pool import a heavy module."""
    task: Callable[[float], float] = wait_elsewhere
    if FAULT == "heavy-import":
        import heavy_import  # type: ignore[import-not-found]  # noqa: PLC0415 - the fault

        task = heavy_import.wait
    seconds = [5 * PAUSE] * 8
    if executor.workers == 1:
        return list(map(task, seconds))
    with spawning_pool(executor.workers) as fresh:
        return list(fresh.map(task, seconds))


def narrow(executor: Executor) -> list[int]:
    """Use fewer workers than there are."""
    workers = 1 if FAULT == "fewer-workers" else executor.workers
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(wait, range(16)))


def tiny(executor: Executor) -> int:
    """Send tiny tasks one by one."""
    size = 1 if FAULT == "chunk-size-one" else 250
    chunks = [range(start, start + size) for start in range(0, 2_000, size)]
    return sum(executor.map(add_up, chunks))


def sent(executor: Executor) -> list[int]:
    """Send each task more than it needs."""
    ballast = bytes(BALLAST if FAULT == "big-arguments" else 0)
    return list(executor.map(wait_with_ballast, [(task, ballast) for task in range(16)]))


def returned(executor: Executor) -> list[int]:
    """Return more than anybody needs."""
    task = partial(wait_and_return, BALLAST if FAULT == "big-results" else 0)
    return [done for done, _ in executor.map(task, range(16))]


def sectioned(executor: Executor) -> list[int]:
    """Do half of the tasks before any worker is asked."""
    first = 8 if FAULT == "serial-section" else 0
    return [*map(wait, range(first)), *executor.map(wait, range(first, 16))]


def tally(executor: Executor) -> int:
    """Sleep while holding the lock."""
    counter = executor.counter()
    task = count_slowly if FAULT == "sleep-inside-lock" else count
    list(executor.map(partial(task, counter), range(16)))
    return counter.value


def consumed(executor: Executor) -> int:
    """Produce no faster than one worker consumes."""
    queue = executor.queue()
    consumers = executor.map(partial(consume, queue), range(executor.workers))
    for _ in range(16):
        if FAULT == "slow-producer":
            time.sleep(PAUSE)
        queue.put(True)  # noqa: FBT003 - an item
    for _ in range(executor.workers):
        queue.put(None)
    return sum(consumers)


def compute(executor: Executor) -> int:
    """Compute, beside a neighbour or alone."""
    return sum(executor.map(add_up, [range(2_000)] * 4))


def spawning_pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))


BURN = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"


@pytest.fixture
def neighbour() -> Iterator[None]:
    """Keep one core busy meanwhile."""
    if FAULT != "busy-neighbour":
        yield
        return
    with subprocess.Popen([sys.executable, "-c", BURN]) as burner:  # noqa: S603 - our own
        yield
        burner.kill()


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
def test_imported(speedup: Speedup) -> None:
    speedup(imported)


@pytest.mark.speedup(executors=["thread"], workers=[4])
def test_narrow(speedup: Speedup) -> None:
    speedup(narrow)


@pytest.mark.speedup(executors=["process"], workers=[2])
def test_tiny(speedup: Speedup) -> None:
    speedup(tiny)


@pytest.mark.speedup(executors=["process"], workers=[2])
def test_sent(speedup: Speedup) -> None:
    speedup(sent)


@pytest.mark.speedup(executors=["process"], workers=[2])
def test_returned(speedup: Speedup) -> None:
    speedup(returned)


@pytest.mark.speedup(executors=["thread"], workers=[4])
def test_sectioned(speedup: Speedup) -> None:
    speedup(sectioned)


@pytest.mark.speedup(executors=["thread", "process"], workers=[4])
def test_tally(speedup: Speedup) -> None:
    speedup(tally)


@pytest.mark.speedup(executors=["thread"], workers=[4])
def test_consumed(speedup: Speedup) -> None:
    speedup(consumed)


@pytest.mark.speedup(executors=["process"], workers=[2])
@pytest.mark.usefixtures("neighbour")
def test_compute(speedup: Speedup) -> None:
    speedup(compute)
