from __future__ import annotations

import json
import math
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.losses.kinds import Loss
from pytest_speedup.losses.stack import Stack, read_stacks, stack_losses, write_stacks
from pytest_speedup.losses.trace import Task, Trace
from tests.stacks import make_stack

if TYPE_CHECKING:
    from collections.abc import Mapping


def serial_trace(*durations: float, alone: float = 0.0) -> Trace:
    """One task after another, after some code that is in no task."""
    tasks, now = [], alone
    for duration in durations:
        tasks.append(Task(now, now, now + duration, duration, 0))
        now += duration
    return Trace(0.0, now, 1, tuple(tasks))


def parallel_trace(*workers: list[tuple[float, float]], end: float | None = None) -> Trace:
    """Start and duration of each task, by worker; all are submitted at once, at zero."""
    tasks = tuple(
        Task(0.0, start, start + duration, duration, worker)
        for worker, busy in enumerate(workers)
        for start, duration in busy
    )
    last = max((one.end for one in tasks), default=0.0)
    return Trace(0.0, last if end is None else end, len(workers), tasks)


def only(stack: Stack) -> dict[Loss, float]:
    """The losses that are any."""
    return {loss: round(value, 9) for loss, value in stack.losses.items() if abs(value) > 1e-9}


SERIAL = serial_trace(1.0, 1.0, 1.0, 1.0)


def test_an_ideal_run_has_no_loss() -> None:
    """Two workers, half of the time."""
    stack = stack_losses(SERIAL, parallel_trace([(0, 1), (1, 1)], [(0, 1), (1, 1)]))
    assert only(stack) == {}
    assert (stack.ideal, stack.speedup) == (2.0, 2.0)


def test_code_that_no_worker_shares_is_a_serial_section() -> None:
    """A second of it costs two workers half a second: one of them has nothing to do."""
    serial = serial_trace(1.0, 1.0, 1.0, 1.0, alone=1.0)
    parallel = parallel_trace([(0, 1), (1, 1)], [(0, 1), (1, 1)], end=3.0)
    assert only(stack_losses(serial, parallel)) == {Loss.SERIAL: 0.5}


def test_where_the_system_does_not_tell_there_is_no_core_wait() -> None:
    """Rather than one of zero seconds; the losses still add up."""
    parallel = parallel_trace([(0, 1), (1, 1), (2, 1)], [(0, 1)])
    told, untold = (stack_losses(SERIAL, replace(parallel, core_wait=wait)) for wait in (0.0, None))
    assert told.losses[Loss.CORE_WAIT] == 0.0
    assert told.untold == ()
    assert Loss.CORE_WAIT not in untold.losses
    assert untold.untold == (Loss.CORE_WAIT,)
    assert untold.seconds == told.seconds == 3.0


def test_one_worker_with_more_than_its_share_is_imbalance() -> None:
    """Three tasks and one: a second longer than two and two."""
    parallel = parallel_trace([(0, 1), (1, 1), (2, 1)], [(0, 1)])
    assert only(stack_losses(SERIAL, parallel)) == {Loss.IMBALANCE: 1.0}


@pytest.mark.parametrize(
    ("wait", "loss"),
    [
        ("lock wait", Loss.LOCK),
        ("queue wait", Loss.QUEUE),
        ("limit wait", Loss.LIMIT),
        ("core wait", Loss.CORE_WAIT),
    ],
)
def test_one_worker_that_waits_for_longer_is_no_imbalance(wait: str, loss: Loss) -> None:
    """It has as much to do as the other one, which has to wait for it."""
    parallel = parallel_trace([(0, 1), (1, 1)], [(0, 1), (1, 2)])
    late = replace(parallel.tasks[-1], cpu=1.0, waits={wait: 1.0})
    parallel = replace(parallel, tasks=(*parallel.tasks[:-1], late))
    assert only(stack_losses(SERIAL, parallel)) == {loss: 1.0}


def test_a_worker_that_never_gets_a_task_is_idle() -> None:
    """Though there were enough of them; a single task for all cannot be shared."""
    idle = parallel_trace([(0, 1), (1, 1), (2, 1), (3, 1)], [])
    assert only(stack_losses(SERIAL, idle)) == {Loss.WORKERS: 2.0}
    giant = parallel_trace([(0, 4)], [])
    assert only(stack_losses(SERIAL, giant)) == {Loss.IMBALANCE: 2.0}


def test_workers_that_wait_for_tasks_show_dispatch() -> None:
    """Each task came half a second late."""
    parallel = parallel_trace([(0.5, 1), (2, 1)], [(0.5, 1), (2, 1)])
    assert only(stack_losses(SERIAL, parallel)) == {Loss.DISPATCH: 1.0}


NOTHING: Mapping[str, float] = MappingProxyType({})


def with_tasks(trace: Trace, cpu: float, waits: Mapping[str, float] = NOTHING) -> Trace:
    return replace(trace, tasks=tuple(replace(one, cpu=cpu, waits=waits) for one in trace.tasks))


SLOW = parallel_trace([(0, 1.5), (1.5, 1.5)], [(0, 1.5), (1.5, 1.5)])
"""Tasks take half a second longer than alone."""


@pytest.mark.parametrize(
    ("cpu", "waits", "loss"),
    [
        (1.0, {"lock wait": 0.5}, Loss.LOCK),
        (1.0, {"queue wait": 0.5}, Loss.QUEUE),
        (1.5, {}, Loss.CPU),
        (1.0, {"core wait": 0.5}, Loss.CORE_WAIT),
        (1.0, {}, Loss.BLOCKED),
    ],
)
def test_tasks_that_take_longer_say_what_they_waited_for(
    cpu: float, waits: dict[str, float], loss: Loss
) -> None:
    """Or whether they computed for longer, or waited for something else."""
    assert only(stack_losses(SERIAL, with_tasks(SLOW, cpu, waits))) == {loss: 1.0}


@pytest.mark.parametrize(
    ("ceiling", "machine"), [(2.0, 0.0), (1.6, 0.5), (4 / 3, 1.0), (1.0, 1.0), (3.0, 0.0)]
)
def test_the_machine_takes_what_its_ceiling_says(ceiling: float, machine: float) -> None:
    """But no more than tasks got slower."""
    losses = stack_losses(SERIAL, SLOW, ceiling).losses
    assert losses[Loss.CORES] == pytest.approx(machine)
    assert losses[Loss.CPU] == pytest.approx(1.0 - machine)


def test_waiting_for_the_gil_takes_no_cpu_time() -> None:
    """Sharing cores does; and waiting for a core does not, but without a GIL that is all it is."""
    waited = with_tasks(SLOW, cpu=1.25)
    assert only(stack_losses(SERIAL, replace(waited, gil=True), 4 / 3)) == {
        Loss.CORES: 0.5,
        Loss.GIL: 0.5,
    }
    assert only(stack_losses(SERIAL, waited, 4 / 3)) == {Loss.CORES: 1.0}
    queued = with_tasks(SLOW, cpu=1.25, waits={"core wait": 0.125})
    assert only(stack_losses(SERIAL, replace(queued, gil=True), 4 / 3)) == {
        Loss.CORES: 0.5,
        Loss.CORE_WAIT: 0.25,
        Loss.GIL: 0.25,
    }


def test_transfer_is_a_part_of_the_time_between_tasks() -> None:
    """So are imports, on each worker, a caller without a core, and the start of pools.

    That may hold everything up, too.
    """
    late = parallel_trace([(0.5, 1), (2, 1)], [(0.5, 1), (2, 1)])
    sent = replace(late, tasks=(replace(late.tasks[0], transfer=0.4), *late.tasks[1:]))
    assert only(stack_losses(SERIAL, sent)) == {Loss.TRANSFER: 0.4, Loss.DISPATCH: 0.6}
    imported = replace(late, tasks=(replace(late.tasks[0], loading=0.4), *late.tasks[1:]))
    assert only(stack_losses(SERIAL, imported)) == {Loss.IMPORTS: 0.2, Loss.DISPATCH: 0.8}
    pooled = replace(late, pools=(0.3, 0.2))
    assert only(stack_losses(SERIAL, pooled)) == {Loss.POOL: 0.5, Loss.DISPATCH: 0.5}
    starved = replace(late, core_wait=0.7)
    assert only(stack_losses(SERIAL, starved)) == {Loss.CORE_WAIT: 0.7, Loss.DISPATCH: 0.3}
    computing = replace(late, core_wait=0.7, caller_cpu=0.5)
    assert only(stack_losses(SERIAL, computing)) == {
        Loss.CORE_WAIT: pytest.approx(0.2),
        Loss.DISPATCH: pytest.approx(0.8),
    }
    again = replace(imported, pools=(0.3, 0.2))
    assert only(stack_losses(SERIAL, again)) == {
        Loss.IMPORTS: 0.1,
        Loss.POOL: 0.6,
        Loss.DISPATCH: 0.3,
    }
    before = parallel_trace([(0, 1), (1, 1)], [(0, 1), (1, 1)], end=2.5)
    assert only(stack_losses(SERIAL, replace(before, pools=(0.5,)))) == {Loss.POOL: 0.5}


def test_work_outside_the_executor_is_all_serial() -> None:
    """There is nothing else to see."""
    stack = stack_losses(Trace(0, 4, 1, ()), Trace(0, 3, 2, ()))
    assert only(stack) == {Loss.SERIAL: 1.0}


def test_code_without_tasks_when_it_is_serial_is_a_task_as_a_whole() -> None:
    """Workloads that make their own pool need none when they are serial."""
    late = parallel_trace([(0.5, 1), (2, 1)], [(0.5, 1), (2, 1)])
    assert only(stack_losses(Trace(0, 4, 1, ()), late)) == {Loss.DISPATCH: 1.0}


seconds = st.floats(0.001, 10.0)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """Any run: tasks one after another on each worker, with gaps and waits."""
    tasks = []
    workers = draw(st.integers(1, 4))
    for worker in range(workers):
        now = draw(seconds)
        for _ in range(draw(st.integers(0, 4))):
            start = now + draw(seconds)
            end = start + draw(seconds)
            wait = draw(st.floats(0, 0.4)) * (end - start)
            submitted = draw(st.floats(0, 1)) * start
            tasks.append(
                Task(
                    submitted,
                    start,
                    end,
                    cpu=draw(seconds),
                    worker=worker,
                    waits={
                        "core wait": draw(st.floats(0, 1)),
                        "lock wait": wait,
                        "queue wait": wait,
                    },
                    loading=draw(st.floats(0, 1)),
                    transfer=draw(seconds),
                )
            )
            now = end
    last = max((one.end for one in tasks), default=0.0)
    pools = tuple(draw(st.lists(seconds, max_size=2)))
    gil = draw(st.booleans())
    waited = draw(seconds)
    return Trace(0.0, last + draw(seconds), workers, tuple(tasks), pools, gil, waited)


@given(traces(), traces(), st.one_of(st.none(), st.floats(0.5, 8)))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_losses_add_up_and_factors_multiply(
    serial: Trace, parallel: Trace, ceiling: float | None
) -> None:
    """To the measured time, and to the measured efficiency."""
    stack = stack_losses(serial, parallel, ceiling)
    assert stack.seconds == pytest.approx(parallel.seconds)
    assert stack.speedup == pytest.approx(serial.seconds / parallel.seconds)
    efficiency = stack.speedup / parallel.workers
    assert math.prod(stack.factors().values()) == pytest.approx(efficiency)
    assert sum(stack.log_losses().values()) == pytest.approx(-math.log(efficiency), abs=1e-9)


@given(st.lists(traces(), min_size=4, max_size=4))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_changes_add_up(runs: list[Trace]) -> None:
    """To what the efficiency lost in logarithms, whatever serial code did meanwhile."""
    serial, parallel, other_serial, other = runs
    before, after = stack_losses(serial, parallel), stack_losses(other_serial, other)
    lost = math.log(after.inverse_efficiency / before.inverse_efficiency)
    assert sum(after.log_changes(before).values()) == pytest.approx(lost, abs=1e-9)


STACK = make_stack({Loss.GIL: 0.5, Loss.SERIAL: -0.25})


def written(**changes: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    return [{**json.loads(json.dumps(write_stacks([STACK])))[0], **changes}]


def test_stacks_are_read_as_they_were_written() -> None:
    """Through JSON."""
    assert read_stacks(written()) == (STACK,)


@pytest.mark.parametrize(
    "changes",
    [
        {"ideal": 0},
        {"ideal": math.inf},
        {"workers": "many"},
        {"losses": {"unheard of": 1.0}},
        {"losses": {"GIL": -2.0}},
        {"losses": {"GIL": math.nan}},
        {"losses": []},
        {"counts": {}},
        {"counts": {"pools": "x"}},
        {"counts": None},
    ],
)
def test_what_is_no_stack_is_refused(changes: dict[str, Any]) -> None:
    """With an error that the reader of a saved cell turns into one line."""
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        read_stacks(written(**changes))
