"""What became of the cells that were to be there, beside those that were judged."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_speedup.model import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from pytest_speedup.model import Cell


class How(enum.Enum):
    """How the test of a cell ended."""

    MEASURED = "measured"
    SKIPPED = "skipped"
    NOT_CALLED = "its test ended without calling speedup"
    TWICE = "its test called speedup twice"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Ending:
    """How the test of a cell ended, and why.

    Attributes:
        how: the kind.
        reason: in one line, such as why it was skipped; empty where the kind says all.
    """

    how: How
    reason: str = ""

    def __str__(self) -> str:
        """Word it in one line."""
        return f"{self.how.value}: {self.reason}" if self.reason else self.how.value


UNFINISHED = Ending(How.FAILED, "its call of speedup did not come to an end")
"""Of a cell, from its call of ``speedup`` until that has ended."""

_BROKEN = (How.FAILED, How.TWICE)
_MAY_NOT_RUN = (How.SKIPPED, How.NOT_CALLED, How.NOT_RUN)


def account(
    selected: Iterable[str],
    endings: Mapping[str, Ending],
    known: Collection[str],
    verdicts: Mapping[str, Verdict],
    unrun: Ending,
) -> list[Verdict]:
    """Give each selected cell that was not judged, or not as it should be, an outcome.

    Args:
        selected: ids of the cells that were to run.
        endings: how their tests ended, of those that ran.
        known: ids of the cells that were measured before: in the saved runs, or on the base.
        verdicts: by cell, of those that were judged.
        unrun: why cells without an ending did not run.

    Returns:
        Verdicts that are to stand beside, or in place of, those that are there.
    """
    outcomes = [
        (cell, ending, _outcome(ending, known=cell in known, judged=verdicts.get(cell)))
        for cell in selected
        for ending in [endings.get(cell, unrun)]
    ]
    return [
        Verdict(cell, outcome, reason=_word(ending, outcome))
        for cell, ending, outcome in outcomes
        if outcome is not None
    ]


def missing_cells(
    baseline: Iterable[Cell], measured: Collection[str], in_scope: Callable[[Cell], bool]
) -> list[Verdict]:
    """Name each cell of the baseline that this run was to measure and did not.

    Args:
        baseline: the cells of the baseline.
        measured: ids of the cells that this run measured, or whose test failed.
        in_scope: whether the user's selection takes in a cell.
    """
    reason = (
        "a baseline has it, this run does not; was it renamed or removed? "
        "then acknowledge it, or allow it with --speedup-allow=missing"
    )
    cells = {cell.id: cell for cell in baseline}
    return [
        Verdict(cell.id, Outcome.MISSING, reason=reason)
        for cell in cells.values()
        if cell.id not in measured and in_scope(cell)
    ]


def _outcome(ending: Ending, *, known: bool, judged: Verdict | None) -> Outcome | None:
    """Find what a cell came to; None where its verdict stands, or none is asked for."""
    if judged is not None and (judged.is_red or ending.how is not How.TWICE):
        return None
    if ending.how in _BROKEN:
        return Outcome.BROKEN
    if known and ending.how in _MAY_NOT_RUN:
        return Outcome.MISSING
    if ending.how is How.SKIPPED:
        return Outcome.SKIPPED
    if ending.how is How.NOT_CALLED:
        return Outcome.BROKEN
    return Outcome.MISSING if ending.how is How.NOT_RUN else None


def _word(ending: Ending, outcome: Outcome) -> str:
    if outcome is Outcome.MISSING and ending.how is not How.NOT_RUN:
        return f"it was measured before, and now is not: {ending}"
    return str(ending)
