"""Which cells are compared, and what becomes of those that a change no longer selects."""

from __future__ import annotations

import pytest

from pytest_speedup.against.cells import Matched, match_cells
from pytest_speedup.against.protocol import Described, DescribedCell
from pytest_speedup.model import BASE, HEAD, Outcome

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
