"""What happened in one run of a workload on an executor, task by task."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """One task; times in seconds on the clock that all processes of a machine share.

    Attributes:
        submitted: when it was handed to the executor.
        start: when a worker began it.
        end: when the worker was done with it.
        cpu: CPU time of the worker meanwhile.
        worker: which worker ran it; numbers from 0.
        core_wait: seconds that it was ready to run and had no core, where the system tells.
        lock_wait: seconds that it waited for the lock of the executor's counter.
        queue_wait: seconds that it waited for the executor's queue.
        loading: seconds that the worker took to find the function, imports included.
        pickled: bytes that went to the worker and back; 0 where nothing is pickled.
        transfer: seconds that it takes to pickle, send and unpickle these.
    """

    submitted: float
    start: float
    end: float
    cpu: float
    worker: int
    core_wait: float = 0.0
    lock_wait: float = 0.0
    queue_wait: float = 0.0
    loading: float = 0.0
    pickled: int = 0
    transfer: float = 0.0

    @property
    def seconds(self) -> float:
        """How long a worker was busy with it."""
        return self.end - self.start


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
    """

    begin: float
    end: float
    workers: int
    tasks: tuple[Task, ...]
    pools: tuple[float, ...] = ()
    gil: bool = False
    core_wait: float | None = 0.0
    caller_cpu: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.begin
