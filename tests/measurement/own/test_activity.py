"""What worked while something ran."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.measurement.own import work
from pytest_speedup.measurement.own.work import Activity, observe, run_times

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

    monkeypatch.setattr(work, "run_times", tell)
    assert observe(int).threads == 3


def test_what_waits_takes_next_to_no_cpu_time_and_that_varies() -> None:
    """Twice of nothing is nothing."""
    assert not Activity(1, 0.02, 1.0).is_more_than(Activity(1, 0.01, 1.0))
    assert Activity(1, 0.4, 1.0).is_more_than(Activity(1, 0.01, 1.0))


def test_a_system_that_does_not_tell_leaves_threads_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """CPU time is left."""
    monkeypatch.setattr(work, "PROCESSES", os.devnull)
    assert run_times() is None
    assert observe(int).threads is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_threads_of_this_process_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that a call starts, as long as they are there for a look."""
    original, over = work.run_times, threading.Event()
    threads = [threading.Thread(target=over.wait, daemon=True) for _ in range(4)]

    def look(*, own: bool = True) -> dict[tuple[int, int], int] | None:
        found = original(own=own) or {}
        ran = {thread for (_, thread), seconds in found.items() if seconds}
        if own and all(one.native_id in ran for one in threads):
            over.set()
        return found

    def start() -> None:
        for one in threads:
            one.start()
        for one in threads:
            one.join()

    monkeypatch.setattr(work, "run_times", look)
    seen = observe(start).threads
    assert seen is not None
    assert seen >= len(threads)


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
