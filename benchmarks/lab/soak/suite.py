"""The suite under fire: a workload that waits, with lock and queue, and one that computes."""

from __future__ import annotations

TEXT = """\
import time


def add(item):
    return sum(range(60_000 + item))


def tally(task):
    counter, queue, item = task
    time.sleep(0.004)
    with counter.lock:
        counter.value += item
    queue.put(item)


def computes(executor, items):
    return list(executor.map(add, range(items)))


def shares(executor, items):
    counter, queue = executor.counter(), executor.queue()
    list(executor.map(tally, [(counter, queue, item) for item in range(items)]))
    return counter.value, sorted(queue.get(timeout=10) for _ in range(items))


def test_computes(speedup):
    speedup(computes, 4)


def test_shares(speedup):
    speedup(shares, 4)
"""

FILE = "test_soaked.py"

CELLS = ("--speedup-executors=thread,process", "--speedup-workers=2")
ALWAYS = ("--benchmark-only", "--benchmark-max-time=0.15", "-rN")

SAVE = "save"
MODES = {
    SAVE: ("--benchmark-autosave",),
    "compare": ("--benchmark-compare", "--speedup-fail=10%"),
    "against": ("--speedup-against=HEAD", "--speedup-allow=same", "--speedup-fail=10%"),
}
"""Arguments for each kind of run: they take turns."""

BUDGETS = {SAVE: 12.0, "compare": 12.0, "against": 60.0}
"""Seconds for more blocks; for a whole comparison with a commit, in which red takes five blocks."""


def arguments_of(mode: str) -> list[str]:
    """Write pytest's arguments for a kind of run."""
    return [*ALWAYS, *CELLS, f"--speedup-budget={BUDGETS[mode]}", *MODES[mode], FILE]
