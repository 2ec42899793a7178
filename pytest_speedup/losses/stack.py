"""Where the workers' time went: an ideal speedup, minus each loss, is the measured one.

Stacks and traces are JSON values in saved runs, and in what a side answers. Both come from outside
again, and are taken for no more than they are.
"""

from __future__ import annotations

import math
from dataclasses import asdict, astuple, dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

from pytest_speedup.documents import (
    MAX_SECONDS,
    MIN_SECONDS,
    brief,
    number,
    seconds,
    switch,
    workers,
)
from pytest_speedup.losses.kinds import NOTED, PARTS, UNSEEN, Loss
from pytest_speedup.losses.trace import Counts, Runs, Sharing, Task, Trace, count_trace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Stack:
    """How long a parallel run would take without any loss, and what each one adds to it.

    Attributes:
        workers: how many there are, the ideal speedup.
        ideal: seconds of the serial run, shared evenly.
        losses: seconds that each loss adds; their sum and the ideal are the measured time. A
            negative one is a gain, such as a cache that only a share of the work fits into. What
            the system does not tell is not among them.
        counts: what the same run did, counted.
    """

    workers: int
    ideal: float
    losses: Mapping[Loss, float]
    counts: Counts

    @property
    def untold(self) -> tuple[Loss, ...]:
        """Losses that its tasks may have had unseen, and which count as others."""
        if not self.counts.tasks:
            return ()
        return tuple(loss for loss in Loss if loss.kind.untold and loss not in self.losses)

    @property
    def seconds(self) -> float:
        """The measured time."""
        return self.ideal + sum(self.losses.values())

    @property
    def speedup(self) -> float:
        """The measured speedup."""
        return self.workers * self.ideal / self.seconds

    @property
    def inverse_efficiency(self) -> float:
        """The measured time as a multiple of the ideal one."""
        return self.seconds / self.ideal

    def log_losses(self) -> dict[Loss, float]:
        """Share what the logarithm of the efficiency lacks among the losses, in their proportion.

        The factor between seconds and logarithms is the logarithmic mean of ideal and measured
        time, with which the shares add up exactly and none depends on an order (B. W. Ang, The
        LMDI approach to decomposition analysis, Energy Policy 33, 2005).
        """
        mean = log_mean(1.0, self.inverse_efficiency)
        return {loss: seconds / self.ideal / mean for loss, seconds in self.losses.items()}

    def factors(self) -> dict[Loss, float]:
        """Turn losses into efficiencies, which multiply to speedup / workers."""
        return {loss: math.exp(-share) for loss, share in self.log_losses().items()}

    def log_changes(self, before: Stack) -> dict[Loss, float]:
        """Share the change of the logarithm of the efficiency, in the same way.

        Returns:
            For each loss what it took off beyond what it took before; all together that is what
            the logarithm of the speedup lost.
        """
        mean = log_mean(before.inverse_efficiency, self.inverse_efficiency)
        return {
            loss: (
                self.losses.get(loss, 0.0) / self.ideal
                - before.losses.get(loss, 0.0) / before.ideal
            )
            / mean
            for loss in Loss
        }


def log_mean(one: float, other: float) -> float:
    """Return the logarithmic mean of two positive numbers, which lies between them."""
    if math.isclose(one, other, rel_tol=1e-9):
        return (one + other) / 2
    return (one - other) / math.log(one / other)


def mean_stack(stacks: Sequence[Stack]) -> Stack:
    """Average stacks of the same cell, loss by loss."""
    known = [loss for loss in Loss if any(loss in one.losses for one in stacks)]
    losses = {loss: fmean(one.losses.get(loss, 0.0) for one in stacks) for loss in known}
    counts = Counts(
        *(fmean(getattr(one.counts, name) for one in stacks) for name in Counts.__slots__)
    )
    return Stack(stacks[0].workers, fmean(one.ideal for one in stacks), losses, counts)


def stack_losses(serial: Trace, parallel: Trace, ceiling: float | None = None) -> Stack:
    """Find where the time of a parallel run went.

    Args:
        serial: a run of the same work on one worker.
        parallel: the run in question.
        ceiling: speedup of a kernel that has nothing to share, on the same executor; None
            where it is not known, and then what the machine takes counts as contention.
    """
    if not serial.tasks:
        serial = _as_task(serial, parallel)
    sharing = Sharing(Runs(serial, parallel, ceiling))
    for part in PARTS if parallel.tasks else (UNSEEN,):
        sharing.share(part)
    found = {loss for shares in sharing.shares for loss in shares}
    if parallel.core_wait is None:  # nobody knows, which is not none
        found -= {loss for loss in Loss if loss.kind.untold}
    losses = {
        loss: sum(shares.get(loss, 0.0) for shares in sharing.shares)
        for loss in Loss
        if loss in found
    }
    ideal = serial.seconds / parallel.workers
    return Stack(parallel.workers, ideal, losses, count_trace(parallel))


def _as_task(serial: Trace, parallel: Trace) -> Trace:
    """Take code that hands over no tasks when it is serial, but else does, for a single task."""
    cpu = sum(one.cpu for one in parallel.tasks)
    whole = Task(serial.begin, serial.begin, serial.end, cpu, worker=0)
    return replace(serial, tasks=(whole,))


MAX_COUNT = 1e18
"""Of whatever is counted, bytes among it."""

MAX_TASKS = 100_000
MAX_THREADS = 2**31
MAX_WORKER_NUMBER = 2**31
MAX_PICKLED_BYTES = 2**50


def write_stacks(stacks: Sequence[Stack]) -> list[dict[str, Any]]:
    """Write stacks, with losses by name, in seconds."""
    return [
        {
            "workers": stack.workers,
            "ideal": stack.ideal,
            "losses": write_losses(stack),
            "counts": asdict(stack.counts),
        }
        for stack in stacks
    ]


def write_losses(stack: Stack) -> dict[str, float]:
    """Write seconds by the name of the loss."""
    return {loss.value: seconds for loss, seconds in stack.losses.items()}


def read_stacks(documents: Sequence[Mapping[str, Any]]) -> tuple[Stack, ...]:
    """Read what :func:`write_stacks` wrote.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: it is something else.
    """
    return tuple(map(_stack, documents))


def _stack(document: Mapping[str, Any]) -> Stack:
    losses = {
        Loss.named(name): number(lost, -MAX_SECONDS, MAX_SECONDS)
        for name, lost in document["losses"].items()
    }
    counts = Counts(**{name: number(one, 0, MAX_COUNT) for name, one in document["counts"].items()})
    stack = Stack(workers(document["workers"]), seconds(document["ideal"]), losses, counts)
    if stack.seconds <= 0:
        message = f"{brief(document)} is no stack of losses"
        raise ValueError(message)
    return stack


def write_trace(trace: Trace) -> list[Any]:
    """Write a trace as a list of its fields, each task likewise."""
    begin, end, count, tasks, pools, *rest = astuple(trace)
    return [begin, end, count, list(map(list, tasks)), list(pools), *rest]


def read_trace(document: Any) -> Trace:  # noqa: ANN401 - any JSON value
    """Read what :func:`write_trace` wrote.

    Raises:
        AttributeError, TypeError, ValueError: it is something else.
    """
    begin, end, count, tasks, pools, gil, core_wait, caller_cpu, threads, told = _list(document)
    trace = Trace(
        _moment(begin),
        _moment(end),
        workers(count),
        tuple(map(_task, _list(tasks))),
        tuple(map(_lasting, _list(pools))),
        switch(gil),
        None if core_wait is None else _lasting(core_wait),
        _lasting(caller_cpu),
        int(number(threads, 0, MAX_THREADS)),
        number(told, 0, MAX_COUNT),
    )
    number(trace.seconds, MIN_SECONDS, MAX_SECONDS)
    return trace


def _task(document: object) -> Task:
    submitted, start, end, cpu, worker, waits, loading, pickled, transfer = _list(document)
    return Task(
        _moment(submitted),
        _moment(start),
        _moment(end),
        _lasting(cpu),
        int(number(worker, 0, MAX_WORKER_NUMBER)),
        _waits(waits),
        _lasting(loading),
        int(number(pickled, 0, MAX_PICKLED_BYTES)),
        _lasting(transfer),
    )


def _waits(document: Any) -> dict[str, float]:  # noqa: ANN401 - any JSON value
    waits = {name: _lasting(waited) for name, waited in document.items()}
    if unknown := waits.keys() - {loss.value for loss in NOTED}:
        message = f"{brief(sorted(unknown))} is nothing that tasks note"
        raise ValueError(message)
    return waits


def _moment(value: object) -> float:
    """Take a time on a clock that began with the machine, or with 1970."""
    return number(value, -10 * MAX_SECONDS, 10 * MAX_SECONDS)


def _lasting(value: object) -> float:
    return number(value, 0, MAX_SECONDS)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_TASKS:
        message = f"no list of at most {MAX_TASKS}"
        raise ValueError(message)
    return value
