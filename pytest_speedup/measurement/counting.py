"""Counting what a workload does on an executor: tasks at work, pools, pickled bytes."""

from __future__ import annotations

import multiprocessing.pool
import os
import pickle
import threading
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from pytest_speedup.measurement.clock import now
from pytest_speedup.model import Counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_speedup.executors import Executor

T = TypeVar("T")
R = TypeVar("R")

POOLS: tuple[type, ...] = (ThreadPoolExecutor, ProcessPoolExecutor, multiprocessing.pool.Pool)
"""Classes of the standard library whose instances are pools."""


class Ran(NamedTuple):
    """What one task came to.

    Attributes:
        result: what it returned.
        start: when it began, in seconds on the measurement's clock.
        end: when it was done.
        worker: process and thread that ran it.
    """

    result: Any
    start: float
    end: float
    worker: tuple[int, int]


class Recording(Generic[T, R]):
    """A task function that says when and where it ran; it can be pickled if its function can."""

    def __init__(self, function: Callable[[T], R]) -> None:
        """Wrap a function of one argument."""
        self.function = function

    def __call__(self, task: T) -> Ran:
        """Run the function."""
        start = now()
        result = self.function(task)
        return Ran(result, start, now(), (os.getpid(), threading.get_ident()))


@dataclass(slots=True)
class CountingExecutor:
    """An executor that passes everything on to another one, and counts what goes through.

    Attributes:
        inner: the other one.
        pickles: whether it sends tasks to other processes.
        pools: pools created so far, the other executor's own included.
        ran: what each task came to.
        pickled: bytes that went to workers and back.
    """

    inner: Executor
    pickles: bool
    pools: int = 1
    ran: list[Ran] = field(default_factory=list)
    pickled: int = 0

    @property
    def name(self) -> str:
        """That of the other one, as are all that follow."""
        return self.inner.name

    @property
    def workers(self) -> int:
        """How many tasks it can run at once."""
        return self.inner.workers

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the other one has
        """Pass on what is not counted."""
        return getattr(self.inner, name)

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Run a function over tasks, and remember what each came to."""
        listed = list(tasks)
        if self.pickles:
            self.pickled += sum(len(pickle.dumps((function, task))) for task in listed)
        return self._results(self.inner.map(Recording(function), listed))

    def _results(self, ran: Iterator[Ran]) -> Iterator[Any]:
        for one in ran:
            self.ran.append(one)
            if self.pickles:
                self.pickled += len(pickle.dumps(one.result))
            yield one.result

    def counts(self) -> Counts:
        """Sum up what was counted."""
        by_worker = Counter(one.worker for one in self.ran)
        return Counts(
            pools=self.pools,
            in_flight=_most_at_once(self.ran),
            busiest=max(by_worker.values(), default=0),
            bytes_per_task=self.pickled / max(1, len(self.ran)),
        )


@contextmanager
def counting(executor: Executor, *, pickles: bool) -> Iterator[CountingExecutor]:
    """Count what happens on an executor, and the pools that this process creates meanwhile."""
    counter = CountingExecutor(executor, pickles)
    with ExitStack() as stack:
        for kind in POOLS:
            stack.enter_context(_noticed(kind, counter))
        yield counter


@contextmanager
def _noticed(kind: Any, counter: CountingExecutor) -> Iterator[None]:  # noqa: ANN401 - any class
    """Count the instances of a class for a while."""
    create = kind.__init__

    def created(self: object, *args: object, **kwargs: object) -> None:
        counter.pools += 1
        create(self, *args, **kwargs)

    kind.__init__ = created
    try:
        yield
    finally:
        kind.__init__ = create


def _most_at_once(ran: Iterable[Ran]) -> int:
    """Count over the moments at which tasks begin and end; one that ends makes room first."""
    moments = sorted([(one.start, 1) for one in ran] + [(one.end, -1) for one in ran])
    at_work = most = 0
    for _, step in moments:
        at_work += step
        most = max(most, at_work)
    return most
