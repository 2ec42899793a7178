"""Traces as messages: what a side recorded, in lists of numbers."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from pytest_speedup.documents.fields import LEAST_SECONDS, MOST_SECONDS, number, switch, workers
from pytest_speedup.model import Task, Trace

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_WORKER = 2**31
MOST_PICKLED = 2**50
"""Bytes of a task."""


def write_trace(trace: Trace) -> Sequence[Any]:
    """Turn a trace into what JSON can hold."""
    return astuple(trace)


def read_trace(message: Sequence[Any]) -> Trace:
    """Read what :func:`write_trace` wrote.

    Raises:
        TypeError, ValueError: it is something else.
    """
    begin, end, count, tasks, pools, gil, core_wait, caller_cpu = message
    trace = Trace(
        _moment(begin),
        _moment(end),
        workers(count),
        tuple(_task(*task) for task in tasks),
        tuple(map(_lasting, pools)),
        switch(gil),
        _told(core_wait),
        _lasting(caller_cpu),
    )
    number(trace.seconds, LEAST_SECONDS, MOST_SECONDS)
    return trace


def _task(
    submitted: object, start: object, end: object, cpu: object, worker: object, *rest: object
) -> Task:
    core_wait, lock_wait, queue_wait, loading, pickled, transfer = rest
    return Task(
        _moment(submitted),
        _moment(start),
        _moment(end),
        _lasting(cpu),
        int(number(worker, 0, MOST_WORKER)),
        _lasting(core_wait),
        _lasting(lock_wait),
        _lasting(queue_wait),
        _lasting(loading),
        int(number(pickled, 0, MOST_PICKLED)),
        _lasting(transfer),
    )


def _moment(value: object) -> float:
    """Take a time on a clock that began with the machine, or with 1970."""
    return number(value, -10 * MOST_SECONDS, 10 * MOST_SECONDS)


def _lasting(value: object) -> float:
    return number(value, 0, MOST_SECONDS)


def _told(value: object) -> Any:  # noqa: ANN401 - as the trace has it
    """Take a duration, or None where the system does not tell."""
    return None if value is None else _lasting(value)
