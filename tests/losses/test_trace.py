from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_speedup.losses.kinds import Loss
from pytest_speedup.losses.stack import stack_losses
from pytest_speedup.losses.trace import (
    Counts,
    Task,
    Trace,
    count_trace,
    held_up_by_gil,
    in_a_row,
)


def make_task(start: float, end: float, worker: int, pickled: int = 0) -> Task:
    return Task(0.0, start, end, 0.0, worker, pickled=pickled)


def test_a_trace_is_counted() -> None:
    """Two at once at the most: one that ends makes room for the next."""
    tasks = (make_task(0, 2, 0, 100), make_task(1, 3, 1, 300), make_task(2, 4, 0, 200))
    trace = Trace(0, 4, 2, tasks, pools=(0.1, 0.2))
    assert count_trace(trace) == Counts(
        pools=3,
        in_flight=2,
        tasks=3,
        workers=2,
        busiest=2,
        bytes_per_task=200,
        done=3,
        p50=2,
        p95=2,
    )


@pytest.mark.parametrize(
    ("seconds", "p50", "p95"),
    [
        ([4.0], 4.0, 4.0),
        ([1.0, 2.0], 1.5, 1.95),
        ([*map(float, range(101))], 50.0, 95.0),
    ],
)
def test_how_long_tasks_take_is_counted_from_their_begin(
    seconds: list[float], p50: float, p95: float
) -> None:
    """As ``numpy.percentile`` has it, wherever tasks begin."""
    tasks = tuple(make_task(7.0, 7.0 + one, 0) for one in reversed(seconds))
    counts = count_trace(Trace(0.0, 200.0, 2, tasks))
    assert (counts.done, counts.p50, counts.p95) == pytest.approx((len(seconds), p50, p95))


def test_tasks_that_code_tells_of_are_done_and_not_recorded() -> None:
    """Nobody knows how long each of them took."""
    counts = count_trace(Trace(0.0, 1.0, 2, (), told=40.0))
    assert (counts.done, counts.tasks, counts.p50, counts.p95) == (40.0, 0, 0.0, 0.0)


def test_a_run_without_tasks_counts_nothing() -> None:
    """But the executor's own pool is there."""
    assert count_trace(Trace(0, 1, 2, ())) == Counts(1, 0, 0, 0, 0, 0)


ALL_BY_ONE = Trace(
    0.0, 4.0, 2, tuple(Task(0.0, start, start + 1.0, 1.0, 0) for start in range(4)), gil=True
)
"""Four tasks that compute, all ready at once, of which the other worker got none."""


def every_task(trace: Trace, **changes: float) -> Trace:
    return replace(trace, tasks=tuple(replace(one, **changes) for one in trace.tasks))  # type: ignore[arg-type]


def test_computing_one_task_after_another_is_the_lock() -> None:
    """Four seconds of CPU time that two workers could have shared; the last task left none."""
    assert held_up_by_gil(ALL_BY_ONE) == 1.5


def test_threads_without_the_lock_are_not_held_up_by_it() -> None:
    assert held_up_by_gil(replace(ALL_BY_ONE, gil=False)) == 0.0


def test_waiting_takes_no_lock() -> None:
    """Tasks that hardly compute are not kept waiting by each other."""
    assert held_up_by_gil(every_task(ALL_BY_ONE, cpu=0.125)) == 0.25


def test_workers_without_a_task_that_is_ready_are_not_held_up() -> None:
    """Each task was handed over only when the one before was done."""
    tasks = tuple(replace(one, submitted=one.start) for one in ALL_BY_ONE.tasks)
    assert held_up_by_gil(replace(ALL_BY_ONE, tasks=tasks)) == 0.0


def test_computing_side_by_side_takes_no_lock() -> None:
    """Functions that let go of it, such as those of hashlib."""
    tasks = tuple(
        Task(0.0, start, start + 1.0, 1.0, worker) for start in (0, 1) for worker in (0, 1)
    )
    assert held_up_by_gil(Trace(0.0, 2.0, 2, tasks, gil=True)) == 0.0


@pytest.mark.parametrize(
    ("workers", "lost"),
    [
        ((0, 0, 0, 0), {Loss.GIL: 1.5, Loss.WORKERS: 0.5}),
        ((0, 0, 0, 1), {Loss.GIL: 1.5, Loss.DISPATCH: 0.5}),
        ((0, 1, 0, 1), {Loss.GIL: 1.5, Loss.DISPATCH: 0.5}),
    ],
)
def test_the_lock_answers_whichever_worker_got_the_tasks(
    workers: tuple[int, ...], lost: dict[Loss, float]
) -> None:
    """Not idle workers, imbalance or dispatch, nor threads that then had no core."""
    serial = replace(ALL_BY_ONE, workers=1)
    tasks = tuple(
        replace(one, worker=worker) for one, worker in zip(ALL_BY_ONE.tasks, workers, strict=True)
    )
    stack = stack_losses(serial, replace(ALL_BY_ONE, tasks=tasks))
    assert {loss: seconds for loss, seconds in stack.losses.items() if seconds} == lost
    starved = stack_losses(serial, replace(ALL_BY_ONE, tasks=tasks, core_wait=9.0))
    assert starved.losses[Loss.GIL] == 1.5


def test_serial_runs_in_a_row_are_one() -> None:
    """As serial code would do the work of several workers."""
    serial = Trace(
        1.0, 3.0, 1, (Task(1.0, 1.5, 2.5, 0.5, 0),), pools=(0.1,), core_wait=0.2, caller_cpu=0.3
    )
    assert in_a_row(serial, 1) is serial
    row = in_a_row(serial, 3)
    assert (row.begin, row.end, row.seconds) == (1.0, 7.0, 6.0)
    assert [(one.submitted, one.start, one.end) for one in row.tasks] == [
        (1.0, 1.5, 2.5),
        (3.0, 3.5, 4.5),
        (5.0, 5.5, 6.5),
    ]
    assert row.pools == (0.1,) * 3
    assert (row.core_wait, row.caller_cpu) == pytest.approx((0.6, 0.9))
    assert in_a_row(replace(serial, core_wait=None), 3).core_wait is None


def test_perfect_weak_scaling_has_lost_nothing() -> None:
    """Three workers did three times the work in the same time."""
    serial = Trace(0.0, 2.0, 1, (Task(0.0, 0.0, 2.0, 0.0, 0),))
    tasks = tuple(Task(0.0, 0.0, 2.0, 0.0, worker) for worker in range(3))
    stack = stack_losses(in_a_row(serial, 3), Trace(0.0, 2.0, 3, tasks))
    assert stack.speedup == pytest.approx(3.0)
    assert not [lost for lost in stack.losses.values() if abs(lost) > 1e-9]
