"""``python benchmarks/overhead.py``: what an executor adds to each task of its bare library."""

from __future__ import annotations

import math
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from pytest_speedup.executors import ThreadExecutor
from pytest_speedup.measurement import balanced_orders, rounds, stopwatch
from pytest_speedup.statistics import signed_rank_estimate

ROUNDS = 60
TASKS = 1_000
WORKERS = 4


def nothing(_task: int) -> None:
    """Cost a task nothing but its way to a worker and back."""


def main() -> None:
    """Time empty tasks through both, side by side, and print both and their ratio."""
    with ThreadPoolExecutor(WORKERS) as bare, ThreadExecutor(WORKERS) as ours:
        ours.start()
        arms = {
            "bare": partial(
                stopwatch, lambda: list(bare.map(nothing, range(TASKS))), collect_garbage=True
            ),
            "ours": partial(
                stopwatch, lambda: list(ours.map(nothing, range(TASKS))), collect_garbage=True
            ),
        }
        measured = list(rounds(arms, islice(balanced_orders(tuple(arms), Random()), ROUNDS)))
    logs = {arm: [math.log(one.seconds(arm)[0] / TASKS) for one in measured] for arm in arms}
    for arm, values in logs.items():
        per_task = math.exp(signed_rank_estimate(values, 0.95).value)
        print(f"thread, {arm}: {per_task * 1e6:.1f} us per empty task")
    pairs = [ours - bare for ours, bare in zip(logs["ours"], logs["bare"], strict=True)]
    ratio = signed_rank_estimate(pairs, 0.95)
    value, low, high = (math.exp(number) for number in (ratio.value, ratio.low, ratio.high))
    print(f"thread, ours / bare: {value:.2f} ({low:.2f}-{high:.2f})")


if __name__ == "__main__":
    main()
