"""The clock: what a turn took, in wall time and CPU time, and what would slow one side alone."""

from __future__ import annotations

import gc
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.clock import Timed, leave_out, leaving_out, timed, tracer, untimed, untraced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that shows each of these times once."""
    times = [10.0, 12.5]
    monkeypatch.setattr("pytest_speedup.clock.now", lambda: times.pop(0))
    return times


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    yield
    gc.enable()


def test_a_function_is_timed_from_its_call_to_its_return(clock: list[float]) -> None:
    """The result comes along."""
    assert (one := timed(lambda: len(clock))).result == 1
    assert one.seconds == 2.5


@pytest.mark.parametrize("collect", [True, False])
@pytest.mark.parametrize("before", [True, False])
def test_garbage_is_collected_as_the_target_has_it(
    clock: list[float], *, collect: bool, before: bool
) -> None:
    """As pytest-benchmark's --benchmark-disable-gc does, and it is left as it was."""
    if not before:
        gc.disable()
    during: list[bool] = []
    seconds = timed(lambda: during.append(gc.isenabled()), collect_garbage=collect).seconds
    assert seconds == 2.5
    assert during == [before and collect]
    assert gc.isenabled() is before


def test_an_error_leaves_the_collector_as_it_was() -> None:
    """The next test is not to run without it."""
    with pytest.raises(ZeroDivisionError):
        timed(lambda: 1 // 0, collect_garbage=False)
    assert gc.isenabled()


@pytest.fixture
def untraced_suite() -> Iterator[None]:
    """Coverage of this suite itself is put aside, and comes back."""
    trace, profile = sys.gettrace(), sys.getprofile()
    sys.settrace(None)
    sys.setprofile(None)
    yield
    sys.settrace(trace)
    sys.setprofile(profile)


@pytest.mark.usefixtures("untraced_suite")
@pytest.mark.parametrize(
    ("switch", "name"),
    [
        (sys.settrace, "sys.settrace"),
        (sys.setprofile, "sys.setprofile"),
        (threading.settrace, "sys.settrace"),
        (threading.setprofile, "sys.setprofile"),
    ],
    ids=["trace", "profile", "trace threads", "profile threads"],
)
def test_tracers_are_named(switch: Callable[[object], None], name: str) -> None:
    """They slow the side that runs in this process."""
    before = tracer()
    switch(lambda *_: None)
    during = tracer()
    switch(None)
    assert before is None or "monitoring" in before
    assert during is not None
    assert name in during


@pytest.mark.usefixtures("untraced_suite")
@pytest.mark.parametrize(
    ("switch", "read"),
    [(sys.settrace, sys.gettrace), (sys.setprofile, sys.getprofile)],
    ids=["trace", "profile"],
)
def test_tracers_of_this_thread_are_put_aside(
    switch: Callable[[object], None], read: Callable[[], object]
) -> None:
    """Whatever happens meanwhile, who traces finds its function there again."""

    def trace(*_: object) -> None:
        return

    switch(trace)
    during: list[object] = []
    with pytest.raises(ZeroDivisionError), untraced():
        fail(during.append, read)
    after = read()
    switch(None)
    assert during == [None]
    assert after is trace


def fail(take: Callable[[object], None], read: Callable[[], object]) -> None:
    take(read())
    raise ZeroDivisionError


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

    monkeypatch.setattr("pytest_speedup.clock.now", read_wall)
    monkeypatch.setattr("pytest_speedup.clock.process_cpu", read_cpu)
    assert timed(lambda: events.append("work")) == Timed(None, 2.0, 0.5)
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
        if tracer() is not None or monitoring.get_tool(tool) is not None:
            pytest.skip("this run is being monitored")
        monitoring.use_tool_id(tool, "abacus")
        try:
            idle = tracer()
            monitoring.set_events(tool, monitoring.events.PY_START)
            busy = tracer()
            monitoring.set_events(tool, 0)
        finally:
            monitoring.free_tool_id(tool)
        assert (idle, busy) == (None, "abacus (sys.monitoring)")
        assert tracer() is None


@pytest.mark.usefixtures("untraced_suite")
def test_what_is_untimed_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its wall time nor its CPU time, in whatever is being timed around it."""
    wall, cpu = iter([0.0, 1.0, 4.0, 9.0]), iter([0.0, 0.5, 2.5, 3.0])
    monkeypatch.setattr("pytest_speedup.clock.now", lambda: next(wall))
    monkeypatch.setattr("pytest_speedup.clock.process_cpu", lambda: next(cpu))

    def work() -> None:
        with untimed():
            pass

    with leaving_out() as left_out:
        assert timed(work) == Timed(None, 6.0, 1.0)
    assert (left_out.seconds, left_out.cpu_seconds) == (3.0, 2.0)
    assert left_out.spans == [(1.0, 4.0)]


def test_what_another_process_computed_counts(clock: list[float]) -> None:
    """Less wall time, by what it took to ask; more CPU time, which this process had not."""
    clock[:] = [0.0, 5.0]
    ran = timed(lambda: leave_out(2.0, -1000.0))
    assert ran.seconds == 3.0
    assert ran.cpu_seconds >= 1000.0


def test_an_error_ends_what_is_left_out() -> None:
    """The next turn is not to be shortened by it."""
    with pytest.raises(ZeroDivisionError), untimed():
        timed(lambda: 1 // 0)
    leave_out(1e6, 0.0)
    assert timed(int).seconds >= 0


def test_nothing_is_left_out_where_nothing_is_timed() -> None:
    """It is no error either."""
    leave_out(1.0, 1.0)
