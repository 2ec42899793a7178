"""What a test gets as ``speedup`` once base and head were compared: its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import pytest

from pytest_speedup.executors import SerialExecutor
from pytest_speedup.gate import BY_COUNTERS, BY_FLOOR
from pytest_speedup.model import Outcome, shown
from pytest_speedup.plugin.calls import end_call, refuse_second_call
from pytest_speedup.reports import word_loss

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor
    from pytest_speedup.model import Cell, Verdict
    from pytest_speedup.plugin.run import Run

P = ParamSpec("P")
R = TypeVar("R")

CONFIRMATION = "seen in five pairs of processes"
"""What makes a red cell sure."""

COUNTED = "counted in recorded runs of both"
"""Likewise, where a count and not the time says it."""


BELOW = "seen in fresh processes of this change"
"""Likewise, where the cell is below its floor, whatever the base does."""


class Judged:
    """What a test gets as ``speedup``: runs the workload once, and reports the verdict."""

    def __init__(self, run: Run, cell: Cell, verdict: Verdict | None, broken: str) -> None:
        """Stand ready for one call."""
        self._broken = broken
        self.cell = cell
        self._run = run
        self._verdict = verdict
        self._called = False

    @property
    def size(self) -> str:
        """The size that the workload is to have."""
        return self.cell.size

    def __call__(
        self,
        workload: Callable[Concatenate[Executor, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run the workload serially, return what it returned, and fail where its cell is red.

        The workload of a broken cell does not run.
        """
        if self._called:
            refuse_second_call(self._run, self.cell)
        self._called = True
        if self._broken:  # what ended a side, or held it up for ever, would do so here as well
            pytest.fail(f"{Outcome.BROKEN.value}: {shown(self._broken)}", pytrace=False)
        verdict = self._verdict
        result = workload(SerialExecutor(), *args, **kwargs)
        end_call(self._run, self.cell)
        if verdict is not None and verdict.is_red:
            pytest.fail(word_loss(self.cell, verdict, _confirmation(verdict)), pytrace=False)
        return result


def _confirmation(verdict: Verdict) -> str:
    if verdict.reason.startswith(BY_FLOOR):
        return BELOW
    return COUNTED if verdict.reason.startswith(BY_COUNTERS) else CONFIRMATION
