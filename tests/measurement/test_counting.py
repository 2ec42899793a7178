from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from pytest_speedup.executors import ProcessExecutor, SerialExecutor, ThreadExecutor
from pytest_speedup.measurement import counting
from tests.executors.meeting import PATIENCE
from tests.executors.tasks import double


def test_results_are_those_of_the_executor() -> None:
    """Whatever is noted beside them."""
    with counting(SerialExecutor(), pickles=False) as counter:
        assert list(counter.map(double, range(3))) == [0, 2, 4]
        assert (counter.name, counter.workers) == ("serial", 1)
        assert list(counter.each(int)) == [0]
    counts = counter.counts()
    assert (counts.pools, counts.in_flight, counts.busiest, counts.bytes_per_task) == (1, 1, 3, 0)


def test_tasks_at_work_at_once_are_counted() -> None:
    """Both tasks of a pair wait until the other one has begun."""
    barrier = threading.Barrier(2)
    with ThreadExecutor(2) as executor, counting(executor, pickles=False) as counter:
        executor.start()
        list(counter.map(barrier.wait, [PATIENCE] * 4))
    assert counter.counts().in_flight == 2


def test_pools_of_the_workload_itself_are_counted() -> None:
    """And only while it runs; their tasks stay its own affair."""
    with counting(SerialExecutor(), pickles=False) as counter:
        for _ in range(3):
            with ThreadPoolExecutor(1) as pool:
                pool.submit(int).result()
    ThreadPoolExecutor(1).shutdown()
    assert counter.counts().pools == 4


def test_pickled_bytes_go_both_ways() -> None:
    """A task of a thousand bytes, and it comes back."""
    with ProcessExecutor(1) as executor, counting(executor, pickles=True) as counter:
        executor.start()
        assert list(counter.map(bytes, [b"x" * 1000])) == [b"x" * 1000]
    assert 2000 < counter.counts().bytes_per_task < 2300


def test_an_error_comes_through() -> None:
    """As it does without the counter, and pools are no longer counted."""
    with pytest.raises(ZeroDivisionError), counting(SerialExecutor(), pickles=False) as counter:
        list(counter.map(partial(divmod, 1), [0]))
    ThreadPoolExecutor(1).shutdown()
    assert counter.counts().pools == 1
