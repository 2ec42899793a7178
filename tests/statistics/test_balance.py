from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_speedup.model import Loss, Task
from pytest_speedup.statistics.balance import WAITS, share_unevenness, waited_longer


def tasks_of(*workers: list[float]) -> list[Task]:
    """Tasks that each worker ran one after another, by how long they took."""
    tasks = []
    for worker, durations in enumerate(workers):
        start = 0.0
        for seconds in durations:
            tasks.append(Task(0.0, start, start + seconds, seconds, worker))
            start += seconds
    return tasks


def shares_of(tasks: list[Task], workers: int, held_up: float) -> dict[Loss, float]:
    """Share out what is uneven where nothing is known to have blocked."""
    return share_unevenness(tasks, workers, held_up, [0.0] * len(tasks))


def only(shares: dict[Loss, float]) -> dict[Loss, float]:
    return {loss: round(seconds, 9) for loss, seconds in shares.items() if abs(seconds) > 1e-9}


def test_even_workers_have_no_share() -> None:
    assert only(shares_of(tasks_of([1, 1], [2]), 2, 0.0)) == {}


def test_a_task_that_is_too_long_is_imbalance() -> None:
    """Two workers could share four seconds, but not a task of three."""
    assert only(shares_of(tasks_of([3], [1]), 2, 0.0)) == {Loss.IMBALANCE: 1.0}


@pytest.mark.parametrize("loss", WAITS)
def test_workers_that_took_over_from_one_that_waited_show_its_wait(loss: Loss) -> None:
    """One task waits for most of its time, so that the other worker does the other three."""
    first, *others = tasks_of([2.5], [1, 1, 1])
    waited = replace(first, **{WAITS[loss]: 1.5})  # type: ignore[arg-type]
    shares = shares_of([waited, *others], 2, 0.0)
    assert only(shares) == {loss: 0.25}


def test_a_wait_does_not_excuse_a_task_that_is_too_long() -> None:
    """Five seconds of six are left without the wait, beside one."""
    first, *others = tasks_of([6], [1])
    waited = replace(first, core_wait=1.0)
    assert only(shares_of([waited, *others], 2, 0.0)) == {
        Loss.IMBALANCE: 2.0,
        Loss.CORE_WAIT: 0.5,
    }


def test_waits_answer_for_no_more_than_there_were() -> None:
    """Half a second of waiting does not explain why one worker took all other tasks."""
    first, *others = tasks_of([1], [1, 1, 1, 1])
    waited = replace(first, lock_wait=0.5)
    assert only(shares_of([waited, *others], 2, 0.0)) == {
        Loss.IMBALANCE: 1.25,
        Loss.LOCK: 0.25,
    }


def test_the_interpreter_lock_answers_for_what_tasks_and_waits_do_not() -> None:
    """Of three seconds for one worker and one for the other, one was too many."""
    tasks = tasks_of([1, 1, 1], [1])
    assert only(shares_of(tasks, 2, 0.75)) == {Loss.GIL: 0.75, Loss.IMBALANCE: 0.25}
    assert only(shares_of(tasks_of([3], [1]), 2, 0.75)) == {Loss.IMBALANCE: 1.0}


def test_equal_tasks_that_were_blocked_are_not_uneven() -> None:
    """Three of eight at a time: who waits twice as long has no more to do."""
    alone = tasks_of([1.0] * 8)
    together = [
        Task(0.0, 0.0, seconds, 1.0, worker)
        for worker, seconds in enumerate([1, 1, 1, 2, 2, 2, 3, 3])
    ]
    blocked = waited_longer(together, alone)
    assert blocked == [0, 0, 0, 1, 1, 1, 2, 2]
    shares = share_unevenness(together, 8, 0.0, blocked)
    assert only(shares) == {Loss.BLOCKED: 1.125}


def test_a_task_that_was_long_by_itself_is_imbalance_though_it_was_blocked() -> None:
    """What it waited is the wait's, what it does is its own."""
    alone = tasks_of([1.0, 3.0])
    together = [Task(0.0, 0.0, 1.0, 1.0, 0), Task(0.0, 0.0, 4.0, 3.0, 1)]
    shares = share_unevenness(together, 2, 0.0, waited_longer(together, alone))
    assert only(shares) == {Loss.IMBALANCE: 1.0, Loss.BLOCKED: 0.5}
