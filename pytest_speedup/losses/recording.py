"""Recording what a workload does on an executor, task by task."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_speedup.clock import now, process_cpu
from pytest_speedup.losses.kinds import Loss
from pytest_speedup.losses.pools import OwnPools, Sent, watching_pools, wire
from pytest_speedup.losses.recorded_task import (
    Ran,
    RecordedTask,
    TimedCounter,
    TimedQueue,
    core_waits,
    stand_ready,
)
from pytest_speedup.losses.trace import Trace
from pytest_speedup.measurement import gil_enabled, refuse_wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_speedup.executors import Counter, Executor, Queue

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

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Run a function over tasks; see :meth:`Executor.map`.

        What workers with clocks of their own say of time means nothing here: it is not recorded.
        """
        if not self.shares_clock:
            return self.inner.map(function, tasks)
        indices: list[int] = []

        def stamped() -> Iterator[T]:
            for task in tasks:  # the executor takes each when it hands it over
                indices.append(self.sent.note((function, task)))
                yield task

        return self._results(indices, self.inner.map(RecordedTask(function), stamped()))

    def _results(self, indices: list[int], ran: Iterator[tuple[Any, ...]]) -> Iterator[Any]:
        for position, values in enumerate(ran):
            one = Ran(*values)
            self.sent.ran[indices[position]] = one
            yield one.result

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
    """

    executor: RecordingExecutor
    pools: OwnPools
    begin: float
    end: float = 0.0
    core_wait: float | None = None
    cpu: float = 0.0

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
            pools=self.pools.seconds(),
            gil=gil_enabled() and not any(each.pickles for each in used),
            core_wait=self._core_wait_beside(here),
            caller_cpu=max(0.0, self.cpu - sum(ran.cpu for ran in here)),
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
    with watching_pools() as pools:
        before, cpu = core_waits(), process_cpu()
        recorded = Recording(RecordingExecutor(executor, Sent(executor.pickles)), pools, now())
        yield recorded
        recorded.end = now()
        after, recorded.cpu = core_waits(), process_cpu() - cpu
        if after:
            recorded.core_wait = sum(after[thread] - before.get(thread, 0.0) for thread in after)


def record_run(
    name: str, work: Callable[[Executor], object], executor: Executor, expected: object
) -> Trace:
    """Run a workload once.

    Args:
        name: workload and cell, for errors.
        work: the workload.
        executor: what it runs on.
        expected: what serial code returned.

    Raises:
        WrongResultError: it returned something else.
    """
    with recording(executor) as recorded:
        result = work(recorded.executor)
    refuse_wrong(name, result, expected)
    return recorded.trace()
