"""A run that is recorded task by task, its result checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.measurement import recording
from pytest_speedup.plugin.results import refuse_wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor
    from pytest_speedup.model import Trace


def record_run(
    name: str, work: Callable[[Executor], object], executor: Executor, expected: object
) -> Trace:
    """Run a workload once.

    Args:
        name: workload and cell, for errors.
        work: the workload.
        executor: what it runs on.
        expected: what serial code returned.
    """
    with recording(executor) as recorded:
        result = work(recorded.executor)
    refuse_wrong(name, result, expected)
    return recorded.trace()
