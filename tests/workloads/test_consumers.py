from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from pytest_speedup.executors import Conditions, SerialExecutor, ThreadExecutor, create
from tests.executors.here import HERE
from tests.workloads.failing import fail_at_two
from workloads import consumers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_speedup.executors import Executor

T = TypeVar("T")
R = TypeVar("R")


class OneQueue(ThreadExecutor):
    """Shows the queue of its runs."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self.channel: queue.Queue[Any] = queue.Queue()

    def queue(self) -> queue.Queue[Any]:
        return self.channel


def fail(item: int, _seconds: float) -> str:
    message = f"item {item}"
    raise ValueError(message)


@pytest.mark.parametrize("handler", [fail, fail_at_two], ids=["every", "one"])
def test_an_error_leaves_the_queue_empty(handler: consumers.Handler) -> None:
    """Whether one consumer ends by it or all do; the next run finds nothing of this one."""
    with OneQueue(3) as executor:
        with pytest.raises(ValueError, match="item"):
            consumers.run(executor, consumers.Load(20, 0.0), handler)
        assert executor.channel.empty()


def test_a_run_leaves_the_queue_empty() -> None:
    """The end mark is taken out too."""
    with OneQueue(3) as executor:
        consumers.run(executor, consumers.Load(20, 0.0))
        assert executor.channel.empty()


class Idle(SerialExecutor):
    """Its consumers end before the queue does."""

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:  # noqa: ARG002
        return iter(())


def test_items_that_nobody_handled_are_an_error() -> None:
    """They are counted; a benchmark of less work would look fast."""
    with pytest.raises(RuntimeError, match="8 of 8 items were left in the queue"):
        consumers.run(Idle(), consumers.Load(8, 0.0))


def test_consumers_work_while_the_producer_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are at the queue before the first item is."""
    events: list[str] = []
    produce = consumers.produce

    class Noting(SerialExecutor):
        def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
            events.append("consume")
            return super().map(function, tasks)

    def note(channel: queue.Queue[Any], items: int) -> None:
        events.append("produce")
        produce(channel, items)

    monkeypatch.setattr(consumers, "produce", note)
    consumers.run(Noting(), consumers.Load(2, 0.0))
    assert events == ["consume", "produce"]


def test_a_consumer_is_busy_with_each_item(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it is said to be."""
    slept: list[float] = []
    monkeypatch.setattr("workloads.consumers.time.sleep", slept.append)
    assert consumers.run(SerialExecutor(), consumers.Load(2, 0.25)) == ["task-0", "task-1"]
    assert slept == [0.25, 0.25]


@pytest.fixture(scope="module", params=HERE)
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with create(request.param, 2, Conditions(import_main=False)) as one:
        one.start()
        yield one


@pytest.mark.parametrize("items", [0, 1, 7])
def test_any_number_of_items_is_consumed(executor: Executor, items: int) -> None:
    """None, fewer than there are consumers, and more; and again after an error."""
    with pytest.raises(ValueError, match="item 2"):
        consumers.run(executor, consumers.Load(5, 0.0), fail_at_two)
    done = consumers.run(executor, consumers.Load(items, 0.0))
    assert sorted(done) == [f"task-{item}" for item in range(items)]
