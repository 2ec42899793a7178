"""Where the time of a comparison goes, and what becomes of those that get none."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.model import Bound, Outcome, Touch
from tests.against.fakes import BUDGET, FakeBlock, both, compare, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_speedup.model import Verdict

CALM = 0.9
SWING = 1 / 1.1
"""Head's time of what never is sure, and never seems to have lost: 0.82 and 0.99 in turn."""


def unsure(*names: str, **settings: float) -> FakeBlock:
    """Workloads that no block decides, and that do not lean red."""
    heads, swings = dict.fromkeys(names, CALM), dict.fromkeys(names, SWING)
    block = FakeBlock(heads, both(*names), swings=swings)
    for name, value in settings.items():
        setattr(block, name, value)
    return block


def test_what_is_too_long_for_the_budget_is_named_at_once() -> None:
    """With the seconds that it needs, and without a round; the others are judged.

    It watches nothing, as no cell of it was decided.
    """
    block = FakeBlock({}, both("a", "long", "b"))
    slow = {"long": 300.0}
    verdicts = run_with_lengths(block, slow)
    verdict = verdicts["long[thread-2]"]
    assert verdict.outcome is Outcome.UNWATCHED
    assert verdict.reason.startswith("no cell of its workload on this executor was decided: ")
    assert "it is too long for the time" in verdict.reason
    assert {name for name, _ in block.log} == {"a", "b"}
    assert verdicts["a[thread-2]"].outcome is verdicts["b[thread-2]"].outcome is Outcome.PASSED
    assert block.opens["long"] == 1
    needed = budget_in(verdict.reason)
    assert needed > BUDGET
    again = FakeBlock({}, both("long"))
    assert run_with_lengths(again, slow, needed)["long[thread-2]"].outcome is Outcome.PASSED


def test_before_the_first_block_it_is_said_how_long_turns_may_take() -> None:
    """By the time for two blocks; later it is known that there is time."""
    block = unsure("a")
    run(block, budget=240.0)
    first, *others = block.longest
    assert first == 240.0 / (2 * 2 * 4)
    assert others
    assert set(others) == {math.inf}


def run_with_lengths(
    block: FakeBlock, lengths: dict[str, float], budget: float = BUDGET
) -> Mapping[str, Verdict]:
    """Compare workloads whose turns are so many times as long as those of others."""
    block.lengths = lengths
    return run(block, budget=budget)


def budget_in(reason: str) -> int:
    """Read the budget that a reason names."""
    found = re.search(r"--speedup-budget=(\d+)", reason)
    assert found is not None
    return int(found[1])


def test_what_the_first_block_has_no_time_for_is_named_with_the_time_it_takes() -> None:
    """And watches nothing; what was measured keeps its verdict.

    One is opened, and has no time left for its rounds.
    """
    names = [f"w{number}" for number in range(12)]
    block = FakeBlock({}, both(*names), opening=15.5)
    verdicts = run(block)
    outcomes = Counter(one.outcome for one in verdicts.values())
    assert outcomes == {Outcome.PASSED: 5, Outcome.UNWATCHED: 7}
    left = [one for one in verdicts.values() if one.outcome is Outcome.UNWATCHED]
    unopened = [one for one in left if "the time was over before its first" in one.reason]
    assert len(unopened) == 6
    assert block.opens.total() == len(block.log) + 1 == 6
    assert block.seconds < 1.15 * BUDGET
    needed = max(budget_in(one.reason) for one in left)
    again = FakeBlock({}, both(*names), opening=15.5)
    assert {*compare(again, budget=1.15 * needed).values()} == {Outcome.PASSED}


def test_computing_is_measured_for_a_time() -> None:
    """It is far noisier than waiting, and what decided cells leave is for the others."""
    block = FakeBlock({"slow": 2.0}, both("same", "slow"), bound=Bound.CPU, turn_seconds=0.01)
    assert compare(block)["slow[thread-2]"] is Outcome.REGRESSED
    # A round of "same" takes 0.06 s, one of "slow" 0.07 s: 0.6 s of each.
    assert block.log[:2] == [("same", 10), ("slow", 9)]


def test_the_budget_ends_it() -> None:
    """No block begins that would not fit; what is not decided then watches nothing."""
    block = unsure("a", start=23.0)
    assert compare(block) == {"a[thread-2]": Outcome.UNWATCHED}
    assert block.opens == {"a": 4}
    assert block.seconds <= BUDGET


def test_a_loss_that_shows_is_confirmed_beyond_the_budget() -> None:
    """Of 100 s, in blocks of 40; and nothing else is measured for it, though it is open."""
    workloads = both("slow", "a")
    for cells in workloads.values():
        cells["a"][1][3] = 0.001  # which takes more than a block
    block = FakeBlock({"slow": 1.5}, workloads, start=40.0)
    assert compare(block) == {
        "slow[thread-2]": Outcome.REGRESSED,
        "a[thread-2]": Outcome.UNWATCHED,
    }
    assert block.opens == {"slow": 3, "a": 1}
    assert BUDGET < block.seconds < 1.5 * BUDGET


@pytest.mark.parametrize("start", [51.0, 60.0, 90.0])
@pytest.mark.parametrize("loss", [1.09, 5.0])
def test_a_loss_that_could_not_be_confirmed_is_not_green(start: float, loss: float) -> None:
    """By no budget: half as long again is all that it gets, and is not begun if it will not do."""
    block = FakeBlock({"slow": loss}, both("slow"), start=start)
    verdict = run(block)["slow[thread-2]"]
    assert verdict.outcome is Outcome.UNCONFIRMED
    assert "a loss shows" in verdict.reason
    assert block.opens == {"slow": 1}


def test_a_loss_has_more_of_the_budget() -> None:
    """Being sure of it is worth more than being sure that there is none."""
    slow = FakeBlock({"x": 1.3}, both("x"), swings={"x": 1 / 1.3}, start=30.0)
    clean = unsure("x", start=30.0)
    for block in (slow, clean):
        compare(block)
    assert (slow.opens["x"], clean.opens["x"]) == (4, 3)


@pytest.mark.parametrize("budget", [2.0, 3.0, 5.0])
def test_blocks_get_shorter_where_three_would_not_fit(budget: float) -> None:
    """Or nothing could ever be red there."""
    block = FakeBlock({"slow": 1.5}, both("slow"), bound=Bound.CPU, turn_seconds=0.01)
    assert compare(block, budget=budget) == {"slow[thread-2]": Outcome.REGRESSED}
    assert block.opens == {"slow": 3}
    assert block.seconds < 1.15 * budget


def test_what_leans_red_goes_first_and_then_what_the_change_touches() -> None:
    """From the second block on, whatever the order of the suite."""
    block = unsure("untouched", "unknown", "touched", "slow")
    block.head_seconds["slow"], block.swings["slow"] = 1.5, 1.0
    block.touched = {
        "untouched[thread-2]": Touch.UNTOUCHED,
        "touched[thread-2]": Touch.TOUCHED,
    }
    compare(block)
    order = [cells[0].partition("[")[0] for cells in block.opened_cells]
    assert order[:4] == ["untouched", "unknown", "touched", "slow"]
    assert order[4:8] == ["slow", "touched", "unknown", "untouched"]


def test_the_last_block_measures_those_alone_that_lean_red() -> None:
    """The other cell of the workload is open, too, and waits for another run.

    It is inconclusive, as the loss beside it was seen.
    """
    workloads = both("slow")
    for cells in workloads.values():
        cells["slow"].append(["slow[thread-4]", "thread", 4, None])
    block = FakeBlock({"slow": 1.5}, workloads, bound=Bound.CPU, turn_seconds=0.85, start=30.0)
    outcomes = compare(block)
    assert block.opened_cells[0] == ("slow[thread-2]", "slow[thread-4]")
    assert block.opened_cells[1:] == [("slow[thread-2]",)] * 2
    assert outcomes == {
        "slow[thread-2]": Outcome.REGRESSED,
        "slow[thread-4]": Outcome.INCONCLUSIVE,
    }
    assert block.seconds <= 1.5 * BUDGET


@pytest.mark.parametrize("workloads", [1, 6, 40])
@pytest.mark.parametrize("opening", [0.1, 1.0, 9.0])
@pytest.mark.parametrize("start", [0.0, 4.0, 25.0])
@pytest.mark.parametrize("bound", [*Bound])
def test_the_budget_holds_where_nothing_leans_red(
    workloads: int, opening: float, start: float, bound: Bound
) -> None:
    """But for the last workload that the first block began; what is left open watches nothing."""
    names = [f"w{number}" for number in range(workloads)]
    block = unsure(*names, start=start, opening=opening, turn_seconds=0.05)
    block.bound = bound
    assert {*compare(block).values()} <= {Outcome.PASSED, Outcome.UNWATCHED, Outcome.IMPROVED}
    assert block.seconds <= 1.15 * BUDGET


def test_of_a_large_suite_that_got_slower_a_few_cells_are_surely_red() -> None:
    """The surest of them, by three blocks within half as long again; none of the rest is green."""
    names = [f"w{number}" for number in range(40)]
    heads = {name: 1.06 + number / 100 for number, name in enumerate(names)}
    block = FakeBlock(heads, both(*names), opening=2.0, start=4.0)
    outcomes = compare(block)
    red = [name for name in names if outcomes[f"{name}[thread-2]"] is Outcome.REGRESSED]
    measured = [name for name in names if name in dict(block.log)]
    assert len(red) >= 5
    assert red == measured[-len(red) :]
    assert {outcomes[f"{name}[thread-2]"] for name in measured[: -len(red)]} == {
        Outcome.UNCONFIRMED
    }
    assert block.seconds <= 1.5 * BUDGET
