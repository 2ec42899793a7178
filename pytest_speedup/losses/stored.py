"""Stacks of losses and traces as JSON values: in saved runs, and in what a side answers.

Both come from outside again, and are taken for no more than they are.
"""

from __future__ import annotations

from dataclasses import asdict, astuple
from typing import TYPE_CHECKING, Any

from pytest_speedup.documents import (
    LEAST_SECONDS,
    MOST_SECONDS,
    brief,
    number,
    seconds,
    switch,
    workers,
)
from pytest_speedup.losses.kinds import NOTED, Loss
from pytest_speedup.losses.stack import Stack
from pytest_speedup.losses.trace import Counts, Task, Trace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_COUNT = 1e18
"""Of whatever is counted, bytes among it."""

MAX_TASKS = 100_000
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
        Loss.named(name): number(lost, -MOST_SECONDS, MOST_SECONDS)
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
    begin, end, count, tasks, pools, gil, core_wait, caller_cpu = _list(document)
    trace = Trace(
        _moment(begin),
        _moment(end),
        workers(count),
        tuple(map(_task, _list(tasks))),
        tuple(map(_lasting, _list(pools))),
        switch(gil),
        None if core_wait is None else _lasting(core_wait),
        _lasting(caller_cpu),
    )
    number(trace.seconds, LEAST_SECONDS, MOST_SECONDS)
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
    return number(value, -10 * MOST_SECONDS, 10 * MOST_SECONDS)


def _lasting(value: object) -> float:
    return number(value, 0, MOST_SECONDS)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_TASKS:
        message = f"no list of at most {MAX_TASKS}"
        raise ValueError(message)
    return value
