"""How the tests of cells ended, in one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from _pytest.outcomes import OutcomeException

from pytest_speedup.errors import first_line
from pytest_speedup.gate import Ending, How

if TYPE_CHECKING:
    from pytest_speedup.plugin.run import Run

LONGEST = 300
"""Letters of a reason."""


def note_ending(run: Run, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Note how a phase of a cell's test ended, unless the cell was measured by then.

    What ``xfail`` and other plugins make of it in reports does not count: what was not measured
    cannot be vouched for.
    """
    cell = item.nodeid
    if cell not in run.selected:
        return
    how = run.endings.get(cell, Ending(How.NOT_CALLED)).how
    if call.excinfo is not None and how not in (How.MEASURED, How.TWICE):
        run.endings[cell] = _ending(call.excinfo.value)
    elif call.when == "call":
        run.endings.setdefault(cell, Ending(How.NOT_CALLED))


def _ending(error: BaseException) -> Ending:
    """Tell a test that was not to run, by skip or an ``xfail`` without one, from a failed one."""
    reason = error.msg if isinstance(error, OutcomeException) and error.msg else first_line(error)
    skipped = isinstance(error, pytest.skip.Exception | pytest.xfail.Exception)
    line = " ".join(str(reason).split())[:LONGEST]
    return Ending(How.SKIPPED if skipped else How.FAILED, line)
