"""What happened in one run, what that comes to, and how its time is shared out among losses.

A worker that waits in one of its tasks leaves the next ones to the others, which is why the most
tasks need not be where the waiting is. Hence the same tasks are dealt out again without it, to
whichever worker is free first (list scheduling: R. L. Graham, Bounds on multiprocessing timing
anomalies, SIAM Journal on Applied Mathematics 17, 1969); what is uneven then is due to the tasks.

Shares of losses add up, part by part, whatever each of them takes.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field, replace
from statistics import median, quantiles
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pytest_speedup.losses.kinds import Loss


@dataclass(frozen=True, slots=True)
class Task:
    """One task; times in seconds on the clock that all processes of a machine share.

    Attributes:
        submitted: when it was handed to the executor.
        start: when a worker began it.
        end: when the worker was done with it.
        cpu: CPU time of the worker meanwhile.
        worker: which worker ran it; numbers from 0.
        waits: seconds that it noted to have waited, by the name of the loss that they are.
        loading: seconds that the worker took to find the function, imports included.
        pickled: bytes that went to the worker and back; 0 where nothing is pickled.
        transfer: seconds that it takes to pickle, send and unpickle these.
    """

    submitted: float
    start: float
    end: float
    cpu: float
    worker: int
    waits: Mapping[str, float] = field(default_factory=dict)
    loading: float = 0.0
    pickled: int = 0
    transfer: float = 0.0

    @property
    def seconds(self) -> float:
        """How long a worker was busy with it."""
        return self.end - self.start

    @property
    def noted(self) -> float:
        """Seconds that it waited for anything that it notes."""
        return sum(self.waits.values())


@dataclass(frozen=True, slots=True)
class Trace:
    """One run.

    Attributes:
        begin: when it began.
        end: when it was over.
        workers: how many workers the executor has.
        tasks: those that went through the executor.
        pools: seconds that each pool took to start and to end which the workload made for itself.
        gil: whether the workers shared a global interpreter lock.
        core_wait: seconds that threads of the caller's process were ready and had no core, other
            than in tasks; None where the system does not tell, and then of tasks neither.
        caller_cpu: CPU seconds of the caller's process, other than in tasks.
        own_threads: threads that ran, in any process, and are neither the caller nor workers; 0
            where the system does not tell.
        told: tasks that code with workers of its own says that it ran; 0 where it does not.
    """

    begin: float
    end: float
    workers: int
    tasks: tuple[Task, ...]
    pools: tuple[float, ...] = ()
    gil: bool = False
    core_wait: float | None = 0.0
    caller_cpu: float = 0.0
    own_threads: int = 0
    told: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.begin


def in_a_row(trace: Trace, times: int) -> Trace:
    """Take a serial run for so many of them, one after another, as in weak scaling."""
    if times == 1:
        return trace
    tasks = tuple(
        replace(
            one,
            submitted=one.submitted + past,
            start=one.start + past,
            end=one.end + past,
        )
        for past in (number * trace.seconds for number in range(times))
        for one in trace.tasks
    )
    return replace(
        trace,
        end=trace.begin + times * trace.seconds,
        tasks=tasks,
        pools=trace.pools * times,
        core_wait=None if trace.core_wait is None else times * trace.core_wait,
        caller_cpu=times * trace.caller_cpu,
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """Counters of one run of a workload on one executor.

    Attributes:
        pools: pools that were created, the executor's own included.
        in_flight: the most tasks that were at work at once.
        tasks: tasks that were run.
        workers: workers that ran any.
        busiest: tasks of the worker that ran most of them.
        bytes_per_task: pickled bytes that went to and from the workers, per task; 0 where tasks
            are not pickled.
        own_threads: threads that ran beside the workers, such as those of a BLAS; 0 where nobody
            knows.
        done: tasks that were run, or that code with workers of its own says that it ran; 0 where
            nobody knows.
        p50: seconds within which half of the tasks were done, each from its begin on; 0 where none
            was recorded.
        p95: seconds within which 95 % of them were.
    """

    pools: float
    in_flight: float
    tasks: float
    workers: float
    busiest: float
    bytes_per_task: float
    own_threads: float = 0.0
    done: float = 0.0
    p50: float = 0.0
    p95: float = 0.0


def count_trace(trace: Trace) -> Counts:
    """Count what a run did: its pools with the executor's own, and its tasks."""
    by_worker = Counter(one.worker for one in trace.tasks)
    seconds = [one.seconds for one in trace.tasks]
    return Counts(
        pools=1 + len(trace.pools),
        in_flight=_most_at_once(trace.tasks),
        tasks=len(trace.tasks),
        workers=len(by_worker),
        busiest=max(by_worker.values(), default=0),
        bytes_per_task=sum(one.pickled for one in trace.tasks) / max(1, len(trace.tasks)),
        own_threads=trace.own_threads,
        done=trace.told or len(trace.tasks),
        p50=median(seconds) if seconds else 0.0,
        p95=_within(seconds),
    )


def _within(seconds: Sequence[float]) -> float:
    """Find within how long 95 % of tasks were done, between the two that are next to it.

    Definition 7 of R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, The American
    Statistician 50(4), 1996.
    """
    if len(seconds) < 2:  # noqa: PLR2004 - there is nothing between
        return max(seconds, default=0.0)
    return quantiles(seconds, n=20, method="inclusive")[-1]


def _most_at_once(tasks: Iterable[Task]) -> int:
    """Count over the moments at which tasks begin and end; one that ends makes room first."""
    moments = sorted(moment for one in tasks for moment in ((one.start, 1), (one.end, -1)))
    at_work = most = 0
    for _, step in moments:
        at_work += step
        most = max(most, at_work)
    return most


def busiest(tasks: Iterable[Task]) -> float:
    """Seconds of the worker that was busy for the longest."""
    by_worker: dict[int, float] = {}
    for one in tasks:
        by_worker[one.worker] = by_worker.get(one.worker, 0.0) + one.seconds
    return max(by_worker.values())


def busy(tasks: Iterable[Task]) -> float:
    """Seconds of all workers together."""
    return sum(one.seconds for one in tasks)


def covered(tasks: Iterable[Task]) -> float:
    """Seconds in which at least one task was handed over and not done."""
    seconds, until = 0.0, float("-inf")
    for one in sorted(tasks, key=lambda task: task.submitted):
        seconds += max(0.0, one.end - max(one.submitted, until))
        until = max(until, one.end)
    return seconds


def waited(tasks: Iterable[Task], wait: str) -> float:
    """Seconds that tasks noted to have waited for one thing."""
    return sum(task.waits.get(wait, 0.0) for task in tasks)


def waited_longer(tasks: Sequence[Task], alone: Sequence[Task]) -> list[float]:
    """Find how much longer each task waited than when it ran by itself, beyond what it notes.

    Args:
        tasks: those that ran together.
        alone: the same ones, in the same order, run one after another.
    """
    return [max(0.0, _idle(one) - _idle(other)) for one, other in zip(tasks, alone, strict=True)]


def _idle(task: Task) -> float:
    return task.seconds - task.cpu - task.noted


def uneven_without_waits(tasks: Sequence[Task], workers: int, blocked: Sequence[float]) -> float:
    """Seconds of the busiest worker beyond the mean of all, if no task had waited.

    Args:
        tasks: those that ran.
        workers: how many share them.
        blocked: seconds that each task waited for something that it does not note.
    """
    free = [0.0] * workers
    for one, more in sorted(zip(tasks, blocked, strict=True), key=lambda pair: pair[0].start):
        heapq.heapreplace(free, free[0] + max(0.0, one.seconds - one.noted - more))
    return max(free) - sum(free) / workers


def held_up_by_gil(run: Trace) -> float:
    """Find what the interpreter lock took between tasks, in seconds of the whole run.

    A worker that is free while a task is ready needs the lock to take it. It cannot have taken
    more than it would if all CPU time had come one after another, which tells computing from
    tasks that only wait, or compute without it.
    """
    if not run.gil:
        return 0.0
    cpu = sum(one.cpu for one in run.tasks)
    in_turn = max(0.0, min(cpu, run.seconds) - cpu / run.workers)
    return min(in_turn, _free_beside_ready(run.tasks, run.workers) / run.workers)


class _Step(NamedTuple):
    """What changes at one moment.

    Attributes:
        moment: seconds on the measurement's clock.
        waiting: tasks that are handed over and not begun, more or less by so many.
        running: tasks that are begun and not done, more or less by so many.
    """

    moment: float
    waiting: int
    running: int


def _free_beside_ready(tasks: Iterable[Task], workers: int) -> float:
    """Seconds of workers that were free, with a task ready for each and another one running."""
    total, before, waiting, running = 0.0, 0.0, 0, 0
    for step in sorted(_steps(tasks)):
        if running:
            total += (step.moment - before) * max(0, min(workers - running, waiting))
        before = step.moment
        waiting += step.waiting
        running += step.running
    return total


def _steps(tasks: Iterable[Task]) -> Iterable[_Step]:
    for one in tasks:
        yield _Step(one.submitted, 1, 0)
        yield _Step(one.start, -1, 1)
        yield _Step(one.end, 0, -1)


@dataclass(frozen=True, slots=True)
class Runs:
    """What losses are found in.

    Attributes:
        serial: a run of the same work on one worker, which has tasks.
        parallel: the run in question.
        ceiling: speedup of a kernel that has nothing to share, on the same executor; None
            where it is not known, and then what the machine takes counts as contention.
    """

    serial: Trace
    parallel: Trace
    ceiling: float | None

    @property
    def work(self) -> float:
        """Seconds of tasks, each alone, for each worker."""
        return busy(self.serial.tasks) / self.parallel.workers

    @property
    def used(self) -> int:
        """Workers that share the tasks; where these are too few, none is idle by bad luck."""
        tasks, n = self.parallel.tasks, self.parallel.workers
        return len({one.worker for one in tasks}) if len(tasks) >= n else n

    @property
    def alone(self) -> float:
        """Seconds in which no task was on its way."""
        return self.parallel.seconds - covered(self.parallel.tasks)

    @property
    def imports(self) -> float:
        """Seconds that a worker took to find functions."""
        tasks = self.parallel.tasks
        return sum(one.loading for one in tasks) / len({one.worker for one in tasks})


@dataclass(slots=True)
class Sharing:
    """Time that is being shared out among losses.

    Attributes:
        runs: where it went.
        shares: what each loss got, part by part; the last one is being shared out.
        seconds: of this part.
        left: of these, what no loss has claimed yet.
    """

    runs: Runs
    shares: list[dict[Loss, float]] = field(default_factory=list)
    seconds: float = 0.0
    left: float = 0.0

    def share(self, part: Part) -> dict[Loss, float]:
        """Share out a part: what nothing else claims goes to the loss that takes the rest."""
        shares: dict[Loss, float] = {}
        self.shares.append(shares)
        self.seconds = self.left = part.seconds(self.runs)
        for loss, claim in part.claims:
            shares[loss] = claim(self)
            self.left -= shares[loss]
        shares[part.rest] = self.left
        return shares


Claim: TypeAlias = "Callable[[Sharing], float]"
"""Seconds that a loss takes of the part that is being shared out."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the time beyond the ideal.

    Attributes:
        seconds: how much there is of it.
        claims: how much of it each loss takes, in the order in which they do.
        rest: the loss that gets what is left, which is negative where it is a gain.
    """

    seconds: Callable[[Runs], float]
    claims: tuple[tuple[Loss, Claim], ...]
    rest: Loss
