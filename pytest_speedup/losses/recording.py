"""Recording what a workload does: on its executor, and in pools of its own, task by task.

What sending a task took is found by sending it once more, to oneself.
"""

from __future__ import annotations

import multiprocessing.pool
import os
import threading
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_speedup.clock import LeftOut, leaving_out, now, process_cpu
from pytest_speedup.executors import OWN, Carrier, Chunk, ThreadExecutor, TurnExecutor
from pytest_speedup.losses.kinds import Loss
from pytest_speedup.losses.recorded_task import (
    COUNTED_BY_SYSTEM,
    METERS,
    WAITS,
    Ran,
    RecordedCoroutine,
    RecordedTask,
    TimedCounter,
    TimedQueue,
    core_waits,
    stand_ready,
)
from pytest_speedup.losses.trace import Task, Trace
from pytest_speedup.losses.wire import wire
from pytest_speedup.measurement import gil_enabled
from pytest_speedup.measurement.own.work import OwnWork, count_beside, run_times

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from pytest_speedup.executors import Counter, Executor, Queue
    from pytest_speedup.losses.wire import Wire
    from pytest_speedup.measurement import Expected, Workload

WATCHED: tuple[Any, ...] = (ThreadPoolExecutor, ProcessPoolExecutor)
"""Kinds of pools that tell what they run."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Tasks of one pool.

    Attributes:
        pickles: whether they go to other processes.
        tasks: what was sent for each.
        submitted: when each was handed over.
        ran: what each came to, by its index, as far as it is done.
        lock: held while one is noted.
    """

    pickles: bool
    tasks: list[object] = field(default_factory=list)
    submitted: list[float] = field(default_factory=list)
    ran: dict[int, Ran] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, task: object) -> int:
        """Note that a task is handed over now, by any thread, and return its index."""
        with self.lock:
            self.tasks.append(task)
            self.submitted.append(now())
            return len(self.tasks) - 1

    def took(self, index: int, values: tuple[Any, ...]) -> Any:  # noqa: ANN401 - a task's result
        """Keep what a recorded task came to, and return its result."""
        ran = Ran(*values)
        self.ran[index] = ran
        return ran.result

    def took_all(self, indices: Iterable[int], ran: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Do so for the tasks of a chunk."""
        return [self.took(index, values) for index, values in zip(indices, ran, strict=True)]

    def read(self, wire: Wire) -> Iterator[Task]:
        """Read the tasks that are done; workers are numbered as they come up in this pool."""
        numbers: dict[tuple[int, int], int] = {}
        for index, ran in sorted(self.ran.items()):
            there, back = self._resend(wire, self.tasks[index], ran.result)
            yield Task(
                submitted=self.submitted[index],
                start=ran.start,
                end=ran.end,
                cpu=ran.cpu,
                worker=numbers.setdefault(ran.worker, len(numbers)),
                waits=_waits(ran),
                loading=ran.loading,
                pickled=there[0] + back[0],
                transfer=there[1] + back[1],
            )

    def _resend(
        self,
        wire: Wire,
        task: object,
        result: object,
    ) -> tuple[tuple[int, float], tuple[int, float]]:
        if not self.pickles:
            return (0, 0.0), (0, 0.0)
        return wire.send(task), wire.send(result)


def _waits(ran: Ran) -> dict[str, float]:
    """No task waits for longer than it takes beyond its CPU time, whatever the system counts."""
    longest = max(0.0, ran.end - ran.start - ran.cpu)
    return {
        name: min(waited, longest) if name in COUNTED_BY_SYSTEM else waited
        for name, waited in zip(METERS, ran.waits, strict=True)
    }


@dataclass(slots=True)
class OwnPools:
    """Pools that were created while this was watching.

    Attributes:
        created: when each was.
        first: when its first worker was ready, once it was handed a task.
        closed: from when until when each ended, once it had nothing to do any more.
        sent: what each was handed.
        others: how many there were of a kind that does not tell.
        standing: whether pools that were there before are watched, too.
    """

    created: dict[object, float] = field(default_factory=dict)
    first: dict[object, Future[float]] = field(default_factory=dict)
    closed: dict[object, tuple[float, float]] = field(default_factory=dict)
    sent: dict[object, Sent] = field(default_factory=dict)
    others: int = 0
    standing: bool = False

    def seconds(self, begin: float, end: float) -> tuple[float, ...]:
        """List how long each pool took to start and to end; 0 where nobody knows.

        Args:
            begin: when the run began; pools that were set up for it were made before.
            end: when it was over, likewise.
        """
        known = (self._start(pool, begin) + self._end(pool, end) for pool in self.created)
        return (*known, *[0.0] * self.others)

    def close(self, pool: object, begin: float, end: float) -> None:
        """Note that a pool was closed, which waits for its tasks first."""
        ran = self.sent[pool].ran.values() if pool in self.sent else ()
        last = max((one.end for one in ran), default=begin)
        self.closed[pool] = max(begin, last), end

    def _end(self, pool: object, end: float) -> float:
        """Seconds of the run that a pool took to end."""
        begin, until = self.closed.get(pool, (end, end))
        return max(0.0, min(until, end) - begin)

    def _start(self, pool: object, begin: float) -> float:
        """Seconds of the run until a worker was ready."""
        future = self.first.get(pool)
        if future is None or not future.done() or future.cancelled() or future.exception():
            return 0.0
        return max(0.0, future.result() - max(begin, self.created[pool]))


class Unwrapped(Future[Any]):
    """The future of a recorded task, for who waits for the result alone."""

    def __init__(self, inner: Future[Any], took: Callable[[Any], Any]) -> None:
        """Follow the future of the recorded task.

        Args:
            inner: that future.
            took: keeps what the task came to, and returns its result.
        """
        super().__init__()
        self._inner = inner
        self._took = took
        inner.add_done_callback(self._finish)

    def cancel(self) -> bool:
        """Cancel the task if it has not begun."""
        return self._inner.cancel()

    def running(self) -> bool:
        """Whether it has begun and is not done."""
        return self._inner.running()

    def _finish(self, inner: Future[Any]) -> None:
        if inner.cancelled():
            super().cancel()
        if not self.set_running_or_notify_cancel():
            return
        error = inner.exception()
        if error is not None:
            self.set_exception(error)
            return
        self.set_result(self._took(inner.result()))


@contextmanager
def watching_pools(*, standing: bool = False) -> Iterator[OwnPools]:
    """Watch the pools that this process creates meanwhile.

    The standard library has no hook for it, so that methods of its classes are replaced for this
    while. A pool's first task is preceded by one that does nothing but look at the clock.

    Args:
        standing: whether pools that were there before are watched, too, which are not the
            executor's then.
    """
    pools = OwnPools(standing=standing)
    originals = [(kind, kind.__init__, kind.submit, kind.shutdown) for kind in WATCHED]
    other: Any = multiprocessing.pool.Pool
    create_other = other.__init__

    def created_other(self: object, *args: object, **kwargs: object) -> None:
        pools.others += 1
        create_other(self, *args, **kwargs)

    for kind, create, submit, shutdown in originals:
        kind.__init__ = _noting_creation(pools, create)
        kind.submit = _recording_tasks(pools, submit)
        kind.shutdown = _noting_end(pools, shutdown)
    other.__init__ = created_other
    try:
        yield pools
    finally:
        other.__init__ = create_other
        for kind, create, submit, shutdown in originals:
            kind.__init__, kind.submit, kind.shutdown = create, submit, shutdown


def _noting_creation(pools: OwnPools, create: Callable[..., None]) -> Callable[..., None]:
    def created(self: object, *args: object, **kwargs: object) -> None:
        if not isinstance(self, Carrier):
            pools.created[self] = now()
        create(self, *args, **kwargs)

    return created


def _noting_end(pools: OwnPools, shutdown: Callable[..., None]) -> Callable[..., None]:
    def ended(self: object, *args: object, **kwargs: object) -> None:
        begin = now()
        shutdown(self, *args, **kwargs)
        if self in pools.created and self not in pools.closed:
            pools.close(self, begin, now())

    return ended


def _recording_tasks(pools: OwnPools, submit: Callable[..., Any]) -> Callable[..., Any]:
    def submitted(self: object, function: Any, /, *args: object, **kwargs: object) -> object:  # noqa: ANN401 - any function
        if isinstance(self, Carrier) or (self not in pools.created and not pools.standing):
            return submit(self, function, *args, **kwargs)
        if self in pools.created and self not in pools.first:
            pools.first[self] = submit(self, now)
        if WAITS.inside:  # a part of a task, which is recorded as a whole
            return submit(self, function, *args, **kwargs)
        pickles = isinstance(self, ProcessPoolExecutor)
        sent = pools.sent.setdefault(self, Sent(pickles))
        index = sent.note((function, args, kwargs))
        inner = submit(self, RecordedTask(function), *args, **kwargs)
        return Unwrapped(inner, partial(sent.took, index))

    return submitted


T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True)
class RecordingExecutor:
    """An executor that passes everything on to another one, and records what goes through.

    Attributes:
        inner: the other one.
        sent: what was handed over.
    """

    inner: Executor
    sent: Sent

    @property
    def name(self) -> str:
        """That of the other one, as are all that follow."""
        return self.inner.name

    @property
    def workers(self) -> int:
        """How many tasks it can run at once."""
        return self.inner.workers

    @property
    def pickles(self) -> bool:
        """Whether tasks are sent to workers."""
        return self.inner.pickles

    @property
    def shares_clock(self) -> bool:
        """Whether workers read the same clock as the caller."""
        return self.inner.shares_clock

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the other one has
        """Pass on what is not recorded."""
        return getattr(self.inner, name)

    def submit(
        self,
        function: Callable[..., R],
        /,
        *args: Any,  # noqa: ANN401 - the function's
        **kwargs: Any,  # noqa: ANN401 - the function's
    ) -> Future[R]:
        """Hand a task over; see :meth:`Executor.submit`.

        One that a task hands over is a part of that, which is recorded as a whole.
        """
        if WAITS.inside or not self.shares_clock:
            return self.inner.submit(function, *args, **kwargs)
        if isinstance(function, Chunk):
            (tasks,) = args
            indices = [self.sent.note((function.function, task)) for task in tasks]
            chunk = self.inner.submit(Chunk(RecordedTask(function.function)), tasks)
            return Unwrapped(chunk, partial(self.sent.took_all, indices))
        index = self.sent.note((function, args, kwargs))
        inner = self.inner.submit(RecordedTask(function), *args, **kwargs)
        return Unwrapped(inner, partial(self.sent.took, index))

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Run a function over tasks; see :meth:`Executor.map`.

        What workers with clocks of their own say of time means nothing here: it is not recorded.
        """
        if not self.shares_clock:
            return self.inner.map(function, tasks)
        if isinstance(function, Chunk):
            return self._map_chunks(function, tasks)
        indices: list[int] = []

        def stamped() -> Iterator[T]:
            for task in tasks:  # the executor takes each when it hands it over
                indices.append(self.sent.note((function, task)))
                yield task

        return self._results(indices, self.inner.map(RecordedTask(function), stamped()))

    def _map_chunks(self, function: Chunk[Any], chunks: Iterable[Any]) -> Iterator[Any]:
        """Record each task of a chunk, as each is one of serial code."""
        noted: list[list[int]] = []

        def stamped() -> Iterator[Any]:
            for tasks in chunks:
                noted.append([self.sent.note((function.function, task)) for task in tasks])
                yield tasks

        recorded = self.inner.map(Chunk(RecordedTask(function.function)), stamped())
        return (self.sent.took_all(noted[index], ran) for index, ran in enumerate(recorded))

    def _results(self, indices: list[int], ran: Iterator[tuple[Any, ...]]) -> Iterator[Any]:
        for position, values in enumerate(ran):
            yield self.sent.took(indices[position], values)

    def follow(
        self, function: Callable[[T], Awaitable[R]], tasks: list[T]
    ) -> tuple[Callable[[tuple[int, T]], Awaitable[R]], list[tuple[int, T]]]:
        """Record what a map of coroutines runs: return what it is to run, and over what."""
        record = RecordedCoroutine(function)

        async def followed(numbered: tuple[int, T]) -> Any:  # noqa: ANN401 - what the function returns
            index, task = numbered
            return self.sent.took(index, await record(task))

        return followed, [(self.sent.note((function, task)), task) for task in tasks]

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
        core_wait: seconds that threads of this process waited for a core meanwhile; None where
            the system does not tell.
        cpu: its CPU seconds meanwhile.
        threads: threads that ran meanwhile, in any process, beside those of the executor.
    """

    executor: RecordingExecutor
    pools: OwnPools
    begin: float
    end: float = 0.0
    core_wait: float | None = None
    cpu: float = 0.0
    threads: int = 0

    def trim(self, left_out: LeftOut) -> None:
        """Have the run begin after what was set up for it, and end before that was left."""
        spans = [one for one in left_out.spans if self.begin <= one[0] <= one[1] <= self.end]
        paused = sum(end - begin for begin, end in spans)
        elsewhere = left_out.seconds - paused  # what sending to another process took
        self.cpu -= left_out.cpu_seconds
        if spans:
            self.begin = spans[0][1]
        if len(spans) > 1:
            self.end = spans[-1][0]
        self.end = max(self.begin, self.end - max(0.0, elsewhere))

    def trace(self) -> Trace:
        """Put together what was recorded, and send again what went through pipes."""
        sent = [self.executor.sent, *self.pools.sent.values()]
        used = [each for each in sent if each.ran]
        # What tasks took in this process is known of each.
        here = [ran for each in used for ran in each.ran.values() if ran.worker[0] == os.getpid()]
        with wire() as line:
            tasks = tuple(task for each in used for task in each.read(line))
        return Trace(
            begin=self.begin,
            end=self.end,
            workers=self.executor.workers,
            tasks=tasks,
            pools=self.pools.seconds(self.begin, self.end),
            gil=gil_enabled() and not any(each.pickles for each in used),
            core_wait=self._core_wait_beside(here),
            caller_cpu=max(0.0, self.cpu - sum(ran.cpu for ran in here)),
            own_threads=self.threads,
        )

    def _core_wait_beside(self, tasks: Iterable[Ran]) -> float | None:
        if self.core_wait is None:
            return None
        return max(
            0.0, self.core_wait - sum(ran.waits_by_name[Loss.CORE_WAIT.value] for ran in tasks)
        )


@contextmanager
def recording(executor: Executor) -> Iterator[Recording]:
    """Record what happens on an executor, and in pools that this process creates meanwhile."""
    if executor.pickles:
        executor.each(stand_ready)  # what is imported to record is not what is recorded
    standing = executor.name == OWN  # whose own pool is not the code's
    with watching_pools(standing=standing) as pools, leaving_out() as left_out:
        ran = run_times()
        before, cpu = core_waits(), process_cpu()
        recorded = Recording(RecordingExecutor(executor, Sent(executor.pickles)), pools, now())
        yield recorded
        recorded.end = now()
        after, recorded.cpu = core_waits(), process_cpu() - cpu
        recorded.threads = count_beside(ran, partial(_rouse, executor))
        recorded.trim(left_out)
        if after:
            recorded.core_wait = sum(after[thread] - before.get(thread, 0.0) for thread in after)


def _rouse(executor: Executor) -> None:
    """Have each worker do next to nothing; others have none, or run code of the user's."""
    if executor.pickles or executor.name == ThreadExecutor.name:
        executor.each(stand_ready)


def record_run(name: str, workload: Workload[Any], executor: Executor, expected: Expected) -> Trace:
    """Run a workload once.

    Args:
        name: workload and cell, for errors.
        workload: the workload.
        executor: what it runs on.
        expected: what serial code returned.

    Raises:
        WrongResultError: it returned something else.
    """
    with workload.arguments() as arguments:
        with recording(executor) as recorded:
            turn = TurnExecutor(recorded.executor)
            result = workload.call(turn, arguments)
        expected.refuse_wrong(name, result, turn.errors())
        told = None
        if isinstance(workload.function, OwnWork):
            told = workload.function.tasks_of(result)
    return replace(recorded.trace(), told=told or 0.0)
