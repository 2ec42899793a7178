"""The clock beyond single reads: CPU time, and tools of sys.monitoring."""

from __future__ import annotations

import sys

import pytest

from pytest_speedup.worker import clock


def test_cpu_time_is_taken_beside_wall_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two wall seconds, of which half a second was computed; around the function, both."""
    events: list[str] = []
    wall, cpu = iter([10.0, 12.0]), iter([3.0, 3.5])

    def read_wall() -> float:
        events.append("wall")
        return next(wall)

    def read_cpu() -> float:
        events.append("cpu")
        return next(cpu)

    monkeypatch.setattr(clock, "now", read_wall)
    monkeypatch.setattr(clock, "process_cpu", read_cpu)
    assert clock.timed(lambda: events.append("work")) == clock.Timed(None, 2.0, 0.5)
    assert events == ["cpu", "wall", "work", "wall", "cpu"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with Python 3.12")
@pytest.mark.parametrize("tool", range(6))
def test_a_monitoring_tool_is_named_while_it_asks_for_events(
    monkeypatch: pytest.MonkeyPatch, tool: int
) -> None:
    """Registered alone it costs nothing; any of the six ids counts."""
    if sys.version_info >= (3, 12):
        monkeypatch.setattr(sys, "gettrace", lambda: None)
        monkeypatch.setattr(sys, "getprofile", lambda: None)
        monitoring = sys.monitoring
        if clock.tracer() is not None or monitoring.get_tool(tool) is not None:
            pytest.skip("this run is being monitored")
        monitoring.use_tool_id(tool, "abacus")
        try:
            idle = clock.tracer()
            monitoring.set_events(tool, monitoring.events.PY_START)
            busy = clock.tracer()
            monitoring.set_events(tool, 0)
        finally:
            monitoring.free_tool_id(tool)
        assert (idle, busy) == (None, "abacus (sys.monitoring)")
        assert clock.tracer() is None
