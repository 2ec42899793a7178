"""Recording what a workload does on an executor, task by task."""

from __future__ import annotations

import os
import pickle
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from pytest_speedup.measurement.clock import now, thread_cpu
from pytest_speedup.measurement.pool_starts import PoolStarts, watching_pools
from pytest_speedup.measurement.waits import WAITS, TimedCounter, TimedQueue
from pytest_speedup.model import Task, Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_speedup.executors import Counter, Executor, Queue

T = TypeVar("T")
R = TypeVar("R")


class Ran(NamedTuple):
    """What one task came to, as its worker saw it.

    Attributes:
        result: what it returned.
        start: when it began, in seconds on the measurement's clock.
        end: when it was done.
        cpu: CPU seconds of the worker meanwhile.
        worker: process and thread that ran it.
        lock_wait: seconds that it waited for the executor's lock.
        queue_wait: seconds that it waited for the executor's queue.
    """

    result: Any
    start: float
    end: float
    cpu: float
    worker: tuple[int, int]
    lock_wait: float
    queue_wait: float


class Recorded(Generic[T, R]):
    """A task function that says how it ran; it can be pickled if its function can."""

    def __init__(self, function: Callable[[T], R]) -> None:
        """Wrap a function of one argument."""
        self.function = function

    def __call__(self, task: T) -> Ran:
        """Run the function."""
        WAITS.lock = WAITS.queue = 0.0
        cpu, start = thread_cpu(), now()
        result = self.function(task)
        end, cpu = now(), thread_cpu() - cpu
        worker = os.getpid(), threading.get_ident()
        return Ran(result, start, end, cpu, worker, WAITS.lock, WAITS.queue)


@dataclass(frozen=True, slots=True)
class Sent:
    """Tasks that were handed over together.

    Attributes:
        function: what runs them.
        tasks: they themselves.
        submitted: when each was handed over.
        ran: what each came to, as far as the results were asked for.
    """

    function: Callable[[Any], Any]
    tasks: list[Any] = field(default_factory=list)
    submitted: list[float] = field(default_factory=list)
    ran: list[Ran] = field(default_factory=list)


@dataclass(slots=True)
class RecordingExecutor:
    """An executor that passes everything on to another one, and records what goes through.

    Attributes:
        inner: the other one.
        pickles: whether it sends tasks to other processes.
        sent: what was handed over.
    """

    inner: Executor
    pickles: bool
    sent: list[Sent] = field(default_factory=list)

    @property
    def name(self) -> str:
        """That of the other one, as are all that follow."""
        return self.inner.name

    @property
    def workers(self) -> int:
        """How many tasks it can run at once."""
        return self.inner.workers

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the other one has
        """Pass on what is not recorded."""
        return getattr(self.inner, name)

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Run a function over tasks; see :meth:`Executor.map`."""
        sent = Sent(function)
        self.sent.append(sent)
        return _results(sent, self.inner.map(Recorded(function), _stamped(sent, tasks)))

    def counter(self) -> Counter:
        """Set the executor's counter to zero and return it, its lock timed."""
        return TimedCounter(self.inner.counter())

    def queue(self) -> Queue:
        """Return the executor's queue, timed."""
        return TimedQueue(self.inner.queue())


@dataclass(slots=True)
class Recording:
    """A run that is recorded; its trace is there when it is over.

    Attributes:
        executor: what the workload is to run on.
        pools: the pools that it made for itself.
        begin: when it began.
        end: when it was over.
    """

    executor: RecordingExecutor
    pools: PoolStarts
    begin: float
    end: float = 0.0

    def trace(self) -> Trace:
        """Put together what was recorded."""
        numbers: dict[tuple[int, int], int] = {}
        tasks = tuple(task for sent in self.executor.sent for task in self._tasks(sent, numbers))
        return Trace(self.begin, self.end, self.executor.workers, tasks, self.pools.seconds())

    def _tasks(self, sent: Sent, numbers: dict[tuple[int, int], int]) -> Iterator[Task]:
        for task, submitted, ran in zip(sent.tasks, sent.submitted, sent.ran, strict=False):
            pickled, pickling = self._pickle(sent.function, task, ran.result)
            yield Task(
                submitted=submitted,
                start=ran.start,
                end=ran.end,
                cpu=ran.cpu,
                worker=numbers.setdefault(ran.worker, len(numbers)),
                lock_wait=ran.lock_wait,
                queue_wait=ran.queue_wait,
                pickled=pickled,
                pickling=pickling,
            )

    def _pickle(self, function: object, task: object, result: object) -> tuple[int, float]:
        """Pickle once more what was sent and came back: bytes, and seconds for what was sent."""
        if not self.executor.pickles:
            return 0, 0.0
        start = now()
        sent = len(pickle.dumps((function, task)))
        seconds = now() - start
        return sent + len(pickle.dumps(result)), seconds


@contextmanager
def recording(executor: Executor, *, pickles: bool) -> Iterator[Recording]:
    """Record what happens on an executor, and the pools that this process creates meanwhile."""
    with watching_pools() as pools:
        recorded = Recording(RecordingExecutor(executor, pickles), pools, now())
        yield recorded
        recorded.end = now()


def _stamped(sent: Sent, tasks: Iterable[T]) -> Iterator[T]:
    """Note when each task is taken: that is when the executor hands it over."""
    for task in tasks:
        sent.tasks.append(task)
        sent.submitted.append(now())
        yield task


def _results(sent: Sent, ran: Iterator[Ran]) -> Iterator[Any]:
    for one in ran:
        sent.ran.append(one)
        yield one.result
