"""From the verdicts on cells to where the run stands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_speedup.model import Kind, Outcome, Standing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pytest_speedup.model import Verdict

DECIDED = (Outcome.PASSED, Outcome.REGRESSED, Outcome.IMPROVED, Outcome.SERIAL_IMPROVED)
NOT_JUDGED = (Outcome.NEW, Outcome.SKIPPED)

GRAVEST_FIRST = (
    Outcome.BROKEN,
    Outcome.REGRESSED,
    Outcome.UNCONFIRMED,
    Outcome.DEPENDENCIES,
    Outcome.MISSING,
    Outcome.INCOMPARABLE,
    Outcome.INCONCLUSIVE,
    Outcome.NEW,
)
"""Outcomes that can keep a run from being green; the others cannot."""

NEVER_ALLOWED = (
    Outcome.BROKEN,
    Outcome.REGRESSED,
    Outcome.UNCONFIRMED,
    Outcome.DEPENDENCIES,
)
"""Losses can be acknowledged, cell by cell; what is broken cannot."""

SLOWER = 0.1
"""Rise of time, as a fraction, that is told where no margin says what matters."""


def take_stock(verdicts: Iterable[Verdict], allowed: Collection[Outcome]) -> Standing:
    """Find where a run stands that was compared with something.

    Args:
        verdicts: on its cells.
        allowed: which of the outcomes missing, incomparable and inconclusive leave it green, and
            new, where no cell is anything else; no other outcome can be allowed.
    """
    every = list(verdicts)
    counts = Counter(one.outcome for one in every)
    judged = [one for one in every if one.outcome not in NOT_JUDGED]
    failing = _failing(every, allowed)
    return Standing(
        kind=_kind(every, failing),
        counts=tuple((outcome, counts[outcome]) for outcome in Outcome if counts[outcome]),
        judged=len(judged),
        decided=sum(one.outcome in DECIDED for one in judged),
        acknowledged=sum(one.acknowledged is not None for one in judged),
        failing=tuple(failing),
        margins=tuple(sorted({one.margin for one in judged if one.margin is not None})),
        would_show=_would_show(judged),
    )


def is_slower_alike(verdict: Verdict) -> bool:
    """Whether serial and parallel code both became slower, which leaves the speedup as it is."""
    if verdict.parallel_change is None or verdict.serial_change is None:
        return False
    limit = 1 + (SLOWER if verdict.margin is None else verdict.margin)
    return min(verdict.parallel_change, verdict.serial_change) > limit


def _failing(verdicts: Sequence[Verdict], allowed: Collection[Outcome]) -> list[Verdict]:
    only_new = all(one.outcome in NOT_JUDGED for one in verdicts)
    refused = [
        outcome
        for outcome in GRAVEST_FIRST
        if (outcome in NEVER_ALLOWED or outcome not in allowed)
        and (outcome is not Outcome.NEW or only_new)
    ]
    return [
        one
        for outcome in refused
        for one in verdicts
        if one.outcome is outcome and one.acknowledged is None
    ]


def _kind(verdicts: Sequence[Verdict], failing: Sequence[Verdict]) -> Kind:
    found = {one.outcome for one in verdicts}
    if failing:
        gravest = {Outcome.BROKEN: Kind.BROKEN, Outcome.REGRESSED: Kind.RED}
        return gravest.get(failing[0].outcome, Kind.NOT_GREEN)
    if found.intersection(DECIDED):
        return Kind.GREEN
    if Outcome.NEW in found and found.issubset(NOT_JUDGED):
        return Kind.NEW
    return Kind.UNDECIDED


def _would_show(judged: Sequence[Verdict]) -> tuple[float, float] | None:
    watched = [
        one.detectable
        for one in judged
        if one.outcome in (*DECIDED, Outcome.INCONCLUSIVE) and one.outcome is not Outcome.REGRESSED
    ]
    known = [one for one in watched if one is not None]
    return (min(known), max(known)) if known and len(known) == len(watched) else None
