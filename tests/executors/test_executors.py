"""What holds for every executor."""

from __future__ import annotations

import multiprocessing
import queue
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.executors import Conditions, create
from tests.executors import tasks
from tests.executors.here import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_speedup.executors import Executor

WORKERS = 2


@pytest.fixture(scope="module", params=HERE)
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with create(request.param, WORKERS, Conditions(import_main=False)) as one:
        one.start()
        yield one


def test_results_come_in_the_order_of_the_tasks(executor: Executor) -> None:
    """Whoever finishes first."""
    assert list(executor.map(tasks.double, range(50))) == [2 * n for n in range(50)]


def test_no_tasks_have_no_results(executor: Executor) -> None:
    """An empty workload is one."""
    assert list(executor.map(tasks.double, [])) == []


def test_the_error_of_a_task_reaches_the_caller(executor: Executor) -> None:
    """Results before it come first, and the executor works on afterwards."""
    results = executor.map(tasks.fail_at_three, range(10))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)
    assert list(executor.map(tasks.double, [1])) == [2]


def test_each_reaches_every_worker_once(executor: Executor) -> None:
    """No fast worker takes the place of a slow one."""
    for _ in range(5):
        assert len(set(executor.each(tasks.who))) == executor.workers


def test_no_increment_is_lost(executor: Executor) -> None:
    """The lock holds across all workers."""
    counter = executor.counter()
    list(executor.map(partial(tasks.add, counter), [300] * 4))
    assert counter.value == 1200


def test_a_counter_starts_at_zero(executor: Executor) -> None:
    """What another run left in it is gone."""
    list(executor.map(partial(tasks.add, executor.counter()), [1]))
    assert executor.counter().value == 0


def test_a_queue_goes_both_ways_in_order(executor: Executor) -> None:
    """From the caller to a worker and back; it is empty then."""
    channel = executor.queue()
    for item in range(3):
        channel.put(item)
    assert [next(executor.map(partial(tasks.take, channel), [None])) for _ in range(3)] == [0, 1, 2]
    list(executor.map(partial(tasks.pass_on, channel), ["back"]))
    assert channel.get(timeout=60) == "back"
    with pytest.raises(queue.Empty):
        channel.get(timeout=0.01)


@pytest.mark.parametrize("name", HERE)
@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_leaving_ends_every_worker(
    name: str, error: type[BaseException] | None, tmp_path: Path
) -> None:
    """After an error or Ctrl-C as after success; processes are not waited for then."""
    threads, processes = set(threading.enumerate()), set(multiprocessing.active_children())

    def use() -> None:
        with create(name, WORKERS, Conditions(import_main=False)) as one:
            one.start()
            if error is None:
                return
            if name in ("process", "loky"):
                one.map(partial(tasks.touch_and_wait, seconds=600.0), [str(tmp_path / "began")])
            raise error

    if error is None:
        use()
    else:
        with pytest.raises(error):
            use()
    assert set(multiprocessing.active_children()) <= processes
    left = set(threading.enumerate()) - threads
    assert [thread for thread in left if thread.name.startswith("speedup")] == []
