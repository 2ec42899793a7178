"""A call of ``speedup``: once in a test, and not again where the cell was red."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest
from _pytest.unittest import TestCaseFunction

from pytest_speedup.gate import UNFINISHED, Ending, How
from pytest_speedup.reports import word_loss

if TYPE_CHECKING:
    from pytest_speedup.model import Cell, Verdict
    from pytest_speedup.plugin.run import Run

CONFIRMATION = "seen in two pools"
"""What makes a red cell sure."""

TWICE = (
    "call speedup once in a test: a cell has one workload; write a test, or a parameter, for "
    "each of the others"
)


def refuse_uncelled(item: pytest.Item) -> NoReturn:
    """Fail a test that gets the fixture by a way on which it has no cells."""
    if isinstance(item, TestCaseFunction):
        how = "a unittest.TestCase, whose tests pytest does not parametrize: write a function"
    else:
        how = "request.getfixturevalue, which comes too late: have the test take it as an argument"
    pytest.fail(
        f"speedup runs a test once in each cell, and {item.name} gets it by {how}", pytrace=False
    )


def begin_call(run: Run, cell: Cell) -> None:
    """Note that the cell's test has called ``speedup``; it fails if the cell was red before.

    Plugins run a test that failed again: by then chance may have made it pass.
    """
    verdict = run.gate.verdicts.get(cell.id)
    if verdict is not None and verdict.is_red:
        fail_red(cell, verdict, f"{CONFIRMATION}, before this rerun, which takes nothing back")
    run.endings[cell.id] = UNFINISHED


def refuse_second_call(run: Run, cell: Cell) -> None:
    """Fail a test that calls ``speedup`` once more, whatever it makes of that."""
    run.endings[cell.id] = Ending(How.TWICE)
    pytest.fail(TWICE, pytrace=False)


def fail_red(cell: Cell, verdict: Verdict, confirmation: str = CONFIRMATION) -> None:
    """Fail the test of a red cell."""
    pytest.fail(word_loss(cell, verdict, confirmation), pytrace=False)


def end_call(run: Run, cell: Cell) -> None:
    """Note that the cell was measured."""
    run.endings[cell.id] = Ending(How.MEASURED)
