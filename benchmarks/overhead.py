"""``python benchmarks/overhead.py``: what the project adds to each task.

First an executor beside its bare library, then a run that is recorded beside one that is not.
"""

from __future__ import annotations

import math
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from pytest_speedup.executors import ProcessExecutor, ThreadExecutor
from pytest_speedup.measurement import balanced_orders, recording, rounds, stopwatch
from pytest_speedup.statistics import signed_rank_estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_speedup.executors import Executor
    from pytest_speedup.model import Estimate

ROUNDS = 60
TASKS = 1_000
WORKERS = 4
MILLISECOND = 1e-3


def nothing(_task: int) -> None:
    """Cost a task nothing but its way to a worker and back."""


def run(pool: Any) -> None:  # noqa: ANN401 - an executor of either kind
    """Send empty tasks through."""
    deque(pool.map(nothing, range(TASKS)), maxlen=0)


def run_recorded(executor: Executor) -> None:
    """Send them through, recorded."""
    with recording(executor) as recorded:
        run(recorded.executor)


def compare(one: Callable[[], None], other: Callable[[], None]) -> list[tuple[float, float]]:
    """Time both side by side; seconds per task."""
    arms = {
        "one": partial(stopwatch, one, collect_garbage=True),
        "other": partial(stopwatch, other, collect_garbage=True),
    }
    measured = rounds(arms, islice(balanced_orders(tuple(arms), Random()), ROUNDS))
    return [(each.seconds("one")[0] / TASKS, each.seconds("other")[0] / TASKS) for each in measured]


def centre(values: Sequence[float]) -> Estimate:
    return signed_rank_estimate(values, 0.95)


def say_ratio(pairs: Sequence[tuple[float, float]]) -> None:
    """Print what an empty task takes in the bare library and in ours, and their ratio."""
    for name, seconds in zip(("bare", "ours"), zip(*pairs, strict=True), strict=True):
        per_task = math.exp(centre([math.log(one) for one in seconds]).value)
        print(f"thread, {name}: {per_task * 1e6:.1f} us per empty task")
    ratio = centre([math.log(ours / bare) for bare, ours in pairs])
    value, low, high = (math.exp(number) for number in (ratio.value, ratio.low, ratio.high))
    print(f"thread, ours / bare: {value:.2f} ({low:.2f}-{high:.2f})")


def say_recording(name: str, pairs: Sequence[tuple[float, float]]) -> None:
    """Print what recording adds to a task, and what that is of one that takes a millisecond."""
    added = centre([recorded - plain for plain, recorded in pairs])
    value, low, high = (100 * one / MILLISECOND for one in (added.value, added.low, added.high))
    print(
        f"{name}, recorded: {added.value * 1e6:+.1f} us per task, "
        f"{value:.2f} % ({low:.2f}-{high:.2f}) of one that takes 1 ms"
    )


def main() -> None:
    """Measure and print all of it."""
    with ThreadPoolExecutor(WORKERS) as bare, ThreadExecutor(WORKERS) as ours:
        ours.start()
        say_ratio(compare(partial(run, bare), partial(run, ours)))
    for executor in (ThreadExecutor(WORKERS), ProcessExecutor(WORKERS)):
        with executor:
            executor.start()
            pairs = compare(partial(run, executor), partial(run_recorded, executor))
            say_recording(executor.name, pairs)


if __name__ == "__main__":
    main()
