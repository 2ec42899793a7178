"""An executor of another package: threads that take their tasks from a queue."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_speedup.executors import LockedCounter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from typing_extensions import Self

    from pytest_speedup.executors import Conditions, Executor

T = TypeVar("T")
R = TypeVar("R")


def create(workers: int, _conditions: Conditions) -> Executor:
    """Make the executor; the entry point leads here."""
    return RelayExecutor(workers)


class RelayExecutor:
    """Runs tasks on threads that pass them on."""

    name = "relay"
    pickles = False
    shares_clock = True

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._todo: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._work) for _ in range(workers)]
        self._barrier = threading.Barrier(workers)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()
        self.each(threading.get_ident)

    def submit(self, function: Callable[..., R], /, *args: object, **kwargs: object) -> Future[R]:
        return self._submit(partial(function, *args, **kwargs))

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        futures = [self._submit(partial(function, task)) for task in tasks]
        return (future.result() for future in futures)

    def each(self, function: Callable[[], R]) -> list[R]:
        def run_together(_worker: int) -> R:
            self._barrier.wait()
            return function()

        return list(self.map(run_together, range(self.workers)))

    def counter(self) -> LockedCounter:
        return LockedCounter()

    def queue(self) -> queue.Queue[Any]:
        return queue.Queue()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc_info: object) -> None:
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _submit(self, task: Callable[[], R]) -> Future[R]:
        future: Future[R] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(task())
            except Exception as error:  # noqa: BLE001 - for whoever asks for the result
                future.set_exception(error)

        self._todo.put(run)
        return future

    def _work(self) -> None:
        while (run := self._todo.get()) is not None:
            run()
