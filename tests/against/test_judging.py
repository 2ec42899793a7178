from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from pytest_speedup.against.cells import Compared
from pytest_speedup.against.floors import Floored
from pytest_speedup.against.judging import UNMEASURED, Judging, record
from pytest_speedup.against.side import SideError
from pytest_speedup.gate import FloorBlock, PairedPolicy
from pytest_speedup.losses.trace import Task, Trace
from pytest_speedup.model import (
    BASE,
    HEAD,
    Bound,
    Floors,
    Outcome,
    Reading,
    Round,
    Turn,
    Verdict,
)
from pytest_speedup.statistics import BlockChange, Shift
from tests.stacks import COUNTS, make_stack

if TYPE_CHECKING:
    from pytest_speedup.against.block import Block

POLICY = PairedPolicy()


def make_cell(
    name: str, *ratios: float, margin: float | None = None, floor: Floors | None = None
) -> Compared:
    """A cell of computing threads whose parallel time changed by these ratios, block by block."""
    cell = Compared(f"{name}[thread-2]", name, "thread", "thread-2", margin, Bound.CPU)
    cell.blocks = [BlockChange(Shift(math.log(one), 30), Shift(0.0, 30)) for one in ratios]
    cell.numbers = [*range(1, 1 + len(ratios))]
    cell.floor = Floored(floor or Floors(), 2, Bound.CPU)
    return cell


def make_judging(*cells: Compared, others: int = 0) -> Judging:
    return Judging(POLICY, others, {one.workload: [one] for one in cells})


def outcomes(judging: Judging) -> list[Outcome | None]:
    """After a look."""
    judging.judge()
    return [None if one.verdict is None else one.verdict.outcome for one in judging.all]


CALM = ("b", "c", "d")
SECONDS = {"base serial-1": 4.0, "base thread-2": 2.0, "head serial-1": 4.0, "head thread-2": 2.0}
"""Of the turns of a cell."""


def test_what_was_never_measured_has_no_verdict_and_is_broken_at_the_end() -> None:
    """Each time a side was gone before."""
    judging = make_judging(make_cell("a"))
    assert outcomes(judging) == [None]
    assert judging.settle({}) == {
        "a[thread-2]": Verdict("a[thread-2]", Outcome.BROKEN, reason=UNMEASURED)
    }


def test_a_first_block_passes_where_two_other_workloads_tell() -> None:
    """Each is worth a degree of freedom; the cell's own block tells nothing of itself."""
    some = [make_cell(name, 1.0) for name in CALM]
    assert outcomes(make_judging(*some[:2])) == [Outcome.INCONCLUSIVE] * 2
    assert outcomes(make_judging(*some)) == [Outcome.PASSED] * 3


def test_a_noisy_suite_passes_nothing_by_its_first_block() -> None:
    """One that happened to be steady included."""
    noisy = [make_cell(name, ratio) for name, ratio in zip(CALM, (1.2, 0.8, 0.85), strict=True)]
    judging = make_judging(make_cell("a", 1.0), *noisy)
    assert Outcome.PASSED not in outcomes(judging)


def test_a_wild_workload_does_not_keep_the_others_open() -> None:
    """Of many, the one in the middle tells."""
    judging = make_judging(make_cell("wild", 3.0), *[make_cell(f"w{n}", 1.0) for n in range(6)])
    assert outcomes(judging)[1:] == [Outcome.PASSED] * 6


def test_a_loss_is_red_by_three_blocks_and_not_by_two() -> None:
    """However sure it looks."""
    for blocks, outcome in ((1, Outcome.INCONCLUSIVE), (2, Outcome.INCONCLUSIVE)):
        judging = make_judging(make_cell("a", *[2.0] * blocks), *[make_cell(n, 1.0) for n in CALM])
        assert outcomes(judging)[0] is outcome
        assert judging.leans_red(judging.all[0])
    judging = make_judging(make_cell("a", *[2.0] * 3), *[make_cell(n, 1.0) for n in CALM])
    assert outcomes(judging)[0] is Outcome.REGRESSED


def test_what_rose_by_more_than_the_margin_on_average_leans_red() -> None:
    """Be that chance or not: it goes first. What is below does not, and nor does the unmeasured."""
    judging = make_judging(
        make_cell("a", 1.05), make_cell("b", 1.03), make_cell("c", 1.05, margin=0.2), make_cell("d")
    )
    judging.judge()
    assert [*map(judging.leans_red, judging.all)] == [True, False, False, False]


def test_a_loss_that_is_not_sure_shows_among_few_that_stay_open() -> None:
    """Among many that do some seem to have lost by chance; those that are decided do not count."""
    leaning = (1.05, 1.13, 1.09)
    for open_too, outcome in ((0, Outcome.UNCONFIRMED), (500, Outcome.UNWATCHED)):
        others = [make_cell(f"w{n}", 1.0, 1.0, 1.0, margin=1e-4) for n in range(open_too)]
        calm = [make_cell(f"c{n}", 1.0, 1.0, 1.0) for n in range(20)]
        cells = [make_cell("a", *leaning), *others, *calm]
        for one in cells:
            one.rounds = [[Round(tuple(Turn(arm, one) for arm, one in SECONDS.items()))] * 2]
        judging = make_judging(*cells)
        assert outcomes(judging)[0] is Outcome.INCONCLUSIVE
        verdict = judging.settle({})["a[thread-2]"]
        assert verdict.outcome is outcome
        assert ("do by chance" in verdict.reason) is bool(open_too)


def test_a_cell_below_its_floor_leans_red() -> None:
    """Whatever became of its time, measured or not."""
    cell = make_cell("a", floor=Floors(at_least=2.0))
    cell.floor.blocks = [FloorBlock(Reading(0.0, 0.01))]
    judging = make_judging(cell)
    cell.floor.judge(cell.id, cell.executor, judging.share())
    assert judging.leans_red(cell)
    assert judging.sureness_of(cell) == 0.0


def test_the_surest_loss_is_the_largest_of_those_that_are_known_as_well() -> None:
    """By standard errors of parallel time."""
    judging = make_judging(make_cell("a", 1.3), make_cell("b", 1.1), make_cell("c", 0.9))
    judging.judge()
    sure = [*map(judging.sureness_of, judging.all)]
    assert sure[0] > sure[1] > 0 > sure[2]


def test_each_cell_is_judged_by_its_own_margin() -> None:
    """Where its test names one."""
    cells = (make_cell("wide", *[1.1] * 3, margin=0.5), make_cell("usual", *[1.1] * 3))
    judging = make_judging(*cells)
    assert [judging.policy_of(one).margin for one in cells] == [0.5, POLICY.margin]
    assert outcomes(judging) == [Outcome.PASSED, Outcome.REGRESSED]


def test_the_error_rate_is_shared_by_cells_floors_and_what_is_judged_elsewhere() -> None:
    """A cell that head alone has is in it with its floors."""
    judging = make_judging(make_cell("a", floor=Floors(at_least=2.0)), make_cell("b"), others=4)
    judging.alone.add(make_cell("new", floor=Floors(at_least=1.0)))
    assert judging.dividing() == 2 + 1 + 1 + 4
    assert judging.share() == pytest.approx(POLICY.error_rate / 8)
    assert Judging(POLICY).share() == POLICY.error_rate


def test_what_is_decided_is_not_looked_at_again() -> None:
    """Each look would spend of the error rate."""
    cell = make_cell("a", *[2.0] * 3)
    judging = make_judging(cell)
    cell.verdict = Verdict(cell.id, Outcome.PASSED)
    assert outcomes(judging) == [Outcome.PASSED]


def test_more_pools_in_the_only_block_keep_a_cell_open() -> None:
    """Two counts are sure, and red."""
    judging = make_judging(make_cell("a", 1.0), *[make_cell(name, 1.0) for name in CALM])
    cell = judging.all[0]
    cell.stacks = [(make_stack({}), make_stack({}, replace(COUNTS, pools=3)))]
    assert outcomes(judging) == [Outcome.INCONCLUSIVE, *[Outcome.PASSED] * 3]
    assert cell.open


TASK = Task(0.0, 0.0, 1.0, 1.0, 0)
TRACE = Trace(0.0, 1.0, 2, (TASK,), ())


class Recorder:
    """A block whose base says that it ended before it began."""

    def record(self, turns: list[str]) -> dict[str, dict[str, Trace]]:
        lies = {turn: Trace(5.0, 1.0, 2, (TASK,), ()) for turn in turns}
        return {BASE: lies, HEAD: dict.fromkeys(turns, TRACE)}


def test_a_record_that_contradicts_itself_is_what_a_side_said() -> None:
    """And nothing of it is kept."""
    cell = make_cell("a", 1.0)
    with pytest.raises(SideError, match="base: what it recorded of a run contradicts itself"):
        record(cast("Block", Recorder()), [cell], Bound.CPU, {})
    assert cell.stacks == []


def test_the_speedups_of_both_sides_are_as_far_apart_as_the_change() -> None:
    """Serial code took part in two rounds of many, by which head seems to be the faster one."""
    cells = make_cell("a", *[2.0] * 4), *[make_cell(name, 1.0) for name in CALM]
    seconds = {"base serial-1": 4.0, "base thread-2": 2.0, "head serial-1": 4.5, "head thread-2": 2}
    for cell in cells:
        cell.rounds = [[Round(tuple(Turn(arm, one) for arm, one in seconds.items()))] * 2]
    judging = make_judging(*cells)
    judging.judge()
    verdict = judging.settle({})["a[thread-2]"]
    assert verdict.outcome is Outcome.REGRESSED
    assert verdict.before is not None
    assert verdict.speedup is not None
    assert verdict.speedup / verdict.before == pytest.approx(0.5)
    assert verdict.speedup * verdict.before == pytest.approx(2.0 * 2.25)


def ended_after(*ratios: float, margin: float | None = None, pools: int = 1) -> Verdict:
    """What becomes of a cell whose time is over, and of whose kind nothing else is known."""
    cell = make_cell("a", *ratios, margin=margin)
    cell.blocks = [BlockChange(Shift(math.log(one), 9), Shift(0.0, 9)) for one in ratios]
    cell.stacks = [(make_stack({}), make_stack({}, replace(COUNTS, pools=pools)))]
    cell.rounds = [[Round(tuple(Turn(arm, one) for arm, one in SECONDS.items()))] * 2]
    judging = make_judging(cell)
    judging.judge()
    assert cell.open
    return judging.settle({})["a[thread-2]"]


def test_a_cell_whose_time_is_over_may_pass_by_the_coarse_margin() -> None:
    """By fewer blocks than it has to have while there is time; it watches, as any that passed."""
    verdict = ended_after(0.99, 1.01)
    assert (verdict.outcome, verdict.margin) == (Outcome.PASSED, POLICY.coarse)
    assert verdict.watches
    assert "differ too much" in verdict.reason


def test_a_cell_whose_time_is_over_stays_open_by_a_margin_of_its_own() -> None:
    """As its test says what is to be seen."""
    verdict = ended_after(0.99, 1.01, margin=0.04)
    assert verdict.outcome is Outcome.UNWATCHED
    assert (verdict.margin, verdict.watches) == (0.04, False)


def test_more_pools_in_the_only_recorded_run_keep_a_pass_by_the_coarse_margin_back() -> None:
    """As they do with one by the usual margin: no time is left to be sure of them."""
    verdict = ended_after(0.99, 1.01, pools=3)
    assert verdict.outcome is Outcome.UNWATCHED
    assert "more pools of workers" in verdict.reason
