from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against import comparison
from pytest_speedup.against.judging import ROUNDS
from pytest_speedup.against.protocol import Describe
from pytest_speedup.against.schedule import FULL_WAITS, QUICK_WAITS
from pytest_speedup.model import BASE, HEAD, Bound, Outcome
from tests.against.fakes import (
    BUDGET,
    FakeBlock,
    both,
    compare,
    make_comparison,
    make_workloads,
    run,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_only_undecided_workloads_are_measured_again() -> None:
    """A pass takes two blocks where few others tell, a regression three, which goes first."""
    block = FakeBlock({"slow": 1.5}, both("same", "slow"))
    assert compare(block) == {
        "same[thread-2]": Outcome.PASSED,
        "slow[thread-2]": Outcome.REGRESSED,
    }
    first = [("same", QUICK_WAITS), ("slow", QUICK_WAITS)]
    assert block.log == [*first, *((name, FULL_WAITS) for name in ("slow", "same", "slow"))]


def test_the_first_block_is_enough_where_others_tell() -> None:
    """Two workloads of waiting threads do; where there is only one, it takes a second block."""
    for names, blocks in (("abc", 1), ("ab", 2)):
        block = FakeBlock({}, both(*names))
        assert {*compare(block).values()} == {Outcome.PASSED}
        assert block.opens == dict.fromkeys(names, blocks)


def test_the_first_block_is_enough_where_another_and_neighbours_tell() -> None:
    """Neighbours are worth a workload, and not enough by themselves, however many they are."""
    for names, blocks in (("ab", 1), ("a", 2)):
        workloads = both(*names)
        for cells, name in product(workloads.values(), names):
            cells[name] += [[f"{name}[thread-{at}]", "thread", at, None] for at in (4, 8)]
        block = FakeBlock({}, workloads)
        assert {*compare(block).values()} == {Outcome.PASSED}
        assert block.opens == dict.fromkeys(names, blocks)


def test_controls_go_with_the_first_workload_of_a_kind_that_leans_red() -> None:
    """Among its rounds, in every block after that; where nothing leans red there are none."""
    block = FakeBlock({"slow": 1.5, "slower": 2.0}, both("same", "slow", "slower"))
    compare(block)
    assert block.controlled_log == [("slower", ROUNDS[Bound.WAIT])] * 2
    unchanged = FakeBlock({}, both("a", "b"))
    compare(unchanged)
    assert unchanged.controlled_log == []


def test_a_runner_that_changed_takes_back_what_it_may_have_made() -> None:
    """Here a loss, with the evidence: 30 % less or more. Nothing is left that watches it."""
    block = FakeBlock({"slow": 1.3}, both("same", "slow"), again_seconds=1.3)
    verdicts = run(block)
    assert verdicts["slow[thread-2]"].outcome is Outcome.UNWATCHED
    assert verdicts["same[thread-2]"].outcome is Outcome.PASSED
    reason = verdicts["slow[thread-2]"].reason
    undecided, _, why = reason.partition(": ")
    assert undecided == "no cell of its workload on this executor was decided"
    assert why.startswith("the runner changed, which may be all of it: base against itself, ")
    assert "kernel thread +30.0%" in reason


def test_a_loss_that_the_runner_cannot_have_made_stays_red() -> None:
    """Five times as long, while the runner did 30 %."""
    block = FakeBlock({"slow": 5.0}, both("same", "slow"), again_seconds=1.3)
    outcomes = compare(block)
    assert outcomes["slow[thread-2]"] is Outcome.REGRESSED


def test_controls_excuse_cells_of_their_own_executor_alone() -> None:
    """Here they are measured with the threads, which lean red."""
    workloads = both("a", "b")
    for cells in workloads.values():
        cells["b"][1] = ["b[process-2]", "process", 2, None]
    block = FakeBlock({"a": 1.3}, workloads, again_seconds=1.3)
    assert compare(block) == {
        "a[thread-2]": Outcome.UNWATCHED,
        "b[process-2]": Outcome.PASSED,
    }


def test_a_counter_decides_what_time_cannot() -> None:
    """Here blocks vary too much for any verdict by time, so that nothing watches."""
    outcomes = {
        pools: compare(FakeBlock({}, both("a"), swings={"a": 1.5}, head_pools=pools))
        for pools in (0, 8)
    }
    assert outcomes[0] == {"a[thread-2]": Outcome.UNWATCHED}
    assert outcomes[8] == {"a[thread-2]": Outcome.REGRESSED}


def test_what_stays_open_is_inconclusive_beside_a_cell_that_watches() -> None:
    """Here by a wide margin; the reason of what stays open is its own."""
    workloads = both("a", "b", "c")
    for cells in workloads.values():
        cells["a"].append(["a[thread-4]", "thread", 4, 0.3])
    verdicts = run(FakeBlock({}, workloads, swings={"a": 1.5}))
    assert verdicts["a[thread-4]"].outcome is Outcome.PASSED
    assert verdicts["a[thread-4]"].watches
    assert verdicts["a[thread-2]"].outcome is Outcome.INCONCLUSIVE
    assert "no cell of its workload" not in verdicts["a[thread-2]"].reason


def test_more_pools_are_red_though_time_passed() -> None:
    """It takes two counts to be sure: what passed by its first block gets a second one."""
    for pools, outcome, blocks in ((0, Outcome.PASSED, 1), (8, Outcome.REGRESSED, 2)):
        block = FakeBlock({}, both(*"abcd"), head_pools=pools)
        verdicts = run(block)
        assert {one.outcome for one in verdicts.values()} == {outcome}
        assert ("pools created" in verdicts["a[thread-2]"].reason) is (pools > 0)
        assert block.opens == dict.fromkeys("abcd", blocks)


def test_more_pools_that_were_counted_once_are_no_pass() -> None:
    """Here the time is over after the first block, and no cell watches."""
    block = FakeBlock({}, both(*"abcd"), head_pools=8, start=BUDGET - 7)
    assert {*compare(block).values()} == {Outcome.UNWATCHED}
    assert block.opens == dict.fromkeys("abcd", 1)


def test_a_verdict_knows_the_speedup_of_both_sides_and_the_margin() -> None:
    """Those that were measured, and the margin of the cell."""
    workloads = both("a")
    for cells in workloads.values():
        cells["a"][1][3] = 0.3
    verdict = run(FakeBlock({"a": 2.0}, workloads))["a[thread-2]"]
    assert verdict.before == pytest.approx(2.0)
    assert verdict.speedup == pytest.approx(1.0)
    assert verdict.margin == 0.3


def test_a_margin_of_the_test_holds_for_its_cells() -> None:
    """As it does against saved baselines."""
    workloads = both("wide", "narrow")
    for cells in workloads.values():
        cells["wide"][1][3] = 0.5
    block = FakeBlock({"wide": 1.5, "narrow": 1.5}, workloads)
    assert compare(block) == {
        "wide[thread-2]": Outcome.PASSED,
        "narrow[thread-2]": Outcome.REGRESSED,
    }


def test_cells_of_one_side_are_named() -> None:
    """And those of both are compared."""
    workloads = {BASE: make_workloads("old", "same"), HEAD: make_workloads("new", "same")}
    outcomes = compare(FakeBlock({}, workloads))
    assert outcomes["old[thread-2]"] is Outcome.MISSING
    assert outcomes["new[thread-2]"] is Outcome.NEW
    assert outcomes["same[thread-2]"] is Outcome.PASSED


@pytest.mark.parametrize(
    ("sides", "outcome"),
    [
        ((BASE, HEAD), Outcome.SKIPPED),
        ((HEAD,), Outcome.MISSING),
        ((BASE,), Outcome.NEW),
    ],
)
def test_a_cell_in_which_its_workload_does_not_run_is_left_out(
    sides: tuple[str, ...], outcome: Outcome
) -> None:
    """It is named, and gets no turn; the other cells get theirs."""
    workloads = both("a", "b")
    for cells in workloads.values():
        cells["a"].append(["a[asyncio-2]", "asyncio", 2, None])
    unsuitable = {side: {"asyncio-2": "computing"} for side in sides}
    block = FakeBlock({}, workloads, unsuitable=unsuitable)
    verdicts = run(block)
    assert {cell: verdict.outcome for cell, verdict in verdicts.items()} == {
        "a[asyncio-2]": outcome,
        "a[thread-2]": Outcome.PASSED,
        "b[thread-2]": Outcome.PASSED,
    }
    assert verdicts["a[asyncio-2]"].reason == "computing"


def test_what_the_user_selected_is_all_that_is_compared(tmp_path: Path) -> None:
    """The rest is known by name, and is neither new nor missing."""
    block = FakeBlock({}, both("a", "b"))
    made = make_comparison(block, tmp_path, deselected=("b[serial-1]", "b[thread-2]"))
    assert {*made.run()} == {"a[thread-2]"}
    assert made.deselected == ("b[serial-1]", "b[thread-2]")
    assert block.described == [Describe("fast", None)]


def test_the_margin_of_the_base_holds_and_what_head_changes_is_said(tmp_path: Path) -> None:
    """A change does not choose the rule that it is judged by."""
    workloads = {BASE: make_workloads("slow"), HEAD: make_workloads("slow")}
    workloads[HEAD]["slow"][1][3] = 0.9
    made = make_comparison(FakeBlock({"slow": 1.5}, workloads), tmp_path)
    assert made.run()["slow[thread-2]"].outcome is Outcome.REGRESSED
    (rule,) = made.moved
    assert rule.startswith("this change moves the margin of slow[thread-2] from 4 % to 90 %")


def test_work_of_its_own_is_compared_and_said(tmp_path: Path) -> None:
    """Nothing of it went through the executor."""
    block = FakeBlock({}, both("a", "b"), own_work=("a",))
    made = make_comparison(block, tmp_path)
    assert {one.outcome for one in made.run().values()} == {Outcome.PASSED}
    assert [*made.notices] == ["a"]
    assert made.notices["a"].startswith("it handed no task to its executor")


def test_turns_of_microseconds_are_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """However large their differences are: nobody was to judge them."""
    monkeypatch.setattr(comparison, "MIN_TURN_SECONDS", 0.25)
    verdicts = run(FakeBlock({"a": 5.0}, both("a")))
    assert verdicts["a[thread-2]"].outcome is Outcome.TOO_SHORT
    assert "too short to be judged" in verdicts["a[thread-2]"].reason


def test_what_a_side_asks_of_own_workers_is_told_once(tmp_path: Path) -> None:
    """With the side, whatever comes of the cell, and however many blocks ask it."""
    block = FakeBlock({"slow": 1.5}, both("slow"))
    block.questions[HEAD, "own-2"] = "2 workers ran as 1: is max_workers used?"
    made = make_comparison(block, tmp_path)
    made.run()
    assert made.notices == {"slow": "head: 2 workers ran as 1: is max_workers used?"}
