from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from benchmarks.lab.soak.holding import Rule, find_broken
from benchmarks.lab.soak.processes import Process
from benchmarks.lab.soak.ran import Blow, Victim
from benchmarks.lab.soak.snapshot import Snapshot
from tests.lab.soak.runs import (
    BURNER,
    CTRL_C,
    FULL_DISK,
    KILLED_CHILD,
    KILLED_PYTEST,
    RED,
    ran,
)

if TYPE_CHECKING:
    from benchmarks.lab.soak.ran import Ran

EMPTY = Snapshot()


def rules(
    run: Ran,
    before: Snapshot = EMPTY,
    after: Snapshot = EMPTY,
    orphans: tuple[Process, ...] = (),
) -> list[Rule]:
    return [one.rule for one in find_broken(run, before, after, orphans)]


@pytest.mark.parametrize(
    "run",
    [
        ran(),
        ran(BURNER),
        ran(KILLED_CHILD, exit_code=1),
        ran(KILLED_CHILD, exit_code=11),
        ran(FULL_DISK, exit_code=1),
        ran(FULL_DISK, exit_code=10),
        ran(CTRL_C, exit_code=2),
        ran(CTRL_C, exit_code=-signal.SIGINT, stderr="Traceback (most recent call last):"),
        ran(KILLED_PYTEST, exit_code=-signal.SIGKILL),
        ran(KILLED_CHILD, stderr="Traceback (most recent call last):"),
        ran(
            FULL_DISK,
            exit_code=1,
            stderr="Traceback (most recent call last):\nNo usable temporary directory",
        ),
        ran(
            KILLED_CHILD,
            exit_code=1,
            stdout="== FAILURES ==\nTraceback (most recent call last)\n== short test summary ==",
        ),
    ],
)
def test_what_a_disturbance_explains_is_no_defect(run: Ran) -> None:
    """Nothing else is wrong with these."""
    assert rules(run) == []


@pytest.mark.parametrize(
    ("run", "rule"),
    [
        (ran(exit_code=None), Rule.HANG),
        (ran(BURNER, exit_code=1, stdout=RED), Rule.FALSE_RED),
        (ran(KILLED_CHILD, exit_code=1, stdout=RED), Rule.FALSE_RED),
        (ran(BURNER, exit_code=1), Rule.EXIT_CODE),
        (ran(BURNER, exit_code=3), Rule.EXIT_CODE),
        (ran(KILLED_CHILD, exit_code=2), Rule.EXIT_CODE),
        (ran(KILLED_CHILD, exit_code=-signal.SIGKILL), Rule.EXIT_CODE),
        (ran(KILLED_CHILD, stdout="INTERNALERROR> Traceback"), Rule.TRACEBACK),
        (ran(KILLED_CHILD, stdout="Traceback (most recent call last):"), Rule.TRACEBACK),
        (ran(FULL_DISK, stderr="Traceback (most recent call last):"), Rule.TRACEBACK),
    ],
)
def test_what_nothing_explains_is_a_defect(run: Ran, rule: Rule) -> None:
    """Whatever else was done to the run."""
    assert rules(run) == [rule]


def test_an_orphan_is_found() -> None:
    """A process that outlives its run, and the grace after it."""
    assert rules(ran(KILLED_PYTEST, exit_code=-9), orphans=(Process(7, "worker"),)) == [Rule.ORPHAN]


@pytest.mark.parametrize("blow", [KILLED_PYTEST, FULL_DISK, KILLED_CHILD])
@pytest.mark.parametrize(
    "after",
    [
        Snapshot(),
        Snapshot(baselines={"a": "2"}),
        Snapshot(baselines={"a": "1", "b": "3"}, damaged={"b": "b is damaged"}),
    ],
    ids=["lost", "changed", "half-written"],
)
def test_a_baseline_that_is_not_whole_is_never_excused(blow: Blow, after: Snapshot) -> None:
    """Not even by the death of pytest."""
    run = ran(blow, exit_code=-9 if blow is KILLED_PYTEST else 0)
    assert rules(run, Snapshot(baselines={"a": "1"}), after) == [Rule.BASELINE]


def test_a_new_baseline_is_welcome() -> None:
    """Where it is whole."""
    before, after = Snapshot(baselines={"a": "1"}), Snapshot(baselines={"a": "1", "b": "2"})
    assert rules(ran(), before, after) == []


@pytest.mark.parametrize(
    "after",
    [
        Snapshot(rest=frozenset({"x"})),
        Snapshot(temporary=frozenset({"x"})),
        Snapshot(worktrees=frozenset({"x"})),
        Snapshot(shared=frozenset({"x"})),
    ],
)
def test_left_overs_are_excused_by_the_death_of_pytest_alone(after: Snapshot) -> None:
    """A child that dies leaves pytest to tidy up."""
    assert rules(ran(KILLED_CHILD, exit_code=11), after=after) == [Rule.LEFT_OVER]
    assert rules(ran(CTRL_C, exit_code=2), after=after) == [Rule.LEFT_OVER]
    assert rules(ran(KILLED_PYTEST, exit_code=-9), after=after) == []
    assert rules(ran(), before=after, after=after) == []


def test_without_its_tracker_shared_memory_stays() -> None:
    """That alone: it knows nothing of folders."""
    command = "-c from multiprocessing.resource_tracker import main;main(16)"
    killed, ended = (
        Blow("child", Victim.CHILD, number, what=command)
        for number in (signal.SIGKILL, signal.SIGTERM)
    )
    shared, temporary = Snapshot(shared=frozenset({"x"})), Snapshot(temporary=frozenset({"x"}))
    assert rules(ran(killed, exit_code=11), after=shared) == []
    assert rules(ran(killed, exit_code=11), after=temporary) == [Rule.LEFT_OVER]
    assert rules(ran(ended, exit_code=11), after=shared) == [Rule.LEFT_OVER]


def test_suspending_excuses_nothing() -> None:
    """A process that goes on has no reason to fail."""
    blow = Blow("all suspended", Victim.ALL, signal.SIGSTOP)
    assert rules(ran(blow, exit_code=1)) == [Rule.EXIT_CODE]
