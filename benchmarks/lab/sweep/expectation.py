"""What must come out, from the drawn way alone.

The first law: whatever was made of a test, a lossy head ends with 1, an unchanged one with 0 and a
broken one with 11. Exceptions are fields of a :class:`Value`, each with its reason in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.lab.sweep.draw import Way

GRAVEST_FIRST = (11, 1, 10, 0)
"""Exit codes of a run that was judged."""

NOT_SELECTED = "no cell was selected"
"""What is said where nobody vouches for any cell."""

NOT_COMPARED = ("not selected, and not compared: ", "@CELL@")
"""What is said of a cell that was left out, where pytest has read its file and may speak."""

NOBODY_VOUCHES = 10
"""Exit code where nothing was judged."""

UNREADABLE = 2
"""Exit code of pytest where it is only to collect and cannot."""


class Head(Enum):
    """What head changes."""

    LOSSY = "lossy"
    UNCHANGED = "unchanged"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a run must come to.

    Attributes:
        code: its exit code.
        says: what it must say.
    """

    code: int
    says: tuple[str, ...] = ()


def expectation(way: Way, head: Head) -> Expected:
    """Derive what must come out."""
    unreadable = head is Head.BROKEN and any(value.at_collection for value in way.values)
    if any(value.collects_only for value in way.values):
        return Expected(UNREADABLE if unreadable else 0)
    if any(value.unselected for value in way.values):
        return _unselected(way, head, unreadable=unreadable)
    runs = not _is_gone(way, head)
    return Expected(_graver(_of_cell(way, head), _of_pytest(way, runs=runs)))


def _unselected(way: Way, head: Head, *, unreadable: bool) -> Expected:
    read = not any(value.uncollected for value in way.values)
    # What --lf leaves out pytest does not read, and sides do: by no path is it out of their scope.
    if unreadable and not any(value.uncollected and not value.left for value in way.values):
        return Expected(11)
    silent = _is_gone(way, head) or any(value.silent for value in way.values)
    says = NOT_COMPARED if read and not silent else ()
    code = _graver(NOBODY_VOUCHES, _of_pytest(way, runs=False))
    return Expected(code, (*says, NOT_SELECTED) if code == NOBODY_VOUCHES else says)


def _is_gone(way: Way, head: Head) -> bool:
    """Whether head has the test no more, by its name."""
    return head is Head.BROKEN and any(value.test_name for value in way.values)


def _of_cell(way: Way, head: Head) -> int:
    if head is Head.BROKEN and any(value.at_collection for value in way.values):
        return 11
    if any(value.never_runs for value in way.values):
        return 10
    if head is Head.BROKEN:
        return min((value.broken_code for value in way.values), key=GRAVEST_FIRST[::-1].index)
    return 1 if head is Head.LOSSY else 0


def _of_pytest(way: Way, *, runs: bool) -> int:
    """What pytest itself comes to; marks count only where the marked test runs."""
    if any(value.hides or value.without_tests for value in way.values):
        return 0
    return max(value.adds for value in way.values if runs or not value.decorators)


def _graver(*codes: int) -> int:
    return min(codes, key=GRAVEST_FIRST.index)
