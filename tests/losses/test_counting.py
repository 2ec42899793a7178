from __future__ import annotations

from pytest_speedup.losses.trace import Counts, Task, Trace, count_trace


def make_task(start: float, end: float, worker: int, pickled: int = 0) -> Task:
    return Task(0.0, start, end, 0.0, worker, pickled=pickled)


def test_a_trace_is_counted() -> None:
    """Two at once at the most: one that ends makes room for the next."""
    tasks = (make_task(0, 2, 0, 100), make_task(1, 3, 1, 300), make_task(2, 4, 0, 200))
    trace = Trace(0, 4, 2, tasks, pools=(0.1, 0.2))
    assert count_trace(trace) == Counts(
        pools=3, in_flight=2, tasks=3, workers=2, busiest=2, bytes_per_task=200
    )


def test_a_run_without_tasks_counts_nothing() -> None:
    """But the executor's own pool is there."""
    assert count_trace(Trace(0, 1, 2, ())) == Counts(1, 0, 0, 0, 0, 0)
