from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.executors import ProcessExecutor, SerialExecutor, ThreadExecutor
from pytest_speedup.measurement import recording
from tests.executors.meeting import PATIENCE
from tests.executors.tasks import double

if TYPE_CHECKING:
    from pytest_speedup.executors import Counter, Queue


def test_results_are_those_of_the_executor() -> None:
    """Whatever is noted beside them."""
    with recording(SerialExecutor(), pickles=False) as recorded:
        executor = recorded.executor
        assert list(executor.map(double, range(3))) == [0, 2, 4]
        assert (executor.name, executor.workers) == ("serial", 1)
        assert list(executor.each(int)) == [0]
    trace = recorded.trace()
    assert (len(trace.tasks), trace.workers, trace.pools) == (3, 1, ())


def test_times_of_a_task_are_in_their_order() -> None:
    """On one clock, in threads and in processes."""
    for executor in (ThreadExecutor(2), ProcessExecutor(2)):
        with executor, recording(executor, pickles=False) as recorded:
            executor.start()
            list(recorded.executor.map(double, range(5)))
        trace = recorded.trace()
        for task in trace.tasks:
            assert trace.begin <= task.submitted <= task.start <= task.end <= trace.end
        assert {task.worker for task in trace.tasks} <= {0, 1}


def wait_for_lock(counter: Counter, began: threading.Event, _task: int) -> None:
    began.set()
    with counter.lock:
        counter.value += 1


def test_a_task_that_waits_for_the_lock_says_how_long() -> None:
    """And one that finds it free has not waited."""
    began = threading.Event()
    with ThreadExecutor(1) as executor, recording(executor, pickles=False) as recorded:
        executor.start()
        counter = recorded.executor.counter()
        task = partial(wait_for_lock, counter, began)
        with counter.lock:
            results = recorded.executor.map(task, [0, 1])
            assert began.wait(PATIENCE)
            time.sleep(0.05)  # the worker cannot go on before
        list(results)
    first, second = recorded.trace().tasks
    assert 0.04 < first.lock_wait <= first.seconds
    assert second.lock_wait < 0.04
    assert counter.value == 2


def take(queue: Queue, _task: int) -> object:
    return queue.get(timeout=PATIENCE)


def test_a_task_that_waits_for_the_queue_says_how_long() -> None:
    """The counter and queue of a process executor go to its workers in their wrapping."""
    with ProcessExecutor(1) as executor, recording(executor, pickles=True) as recorded:
        executor.start()
        queue = recorded.executor.queue()
        results = recorded.executor.map(partial(take, queue), [0])
        time.sleep(0.05)  # the worker cannot go on before
        queue.put("item")
        assert list(results) == ["item"]
    (task,) = recorded.trace().tasks
    assert 0 < task.queue_wait <= task.seconds


def test_pickled_bytes_go_both_ways() -> None:
    """A task of a thousand bytes, and it comes back."""
    with ProcessExecutor(1) as executor, recording(executor, pickles=True) as recorded:
        executor.start()
        assert list(recorded.executor.map(bytes, [b"x" * 1000])) == [b"x" * 1000]
    (task,) = recorded.trace().tasks
    assert 2000 < task.pickled < 2300
    assert task.pickling > 0


def test_pools_of_the_workload_itself_are_noticed() -> None:
    """With how long they take to start, and only while it runs."""
    with recording(SerialExecutor(), pickles=False) as recorded:
        for _ in range(3):
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(double, 2).result() == 4
        ThreadPoolExecutor(1).shutdown()
    ThreadPoolExecutor(1).shutdown()
    starts = recorded.trace().pools
    assert len(starts) == 4
    assert all(start > 0 for start in starts[:3])
    assert starts[3] == 0


def test_an_error_comes_through() -> None:
    """As it does without a recording, and pools are no longer watched."""
    create = ThreadPoolExecutor.__init__
    with pytest.raises(ZeroDivisionError), recording(SerialExecutor(), pickles=False) as recorded:
        list(recorded.executor.map(partial(divmod, 1), [0]))
    assert ThreadPoolExecutor.__init__ is create
