"""What a cell comes to whose test did not do what it was asked, on one side or on both."""

from __future__ import annotations

from pytest_speedup.against.protocol import Failure
from pytest_speedup.model import Outcome


def outcome_of(base: Failure | None, head: Failure | None, *, opening: bool) -> Outcome:
    """Decide what became of a cell.

    A base that fails before anything was measured may be what the change mends. Whatever fails
    later, or in head, is broken.

    Args:
        base: how the base failed; None if it did not.
        head: how head failed; None if it did not.
        opening: whether nothing of the cell was measured yet.
    """
    if not opening:
        return Outcome.BROKEN
    if head is Failure.SKIPPED:
        return Outcome.MISSING if base is None else Outcome.SKIPPED
    if head is Failure.NOT_CALLED and base is None:
        return Outcome.MISSING
    if head is not None:
        return Outcome.BROKEN
    if base in {Failure.SKIPPED, Failure.NOT_CALLED, Failure.ABSENT}:
        return Outcome.NEW
    return Outcome.INCOMPARABLE
