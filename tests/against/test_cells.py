"""Which cells are compared, and what becomes of those that are not or whose test failed."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import pytest

from pytest_speedup.against.cells import Matched, Wanted, match_cells, outcome_of
from pytest_speedup.against.floors import Kernels
from pytest_speedup.against.protocol import Described, DescribedCell, Failure
from pytest_speedup.against.scope import Scope
from pytest_speedup.model import BASE, HEAD, Floors, Outcome, Round, Turn, arm_of, short_name

CELL = "a.py::test_a[thread-2]"


def described(*, chosen: bool, executor: str = "thread", workers: int = 2) -> Described:
    return Described((DescribedCell(CELL, executor, workers, None, chosen=chosen),), {})


def match(base: Described, head: Described, *, scope: bool = True, by: str = BASE) -> Matched:
    """Nothing was selected by this run."""
    return match_cells([], base, head, lambda _cell: scope, 0.04, ruled_by=by)


def test_what_only_heads_files_deselect_is_missing() -> None:
    """And is not named as deselected as well."""
    matched = match(described(chosen=True), described(chosen=False))
    verdict = matched.verdicts[CELL]
    assert verdict.outcome is Outcome.MISSING
    assert verdict.reason.startswith("the base selects it, and this change does not any more")
    assert matched.deselected == ()


@pytest.mark.parametrize(
    ("base", "head"),
    [(True, True), (False, False), (False, True)],
    ids=["the command line", "both", "base"],
)
def test_what_others_deselect_is_named_alone(*, base: bool, head: bool) -> None:
    """Who calls pytest, or both sides' files."""
    matched = match(described(chosen=base), described(chosen=head))
    assert matched.verdicts == {}
    assert matched.deselected == (CELL,)


def test_what_was_not_to_be_measured_is_not_missing() -> None:
    """By a name on the command line; or since head's rules are accepted; or as serial code."""
    chosen, not_chosen = described(chosen=True), described(chosen=False)
    assert match(chosen, not_chosen, scope=False).verdicts == {}
    assert match(chosen, not_chosen, by=HEAD).verdicts == {}
    serial = [described(chosen=one, executor="serial", workers=1) for one in (True, False)]
    assert match(*serial).verdicts == {}


FAILURES = (None, *Failure)


@pytest.mark.parametrize(
    ("base", "head", "outcome"),
    [
        (None, Failure.SKIPPED, Outcome.MISSING),
        (None, Failure.NOT_CALLED, Outcome.MISSING),
        (None, Failure.FAILED, Outcome.BROKEN),
        (None, Failure.ABSENT, Outcome.BROKEN),
        (Failure.SKIPPED, None, Outcome.NEW),
        (Failure.NOT_CALLED, None, Outcome.NEW),
        (Failure.ABSENT, None, Outcome.NEW),
        (Failure.FAILED, None, Outcome.INCOMPARABLE),
        (Failure.SKIPPED, Failure.SKIPPED, Outcome.SKIPPED),
        (Failure.FAILED, Failure.SKIPPED, Outcome.SKIPPED),
        (Failure.SKIPPED, Failure.NOT_CALLED, Outcome.BROKEN),
        (Failure.NOT_CALLED, Failure.NOT_CALLED, Outcome.BROKEN),
        (Failure.FAILED, Failure.FAILED, Outcome.BROKEN),
    ],
)
def test_who_failed_and_how_decides(
    base: Failure | None, head: Failure | None, outcome: Outcome
) -> None:
    """A base that fails may be what the change mends; head has no such excuse."""
    assert outcome_of(base, head, opening=True) is outcome


@pytest.mark.parametrize(("base", "head"), list(product(FAILURES, FAILURES))[1:])
@pytest.mark.parametrize("opening", [True, False])
def test_no_failure_passes(base: Failure | None, head: Failure | None, opening: bool) -> None:  # noqa: FBT001
    """What fails in head, or in the midst of a measurement, is never green by an allowance."""
    outcome = outcome_of(base, head, opening=opening)
    assert outcome not in {Outcome.PASSED, Outcome.IMPROVED, Outcome.INCONCLUSIVE}
    if head is Failure.FAILED:
        assert outcome is Outcome.BROKEN
    if not opening:
        assert outcome is Outcome.BROKEN


ONE_CELL = "tests/test_a.py::test_a[thread-2]"


def test_all_is_taken_in_unless_something_was_selected() -> None:
    assert Scope().takes_in(ONE_CELL)


def test_names_take_in_what_begins_like_them_in_their_file() -> None:
    """Of other files all is taken in: their paths were given whole."""
    assert Scope(names=("tests/test_a.py::test_a",)).takes_in(ONE_CELL)
    assert not Scope(names=("tests/test_a.py::test_ab",)).takes_in(ONE_CELL)
    assert not Scope(names=("tests/test_a.py::test_a[process-2]",)).takes_in(ONE_CELL)
    assert Scope(names=("tests/test_b.py::test_b",)).takes_in(ONE_CELL)


def test_what_was_deselected_or_ignored_is_not() -> None:
    """By its id, the test, the file or a folder."""
    for left_out in (ONE_CELL, "tests/test_a.py::test_a", "tests/test_a.py", "tests"):
        assert not Scope(left_out=(left_out,)).takes_in(ONE_CELL)
    assert Scope(left_out=("tests/test_aa.py", "test")).takes_in(ONE_CELL)


def side(*, weak: bool) -> Described:
    return Described((DescribedCell(CELL, "thread", 2, None, chosen=True, weak=weak),), {})


WANTED = Wanted(CELL, "a.py::test_a", "thread", 2)


@pytest.mark.parametrize(("weak", "growth"), [(True, 2), (False, 1)])
def test_in_weak_scaling_two_workers_do_twice_the_work(*, weak: bool, growth: int) -> None:
    """Their speedup, and what is held against a floor, is so many times T_1 / T_n."""
    matched = match_cells([WANTED], side(weak=weak), side(weak=weak), lambda _: True, 0.04)
    ((cell,),) = matched.cells.values()
    turns = (Turn(arm_of(HEAD, "serial-1"), 3.0), Turn(arm_of(HEAD, "thread-2"), 4.0))
    cell.rounds.append([Round(turns)] * 2)
    assert cell.speedup(HEAD) == pytest.approx(0.75 * growth)
    cell.floor.take([Round(turns)] * 2, HEAD, "thread-2", Kernels(BASE, [], None), [])
    assert math.exp(cell.floor.blocks[0].speedup.value) == pytest.approx(0.75 * growth)


@pytest.mark.parametrize("weak", [True, False])
def test_another_kind_of_scaling_is_other_work(*, weak: bool) -> None:
    """A change that stops its work from growing did not speed it up."""
    matched = match_cells([WANTED], side(weak=weak), side(weak=not weak), lambda _: True, 0.04)
    assert matched.cells == {}
    verdict = matched.verdicts[CELL]
    assert verdict.outcome is Outcome.INCOMPARABLE
    was, now = ("weak", "strong") if weak else ("strong", "weak")
    assert verdict.reason.startswith(f"its test says scaling {was} in the base, and {now} in head")


@pytest.mark.parametrize("weak", [True, False])
def test_the_floors_of_other_scaling_are_those_of_the_base(*, weak: bool) -> None:
    """Head is held against them, by the work that it does; what it says of them is told."""
    base, head = side(weak=weak), side(weak=not weak)
    (cell,) = base.cells
    base = replace(base, cells=(replace(cell, floors=Floors(at_least=9.0)),))
    matched = match_cells([WANTED], base, head, lambda _: True, 0.04)
    (alone,) = matched.alone
    assert (alone.floor.floors, alone.growth) == (Floors(at_least=9.0), 1 if weak else 2)
    (moved,) = matched.moved
    assert moved.startswith(f"this change moves at_least of {short_name(CELL)} from 9 to none; ")
