from __future__ import annotations

import json

import pytest

from pytest_speedup.against import read_trace, write_trace
from pytest_speedup.model import Task, Trace


@pytest.mark.parametrize("core_wait", [0.75, None])
def test_a_trace_is_read_as_it_was_written(core_wait: float | None) -> None:
    """Through JSON, as it goes from process to process."""
    tasks = (
        Task(0.5, 1.0, 2.0, 0.25, 0),
        Task(0.5, 2.0, 3.0, 0.5, 1, 0.1, 0.2, 0.3, 0.4, 50, 0.01),
    )
    trace = Trace(0.25, 4.0, 2, tasks, (0.125, 0.5), gil=True, core_wait=core_wait, caller_cpu=0.5)
    assert read_trace(json.loads(json.dumps(write_trace(trace)))) == trace
