from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_speedup.model import Loss, Task
from pytest_speedup.statistics.balance import WAITS, share_unevenness


def tasks_of(*workers: list[float]) -> list[Task]:
    """Tasks that each worker ran one after another, by how long they took."""
    tasks = []
    for worker, durations in enumerate(workers):
        start = 0.0
        for seconds in durations:
            tasks.append(Task(0.0, start, start + seconds, seconds, worker))
            start += seconds
    return tasks


def only(shares: dict[Loss, float]) -> dict[Loss, float]:
    return {loss: round(seconds, 9) for loss, seconds in shares.items() if abs(seconds) > 1e-9}


def test_even_workers_have_no_share() -> None:
    assert only(share_unevenness(tasks_of([1, 1], [2]), 2, 0.0)) == {}


def test_a_task_that_is_too_long_is_imbalance() -> None:
    """Two workers could share four seconds, but not a task of three."""
    assert only(share_unevenness(tasks_of([3], [1]), 2, 0.0)) == {Loss.IMBALANCE: 1.0}


@pytest.mark.parametrize("loss", WAITS)
def test_workers_that_took_over_from_one_that_waited_show_its_wait(loss: Loss) -> None:
    """One task waits for most of its time, so that the other worker does the other three."""
    first, *others = tasks_of([2.5], [1, 1, 1])
    waited = replace(first, **{WAITS[loss]: 1.5})  # type: ignore[arg-type]
    shares = share_unevenness([waited, *others], 2, 0.0)
    assert only(shares) == {loss: 0.25}


def test_a_wait_does_not_excuse_a_task_that_is_too_long() -> None:
    """Five seconds of six are left without the wait, beside one."""
    first, *others = tasks_of([6], [1])
    waited = replace(first, core_wait=1.0)
    assert only(share_unevenness([waited, *others], 2, 0.0)) == {
        Loss.IMBALANCE: 2.0,
        Loss.CORE_WAIT: 0.5,
    }


def test_waits_answer_for_no_more_than_there_were() -> None:
    """Half a second of waiting does not explain why one worker took all other tasks."""
    first, *others = tasks_of([1], [1, 1, 1, 1])
    waited = replace(first, lock_wait=0.5)
    assert only(share_unevenness([waited, *others], 2, 0.0)) == {
        Loss.IMBALANCE: 1.25,
        Loss.LOCK: 0.25,
    }


def test_the_interpreter_lock_answers_for_what_tasks_and_waits_do_not() -> None:
    """Of three seconds for one worker and one for the other, one was too many."""
    tasks = tasks_of([1, 1, 1], [1])
    assert only(share_unevenness(tasks, 2, 0.75)) == {Loss.GIL: 0.75, Loss.IMBALANCE: 0.25}
    assert only(share_unevenness(tasks_of([3], [1]), 2, 0.75)) == {Loss.IMBALANCE: 1.0}
