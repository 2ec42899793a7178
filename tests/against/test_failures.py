"""What a cell comes to whose test did not do what it was asked."""

from __future__ import annotations

from itertools import product

import pytest

from pytest_speedup.against.cells import outcome_of
from pytest_speedup.against.protocol import Failure
from pytest_speedup.model import Outcome

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
