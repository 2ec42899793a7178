"""What worked while something ran."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.measurement.own import activity
from pytest_speedup.measurement.own.activity import Activity, observe, run_times

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_threads_that_ran_longer_than_before_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are there and idle do not, nor does who looks."""
    me = os.getpid()
    before = {(me, 1): 5, (me, 2): 7}
    after = {(me, 1): 6, (me, 2): 7, (me, 3): 1, (me + 1, 9): 2}
    told: Iterator[dict[tuple[int, int], int]] = iter([before])

    def tell(*, own: bool = True) -> dict[tuple[int, int], int]:
        return next(told, after) if own else {}

    monkeypatch.setattr(activity, "run_times", tell)
    assert observe(int).threads == 3


def test_what_waits_takes_next_to_no_cpu_time_and_that_varies() -> None:
    """Twice of nothing is nothing."""
    assert not Activity(1, 0.02, 1.0).is_more_than(Activity(1, 0.01, 1.0))
    assert Activity(1, 0.4, 1.0).is_more_than(Activity(1, 0.01, 1.0))


def test_a_system_that_does_not_tell_leaves_threads_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """CPU time is left."""
    monkeypatch.setattr(activity, "PROCESSES", os.devnull)
    assert run_times() is None
    assert observe(int).threads is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_threads_of_this_process_are_seen() -> None:
    """Those that a call starts, beside its own; there may be others that nobody asked for."""

    def start(count: int) -> None:
        together = threading.Barrier(count + 1)
        threads = [threading.Thread(target=together.wait) for _ in range(count)]
        for one in threads:
            one.start()
        while len(run_times() or {}) <= count:
            pass
        seen.wait()
        together.wait()
        for one in threads:
            one.join()

    seen = threading.Event()
    looked: list[dict[tuple[int, int], int]] = []
    original = activity.run_times

    def look(*, own: bool = True) -> dict[tuple[int, int], int] | None:
        found = original(own=own)
        if found is not None and own and threading.current_thread().name == "speedup-looking":
            looked.append(found)
            if len(found) > 4:
                seen.set()
        return found

    activity.run_times = look
    try:
        threads = observe(lambda: start(4)).threads
    finally:
        activity.run_times = original
    assert threads is not None
    assert threads >= 4


@pytest.mark.parametrize(
    ("one", "more"),
    [
        (Activity(2, 1.0, 1.0), True),
        (Activity(1, 1.0, 1.0), False),
        (Activity(1, 1.3, 1.0), True),
        (Activity(None, 1.0, 1.0), False),
        (Activity(None, 1.3, 1.0), True),
        (Activity(None, 1.2, 1.0), False),
    ],
)
def test_more_threads_or_more_cpu_time_are_more(one: Activity, *, more: bool) -> None:
    """Than those of another run."""
    assert one.is_more_than(Activity(1, 1.0, 1.0)) is more
