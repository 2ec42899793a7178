"""Floors in a comparison: what a cell must reach, whatever the base does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.cells import Compared
from pytest_speedup.against.floors import Floored, Kernels, count_recorded
from pytest_speedup.against.proof import OutsideError
from pytest_speedup.against.protocol import Failure
from pytest_speedup.losses.trace import Task
from pytest_speedup.measurement.machine import kernel_share
from pytest_speedup.model import (
    BASE,
    HEAD,
    Bound,
    Floors,
    Outcome,
    Round,
    Turn,
    arm_of,
    kernel_turn,
)
from tests.against.fakes import (
    BUDGET,
    FakeBlock,
    both,
    compare,
    make_comparison,
    make_workloads,
    run,
)
from tests.stacks import COUNTS

if TYPE_CHECKING:
    from pathlib import Path

CELL = "a[thread-2]"
FOUR = Floors(at_least=4.0)
LOW = Floors(at_least=0.1)


def floors(base: Floors | None, head: Floors | None) -> dict[str, dict[str, Floors]]:
    """What each side's test demands of the only cell, whose speedup is two."""
    sides = {BASE: base, HEAD: head}
    return {side: {CELL: one} for side, one in sides.items() if one is not None}


def test_a_cell_below_its_floor_is_red_though_it_lost_nothing() -> None:
    """After the two blocks that a pass takes."""
    block = FakeBlock({}, both("a"), floors=floors(FOUR, FOUR))
    verdict = run(block)[CELL]
    assert verdict.outcome is Outcome.REGRESSED
    assert verdict.reason == "its floor is 4"
    assert verdict.before == pytest.approx(2.0)
    assert verdict.speedup == pytest.approx(2.0)
    assert block.opens == {"a": 2}


def test_a_cell_that_reaches_its_floor_is_what_the_comparison_says() -> None:
    """Passed or regressed, without a word of the floor."""
    for seconds, outcome in ((1.0, Outcome.PASSED), (1.5, Outcome.REGRESSED)):
        block = FakeBlock({"a": seconds}, both("a"), floors=floors(LOW, LOW))
        verdict = run(block)[CELL]
        assert verdict.outcome is outcome
        assert "floor" not in verdict.reason
        assert verdict.margin == 0.04


@pytest.mark.parametrize(
    ("bound", "kernel", "outcome"),
    [
        (Bound.WAIT, 0.5, Outcome.REGRESSED),
        (Bound.WAIT, 4.0, Outcome.PASSED),
        (Bound.CPU, 0.25, Outcome.REGRESSED),
        (Bound.CPU, 2.0, Outcome.PASSED),
    ],
)
def test_a_share_of_the_ceiling_is_of_the_kernel_of_the_base(
    bound: Bound, kernel: float, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A speedup of two is half of a ceiling of four, and four times one of a half."""
    share = Floors(at_least_of_ceiling=0.8)
    block = FakeBlock({}, both("a"), floors=floors(share, share), kernel_seconds=kernel)
    block.bound = bound
    asked = []
    rounds_of = block.rounds_of

    def note(side: str, turns: list[str]) -> object:
        asked.append((side, turns))
        return rounds_of(side, turns)

    monkeypatch.setattr(block, "rounds_of", note)
    verdict = run(block)[CELL]
    assert verdict.outcome is outcome
    below = "its floor is 0.8 of the ceiling"
    assert verdict.reason == (below if outcome is Outcome.REGRESSED else "")
    assert asked[0] == (BASE, ["kernel serial-1", "kernel thread-2"])


@pytest.mark.parametrize("bound", [*Bound])
@pytest.mark.parametrize("workers", [2, 8])
def test_the_ceiling_of_workers_that_are_not_held_up_is_their_number(
    bound: Bound, workers: int
) -> None:
    """By the sizes that the kernel has: all waits are as long, and shares of computing are not."""
    turn = f"thread-{workers}"
    sizes = {"serial-1": kernel_share(bound, 1), turn: kernel_share(bound, workers)}
    kernel = Round(tuple(Turn(arm_of(BASE, kernel_turn(one)), sizes[one]) for one in sizes))
    cell = Round((Turn(arm_of(HEAD, "serial-1"), 1.0), Turn(arm_of(HEAD, turn), 1.0)))
    floored = Floored(Floors(at_least_of_ceiling=0.8), workers, bound)
    floored.take([cell] * 2, HEAD, turn, Kernels(BASE, [kernel] * 2, None), [])
    (block,) = floored.blocks
    assert block.ceiling is not None
    assert math.exp(block.ceiling.value) == pytest.approx(workers)


@pytest.mark.parametrize(
    ("base", "head", "outcome", "moved"),
    [
        (FOUR, None, Outcome.REGRESSED, "at_least of a[thread-2] from 4 to none"),
        (FOUR, LOW, Outcome.REGRESSED, "at_least of a[thread-2] from 4 to 0.1"),
        (None, FOUR, Outcome.PASSED, "at_least of a[thread-2] from none to 4"),
        (
            Floors(at_least_of_ceiling=0.9),
            Floors(at_least_of_ceiling=0.1),
            Outcome.REGRESSED,
            "at_least_of_ceiling of a[thread-2] from 0.9 to 0.1",
        ),
    ],
)
def test_the_floors_of_the_base_hold_and_what_head_changes_is_said(
    base: Floors | None, head: Floors | None, outcome: Outcome, moved: str, tmp_path: Path
) -> None:
    """As with margins: a change does not choose what it is held against."""
    block = FakeBlock({}, both("a"), floors=floors(base, head))
    made = make_comparison(block, tmp_path)
    assert made.run()[CELL].outcome is outcome
    assert made.moved == (f"this change moves {moved}; it is judged by that of the base",)


def test_a_new_cell_is_held_against_its_own_floor() -> None:
    """Head runs it alone; the base has nothing that it could be compared with."""
    for floor, outcome, reason in (
        (FOUR, Outcome.REGRESSED, "its floor is 4; the base does not have it"),
        (LOW, Outcome.NEW, "the base does not have it; it reaches its floor"),
        (Floors(at_least_of_ceiling=0.8), Outcome.REGRESSED, "its floor is 0.8 of the ceiling; "),
    ):
        workloads = {BASE: make_workloads("same"), HEAD: make_workloads("same", "a")}
        block = FakeBlock({}, workloads, floors=floors(None, floor))
        verdicts = run(block)
        assert verdicts[CELL].outcome is outcome
        assert verdicts[CELL].reason.startswith(reason)
        assert verdicts[CELL].speedup == pytest.approx(2.0)
        assert verdicts["same[thread-2]"].outcome is Outcome.PASSED
        assert block.opens["a alone"] == 2


ONE_BY_ONE = (Task(0.0, 0.0, 0.4, 0.4, 0), Task(0.0, 0.4, 0.8, 0.4, 1))
AT_ONCE = (Task(0.0, 0.0, 0.4, 0.4, 0), Task(0.0, 0.1, 0.5, 0.4, 1))
TWO = Floors(peak=2)


@pytest.mark.parametrize(
    ("tasks", "outcome", "reason"),
    [
        (AT_ONCE, Outcome.PASSED, ""),
        (ONE_BY_ONE, Outcome.REGRESSED, "its floor is a peak of 2 tasks in flight, and at most 1 "),
        ((), Outcome.BROKEN, "none of its tasks was recorded"),
    ],
)
def test_a_peak_is_counted_in_what_head_recorded(
    tasks: tuple[Task, ...], outcome: Outcome, reason: str
) -> None:
    """The base ran one after another in all of them, and time shows nothing."""
    block = FakeBlock({}, both("a"), floors=floors(TWO, TWO), head_tasks=tasks)
    verdict = run(block)[CELL]
    assert verdict.outcome is outcome
    assert verdict.reason.startswith(reason)
    assert bool(verdict.reason) is bool(reason)
    assert outcome is Outcome.PASSED or block.opens["a"] >= 2 or not tasks


@pytest.mark.parametrize(
    ("tasks", "outcome"),
    [(AT_ONCE, Outcome.NEW), (ONE_BY_ONE, Outcome.REGRESSED), ((), Outcome.BROKEN)],
)
def test_a_new_cell_is_held_against_its_own_peak(tasks: tuple[Task, ...], outcome: Outcome) -> None:
    """Head records it alone."""
    workloads = {BASE: make_workloads("same"), HEAD: make_workloads("same", "a")}
    block = FakeBlock({}, workloads, floors=floors(None, TWO), head_tasks=tasks)
    assert run(block)[CELL].outcome is outcome


QUICK, SLOW = Floors(p95=0.45), Floors(p95=0.1)


@pytest.mark.parametrize(
    ("tasks", "floor", "outcome", "reason"),
    [
        (AT_ONCE, QUICK, Outcome.PASSED, ""),
        (AT_ONCE, SLOW, Outcome.REGRESSED, "its floor is 95% of its tasks done within 0.1 s each"),
        (AT_ONCE, Floors(tasks_per_second=1.9), Outcome.PASSED, ""),
        (AT_ONCE, Floors(tasks_per_second=99), Outcome.REGRESSED, "its floor is 99 tasks a second"),
        ((), QUICK, Outcome.BROKEN, "none of its tasks was recorded"),
    ],
)
def test_the_tasks_of_head_are_to_be_quick(
    tasks: tuple[Task, ...], floor: Floors, outcome: Outcome, reason: str
) -> None:
    """Two of them in a second, each within 0.4; of the base it is not asked."""
    block = FakeBlock({}, both("a"), floors=floors(floor, floor), head_tasks=tasks)
    verdict = run(block)[CELL]
    assert verdict.outcome is outcome
    assert verdict.reason.startswith(reason)
    workloads = {BASE: make_workloads("same"), HEAD: make_workloads("same", "a")}
    alone = FakeBlock({}, workloads, floors=floors(None, floor), head_tasks=tasks)
    verdict = run(alone)[CELL]
    assert verdict.outcome is (Outcome.NEW if outcome is Outcome.PASSED else outcome)


@pytest.mark.parametrize(
    ("floor", "known", "runs"),
    [(TWO, 0, 1), (TWO, 1, 0), (QUICK, 0, 3), (QUICK, 1, 2), (FOUR, 0, 0)],
)
def test_as_many_runs_are_recorded_as_a_floor_takes(floor: Floors, known: int, runs: int) -> None:
    """One counts; how long tasks take varies between runs."""
    block = FakeBlock({}, both("a"))
    cell = Compared(CELL, "a", "thread", "thread-2", 0.04, floor=Floored(floor))
    seen = [COUNTS] * known
    assert len(count_recorded(block, cell, seen)) == known + runs  # type: ignore[arg-type]


def test_a_change_does_not_lower_its_peak(tmp_path: Path) -> None:
    """As with other floors."""
    block = FakeBlock({}, both("a"), floors=floors(TWO, Floors(peak=1)), head_tasks=ONE_BY_ONE)
    made = make_comparison(block, tmp_path)
    assert made.run()[CELL].outcome is Outcome.REGRESSED
    moved = "this change moves peak of a[thread-2] from 2 to 1; it is judged by that of the base"
    assert made.moved == (moved,)


def test_what_cannot_be_compared_is_held_against_the_floor_of_the_base() -> None:
    """Other arguments, and a base that fails, take no floor away."""
    for block in (
        FakeBlock({}, both("a"), changed=("a",), floors=floors(FOUR, None)),
        FakeBlock({}, both("a"), broken={"a": {BASE: Failure.FAILED}}, floors=floors(FOUR, FOUR)),
        FakeBlock({}, both("a"), unsuitable={BASE: {"thread-2": "no"}}, floors=floors(FOUR, FOUR)),
    ):
        assert compare(block) == {CELL: Outcome.REGRESSED}
        assert block.opens["a alone"] == 2


def test_what_reaches_its_floor_is_incomparable_still() -> None:
    """A floor takes the place of no comparison."""
    block = FakeBlock({}, both("a"), changed=("a",), floors=floors(LOW, LOW))
    assert compare(block) == {CELL: Outcome.INCOMPARABLE}


def test_turns_of_microseconds_are_held_against_a_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    """They say nothing of a difference."""
    monkeypatch.setattr("pytest_speedup.against.comparison.MIN_TURN_SECONDS", 0.25)
    block = FakeBlock({}, both("a"), floors=floors(FOUR, FOUR))
    assert compare(block) == {CELL: Outcome.REGRESSED}


@pytest.mark.parametrize("failure", [Failure.FAILED, Failure.NOT_CALLED, Failure.ABSENT])
def test_a_new_cell_that_fails_has_not_reached_its_floor(failure: Failure) -> None:
    """It was to be judged, and was not."""
    workloads = {BASE: make_workloads("same"), HEAD: make_workloads("same", "a")}
    block = FakeBlock({}, workloads, broken={"a": {HEAD: failure}}, floors=floors(None, FOUR))
    assert compare(block)[CELL] is Outcome.BROKEN


def test_a_new_cell_that_is_skipped_is_new() -> None:
    """By its test, or by the executor that it does not suit."""
    workloads = {BASE: make_workloads("same"), HEAD: make_workloads("same", "a")}
    for skipped in (
        FakeBlock({}, workloads, broken={"a": {HEAD: Failure.SKIPPED}}),
        FakeBlock({}, workloads, unsuitable={HEAD: {"thread-2": "computing"}}),
    ):
        skipped.floors = floors(None, FOUR)
        assert compare(skipped)[CELL] is Outcome.NEW


def test_a_head_that_is_gone_has_reached_no_floor() -> None:
    """And what was compared keeps its verdict."""
    workloads = {BASE: make_workloads("same"), HEAD: make_workloads("same", "a")}
    block = FakeBlock({}, workloads, gone=("a",), floors=floors(None, FOUR))
    assert compare(block) == {
        CELL: Outcome.BROKEN,
        "same[thread-2]": Outcome.PASSED,
    }


def test_a_floor_that_time_did_not_allow_to_be_judged_is_no_pass() -> None:
    """One block is too few for either way: a miss is unconfirmed, and the rest inconclusive."""
    workloads = {BASE: make_workloads(), HEAD: make_workloads("a")}
    for floor, outcome in ((FOUR, Outcome.UNCONFIRMED), (LOW, Outcome.INCONCLUSIVE)):
        block = FakeBlock({}, workloads, floors=floors(None, floor), start=BUDGET)
        assert compare(block) == {CELL: outcome}
        assert block.opens["a alone"] == 1


def test_a_floor_that_seems_missed_is_measured_beyond_the_budget() -> None:
    """As a loss is, for half as long again; what reaches it is not."""
    for floor, blocks in ((Floors(at_least=2.06), 3), (Floors(at_least=2.02), 2)):
        block = FakeBlock({}, both("a"), floors=floors(floor, floor), start=0.45 * BUDGET)
        run(block)
        assert block.opens == {"a": blocks}
        assert block.seconds < 1.5 * BUDGET


def test_blocks_for_a_floor_alone_measure_nothing_that_got_no_time() -> None:
    """A loss that shows stays one, although head's new cell goes on."""
    workloads = {BASE: make_workloads("slow"), HEAD: make_workloads("slow", "a")}
    near = Floors(at_least=2.06)
    block = FakeBlock({"slow": 1.5}, workloads, floors=floors(None, near), start=30.0)
    block.opening = 30.0
    verdicts = run(block)
    assert block.opens["a alone"] > block.opens["slow"] == 1
    assert verdicts["slow[thread-2]"].outcome is Outcome.UNCONFIRMED


def test_a_floor_alone_has_the_time_of_the_budget() -> None:
    """One that stays unsure takes a block after another; none begins once it is over."""
    workloads = {BASE: make_workloads(), HEAD: make_workloads("a")}
    block = FakeBlock({}, workloads, floors=floors(None, Floors(at_least=2.056)), start=30.0)
    assert compare(block) == {CELL: Outcome.UNCONFIRMED}
    assert block.opens["a alone"] == 3
    assert block.seconds < BUDGET


def test_a_proof_is_asked_for_after_what_head_ran_alone() -> None:
    """What it loaded then counts, too, in the same block."""
    workloads = {BASE: make_workloads("same"), HEAD: make_workloads("same", "a")}
    block = FakeBlock({}, workloads, floors=floors(None, FOUR))
    run(block)
    assert block.proven[:4] == ["", "same", "a", "a"]  # the last one as the next block begins
    block = FakeBlock({}, workloads, floors=floors(None, FOUR), foreign_in="a")
    with pytest.raises(OutsideError, match="not head's"):
        run(block)


def test_computing_is_held_against_a_floor_by_its_own_deviations() -> None:
    """A twentieth below it is noise there, and sure of waiting threads."""
    workloads = {BASE: make_workloads(), HEAD: make_workloads("a")}
    for bound, outcome in ((Bound.WAIT, Outcome.REGRESSED), (Bound.CPU, Outcome.INCONCLUSIVE)):
        block = FakeBlock({}, workloads, bound=bound, floors=floors(None, Floors(2.12)))
        assert compare(block)[CELL] is outcome


def test_what_regressed_is_not_measured_on_for_its_floor() -> None:
    """It is red already; a floor that stays unconfirmed would take all blocks."""
    near = Floors(at_least=1.36)  # of a speedup of four thirds
    block = FakeBlock({"a": 1.5}, both("a"), floors=floors(near, near))
    assert compare(block) == {CELL: Outcome.REGRESSED}
    assert block.opens == {"a": 3}
