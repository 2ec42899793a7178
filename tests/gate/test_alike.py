from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.gate.alike import FEW, MAX_GROUPS, group_clean
from pytest_speedup.losses.explanation import Cause, Explanation
from pytest_speedup.losses.kinds import Loss
from pytest_speedup.model import CounterChange, Estimate, Outcome, Verdict
from tests.reports.many import CELLS, WORKLOADS, grouped, make_many, make_passed, make_verdict
from tests.stacks import make_stack

if TYPE_CHECKING:
    from pytest_speedup.model import RunReport

STOLEN = next(loss for loss in Loss if loss.kind.by_neighbours)
STACK = make_stack({})
CAUSE = Cause(STOLEN, Estimate(0.1, 0.05, 0.15, 0.95), 1.0)

NOT_CLEAN = {
    **{one.name: make_verdict(one) for one in Outcome if one is not Outcome.PASSED},
    "acknowledged": replace(make_verdict(Outcome.REGRESSED), acknowledged="meant"),
    "a reason": make_verdict(Outcome.PASSED, "parallel time rose"),
    "counters": replace(make_passed(), counters=(CounterChange("pools", 1.0, 9.0, worse=True),)),
    "slower": replace(make_passed(), parallel_change=1.5, serial_change=1.5),
    "a neighbour": replace(
        make_passed(), explanation=Explanation(-0.1, (CAUSE,), CAUSE, STACK, STACK)
    ),
    "no change": replace(make_passed(), change=None),
    "no margin": replace(make_passed(), margin=None),
    "nothing known to be ruled out": replace(make_passed(), ruled_out=None),
    "nothing that is ruled out": replace(make_passed(), ruled_out=0.995),
    "no number": replace(make_passed(), ruled_out=float("nan")),
}


def ids_of(report: RunReport) -> list[str]:
    return [cell for group in report.groups for cell in group.cells]


def test_cells_that_passed_are_grouped_by_their_workload() -> None:
    """Each is in one group."""
    report = make_many()
    assert len(report.groups) == WORKLOADS
    first = report.groups[0]
    assert (first.title, first.workloads, len(first.cells)) == ("w000", 1, 18)
    assert first.spans == (("thread", ((2, 10),)), ("process", ((2, 10),)))
    assert (first.margins, first.ruled_out) == ((0.1, 0.1), 0.06)
    assert ids_of(report) == [one.id for one in report.cells]
    assert report.alone == ()


@pytest.mark.parametrize("verdict", NOT_CLEAN.values(), ids=NOT_CLEAN)
def test_no_cell_is_grouped_of_which_anything_else_is_to_be_said(verdict: Verdict) -> None:
    """Be it one of a thousand: it would be folded away."""
    report = make_many({505: verdict})
    assert [one.id for one in report.alone] == [report.cells[505].id]
    assert len(ids_of(report)) == len({*ids_of(report)}) == CELLS - 1


@given(st.dictionaries(st.integers(0, 99), st.sampled_from([*NOT_CLEAN.values()])))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_every_cell_is_grouped_or_alone(others: dict[int, Verdict]) -> None:
    """None is in two places, and none in no place."""
    report = make_many(others, cells=100)
    alone = [one.id for one in report.alone]
    assert sorted([*alone, *ids_of(report)]) == sorted(one.id for one in report.cells)
    assert alone == [report.cells[at].id for at in sorted(others)]


def test_a_cell_that_only_the_base_has_is_alone() -> None:
    """Nothing is known of it but its id."""
    cells = list(make_many().cells)
    cells[3] = replace(cells[3], cell=None)
    report = grouped(replace(make_many(), cells=tuple(cells)))
    assert [one.id for one in report.alone] == [cells[3].id]


def test_few_cells_are_shown_one_by_one() -> None:
    """Nobody has to look for them."""
    assert make_many(cells=FEW).groups == ()
    assert make_many(cells=FEW + 1).groups != ()


def test_numbers_of_workers_are_joined_up_to_what_is_not_clean() -> None:
    """Nobody is to take it for passed because it lies in between."""
    report = make_many({2: make_verdict(Outcome.REGRESSED), 17: make_verdict(Outcome.BROKEN)})
    spans = (("thread", ((2, 3), (5, 10))), ("process", ((2, 9),)))
    assert report.groups[0].spans == spans


def test_numbers_of_workers_are_not_joined_where_one_may_be_missing() -> None:
    """One that only the base has is in between, and it is not known where."""
    cells = list(make_many().cells)
    cells[3] = replace(cells[3], cell=None)
    first, second, *_ = grouped(replace(make_many(), cells=tuple(cells))).groups
    assert first.spans[0] == ("thread", tuple((n, n) for n in (2, 3, 4, 6, 7, 8, 9, 10)))
    assert second.spans[0] == ("thread", ((2, 10),))


def test_a_group_tells_the_largest_loss_that_is_ruled_out_in_each() -> None:
    """Of each of its cells, and both ends of their margins."""
    report = make_many({4: replace(make_passed(), ruled_out=0.3, margin=0.25)})
    assert (report.groups[0].margins, report.groups[0].ruled_out) == ((0.1, 0.25), 0.3)


@pytest.mark.parametrize(
    ("file", "titles"),
    [
        ("benchmarks/test_many.py", {"benchmarks/test_many.py"}),
        ("benchmarks/test_{}.py", {""}),
    ],
)
def test_too_many_workloads_are_grouped_by_file_or_all(file: str, titles: set[str]) -> None:
    """There are never more groups than a screen or two has lines."""
    report = make_many(workers=range(2, 4), file=file)
    assert {one.title for one in report.groups} == titles
    assert len(report.groups) <= MAX_GROUPS
    assert {one.workloads for one in report.groups} == {CELLS // 4}
    assert [one.spans for one in report.groups] == [()]
    assert ids_of(report) == [one.id for one in report.cells]


def test_nothing_is_grouped_of_nothing() -> None:
    """A run may have had nothing to judge."""
    assert group_clean([], {}) == ()
