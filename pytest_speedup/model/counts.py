"""What a run of a cell did, counted instead of timed."""

from __future__ import annotations

from dataclasses import dataclass


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
    """

    pools: float
    in_flight: float
    tasks: float
    workers: float
    busiest: float
    bytes_per_task: float


@dataclass(frozen=True, slots=True)
class CounterChange:
    """A counter that differs between base and head in every block.

    Attributes:
        name: what is counted, in words.
        base: the median of the base.
        head: the median of the head.
        worse: whether it says that less runs in parallel, or that parallel running costs more.
    """

    name: str
    base: float
    head: float
    worse: bool
