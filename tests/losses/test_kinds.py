from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.losses import kinds
from pytest_speedup.losses.explanation import explain_pairs, word_explanation
from pytest_speedup.losses.kinds import NOTED, PARTS, UNEVEN, UNSEEN, Loss
from pytest_speedup.losses.recorded_task import METERS
from pytest_speedup.losses.stack import read_stacks, write_stacks
from pytest_speedup.losses.trace import Runs, Sharing, Task, Trace, waited_longer
from pytest_speedup.model import Outcome
from pytest_speedup.reports import render_json, render_markdown, render_stacks
from pytest_speedup.reports.html import render_html
from tests.reports.builders import make_cell_report, make_report
from tests.stacks import make_stack

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize("loss", Loss)
def test_every_loss_has_words(loss: Loss) -> None:
    """For its line, and for its row of a stack."""
    pair = make_stack({loss: 0.1}), make_stack({loss: 0.5})
    explanation = explain_pairs([pair] * 3, -0.3)
    assert explanation is not None
    assert f"{loss.value} (" in word_explanation(explanation)
    rows = list(render_stacks([("now", make_stack({loss: 1}))]))
    assert any(row.startswith(f"  {loss.value} ") for row in rows)


@pytest.mark.parametrize("loss", Loss)
def test_every_loss_is_in_each_report(loss: Loss) -> None:
    """As soon as it is a member: its name in JSON, and its cause in words where words are."""
    cell = make_cell_report(Outcome.REGRESSED)
    before, after = make_stack({loss: 0.1}), make_stack({loss: 0.5})
    explanation = explain_pairs([(before, after)] * 3, -0.3)
    assert cell.verdict is not None
    verdict = replace(cell.verdict, explanation=explanation)
    report = make_report(replace(cell, verdict=verdict, stacks=(("now", after),)))
    cause = f"{loss.value} ({loss.kind.words}"
    assert cause in unescape(render_markdown(report)).replace("\\", "")
    page = unescape(render_html(report))
    assert cause in page
    assert f"{loss.value} +0.50" in page
    (document,) = json.loads(render_json(report))["cells"]
    assert document["stacks"]["now"]["losses"] == {loss.value: 0.5}
    assert any(cause in line for line in document["verdict"]["why"])


@pytest.mark.parametrize("loss", Loss)
def test_every_loss_is_saved_by_its_name(loss: Loss) -> None:
    """And read as itself."""
    stack = make_stack({loss: 0.5})
    assert read_stacks(json.loads(json.dumps(write_stacks([stack])))) == (stack,)
    assert Loss.named(loss.value) is loss


def test_every_loss_is_found_somewhere() -> None:
    """One that takes time of no part would never show."""
    parts = (*PARTS, UNSEEN)
    found = {loss for part in parts for loss, _ in part.claims} | {part.rest for part in parts}
    assert found == set(Loss)


def test_no_part_has_a_loss_twice() -> None:
    """Its second claim would replace its first one, and the sum would be wrong."""
    for part in (*PARTS, UNSEEN):
        losses = [*(loss for loss, _ in part.claims), part.rest]
        assert len(losses) == len(set(losses))


def test_no_two_losses_look_alike() -> None:
    """In a picture; neighbours differ in their colours alone."""
    looks = [(loss.kind.colour, loss.kind.hatch) for loss in Loss]
    assert len(set(looks)) == len(looks)
    assert all(one[0] != other[0] for one, other in pairwise(looks))


def test_what_tasks_note_has_a_meter_each() -> None:
    """Of the loss's own name, and there is no meter without a loss."""
    assert {loss.value for loss in NOTED} == {*METERS}


def test_a_worker_imports_no_losses_to_record_a_task() -> None:
    """Nor anything else here but the clock."""
    lists = (
        "import sys; import pytest_speedup.losses.recorded_task;"
        "print(*sorted(one for one in sys.modules if one.startswith('pytest_speedup')))"
    )
    done = subprocess.run([sys.executable, "-c", lists], capture_output=True, check=True, text=True)
    assert done.stdout.split() == [
        "pytest_speedup",
        "pytest_speedup.clock",
        "pytest_speedup.losses",
        "pytest_speedup.losses.recorded_task",
    ]


def tasks_of(*workers: list[float]) -> list[Task]:
    """Tasks that each worker ran one after another, by how long they took."""
    tasks = []
    for worker, durations in enumerate(workers):
        start = 0.0
        for seconds in durations:
            tasks.append(Task(0.0, start, start + seconds, seconds, worker))
            start += seconds
    return tasks


def shares_of(
    tasks: list[Task],
    workers: int,
    held_up: float,
    alone: Sequence[Task] = (),
) -> dict[Loss, float]:
    """Share out what is uneven.

    Args:
        tasks: those that ran.
        workers: how many share them.
        held_up: seconds that others were kept from tasks by the interpreter lock.
        alone: the same tasks, where these were mostly blocked.
    """
    run, serial = Trace(0.0, 1.0, workers, tuple(tasks)), Trace(0.0, 1.0, 1, tuple(alone))
    sharing = Sharing(Runs(serial, run, None), [{Loss.BLOCKED: 1.0, Loss.GIL: 0.0}])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, "held_up_by_gil", lambda _run: held_up)
        return sharing.share(UNEVEN)


def only(shares: dict[Loss, float]) -> dict[Loss, float]:
    return {loss: round(seconds, 9) for loss, seconds in shares.items() if abs(seconds) > 1e-9}


def test_even_workers_have_no_share() -> None:
    assert only(shares_of(tasks_of([1, 1], [2]), 2, 0.0)) == {}


def test_a_task_that_is_too_long_is_imbalance() -> None:
    """Two workers could share four seconds, but not a task of three."""
    assert only(shares_of(tasks_of([3], [1]), 2, 0.0)) == {Loss.IMBALANCE: 1.0}


@pytest.mark.parametrize("loss", NOTED)
def test_workers_that_took_over_from_one_that_waited_show_its_wait(loss: Loss) -> None:
    """One task waits for most of its time, so that the other worker does the other three."""
    first, *others = tasks_of([2.5], [1, 1, 1])
    waited = replace(first, waits={loss.value: 1.5})
    shares = shares_of([waited, *others], 2, 0.0)
    assert only(shares) == {loss: 0.25}


def test_a_wait_does_not_excuse_a_task_that_is_too_long() -> None:
    """Five seconds of six are left without the wait, beside one."""
    first, *others = tasks_of([6], [1])
    waited = replace(first, waits={"core wait": 1.0})
    assert only(shares_of([waited, *others], 2, 0.0)) == {
        Loss.IMBALANCE: 2.0,
        Loss.CORE_WAIT: 0.5,
    }


def test_waits_answer_for_no_more_than_there_were() -> None:
    """Half a second of waiting does not explain why one worker took all other tasks."""
    first, *others = tasks_of([1], [1, 1, 1, 1])
    waited = replace(first, waits={"lock wait": 0.5})
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
    assert only(shares_of(together, 8, 0.0, alone)) == {Loss.BLOCKED: 1.125}


def test_a_task_that_was_long_by_itself_is_imbalance_though_it_was_blocked() -> None:
    """What it waited is the wait's, what it does is its own."""
    alone = tasks_of([1.0, 3.0])
    together = [Task(0.0, 0.0, 1.0, 1.0, 0), Task(0.0, 0.0, 4.0, 3.0, 1)]
    assert only(shares_of(together, 2, 0.0, alone)) == {Loss.IMBALANCE: 1.0, Loss.BLOCKED: 0.5}
