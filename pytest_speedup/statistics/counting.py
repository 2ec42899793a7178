"""From a trace to its counters."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_speedup.model import Counts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_speedup.model import Task, Trace


def count_trace(trace: Trace) -> Counts:
    """Count what a run did: its pools with the executor's own, and its tasks."""
    by_worker = Counter(one.worker for one in trace.tasks)
    return Counts(
        pools=1 + len(trace.pools),
        in_flight=_most_at_once(trace.tasks),
        tasks=len(trace.tasks),
        workers=len(by_worker),
        busiest=max(by_worker.values(), default=0),
        bytes_per_task=sum(one.pickled for one in trace.tasks) / max(1, len(trace.tasks)),
    )


def _most_at_once(tasks: Iterable[Task]) -> int:
    """Count over the moments at which tasks begin and end; one that ends makes room first."""
    moments = sorted(moment for one in tasks for moment in ((one.start, 1), (one.end, -1)))
    at_work = most = 0
    for _, step in moments:
        at_work += step
        most = max(most, at_work)
    return most
