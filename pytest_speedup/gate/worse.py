"""The worse of two verdicts on one cell, such as of its floor and of its baseline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_speedup.model import Outcome

if TYPE_CHECKING:
    from pytest_speedup.model import Verdict

BY_SEVERITY = (
    Outcome.BROKEN,
    Outcome.REGRESSED,
    Outcome.UNCONFIRMED,
    Outcome.DEPENDENCIES,
    Outcome.MISSING,
    Outcome.INCOMPARABLE,
    Outcome.INCONCLUSIVE,
    Outcome.NEW,
    Outcome.SKIPPED,
    Outcome.SERIAL_IMPROVED,
    Outcome.IMPROVED,
    Outcome.PASSED,
)
"""The worst first."""

GREEN = (Outcome.PASSED, Outcome.IMPROVED, Outcome.SERIAL_IMPROVED)


def worse_of(one: Verdict, other: Verdict) -> Verdict:
    """Take the worse of two verdicts on a cell, with the reasons of both where neither is green.

    Args:
        one: taken where both are equally bad.
        other: the other one.

    Returns:
        It may be measured on as long as either could still be decided, unless it is red.
    """
    worst, better = sorted((one, other), key=lambda verdict: BY_SEVERITY.index(verdict.outcome))
    reasons = [worst.reason]
    if better.outcome not in GREEN and better.reason != worst.reason:
        reasons.append(better.reason)
    return replace(
        worst,
        reason="; ".join(filter(None, reasons)),
        more_would_help=worst.outcome is not Outcome.REGRESSED
        and (one.more_would_help or other.more_would_help),
    )
