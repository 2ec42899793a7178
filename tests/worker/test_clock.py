from __future__ import annotations

import gc
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.measurement import timed, tracer, untraced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that shows each of these times once."""
    times = [10.0, 12.5]
    monkeypatch.setattr("pytest_speedup.worker.clock.now", lambda: times.pop(0))
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
