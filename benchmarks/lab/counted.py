"""Cells of ``faulty.py`` for a tool that counts instructions: each workload as one benchmark.

pytest does not collect this file by itself: ``python -m benchmarks.lab instructions`` runs
it with pytest-codspeed, whose fixture marks what is counted, under valgrind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.lab import faulty
from pytest_speedup.executors import Conditions, create

if TYPE_CHECKING:
    from collections.abc import Callable

CELLS = {
    "test_fetch[thread-4]": (faulty.fetch, "thread", 4),
    "test_narrow[thread-4]": (faulty.narrow, "thread", 4),
    "test_sectioned[thread-4]": (faulty.sectioned, "thread", 4),
    "test_tally[thread-4]": (faulty.tally, "thread", 4),
    "test_consumed[thread-4]": (faulty.consumed, "thread", 4),
    "test_tiny[process-2]": (faulty.tiny, "process", 2),
    "test_sent[process-2]": (faulty.sent, "process", 2),
}
"""The workload, the executor and its workers, by the name that the cell has in ``faulty.py``."""


@pytest.mark.parametrize(("work", "name", "workers"), CELLS.values(), ids=CELLS)
def test_counted(
    benchmark: Callable[..., object], work: Callable[..., Any], name: str, workers: int
) -> None:
    with create(name, workers, Conditions()) as executor:
        executor.start()
        expected = work(executor)  # imports and caches are not counted
        assert benchmark(work, executor) == expected
