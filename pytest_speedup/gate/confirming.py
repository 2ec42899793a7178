"""What saved runs leave open, or turn red: did the code lose, what is installed, or the machine?

Cells that saved runs do not decide well enough are measured side by side with the code of the
commit that they were saved from. That answers for the code alone, as all else is the same on both
sides.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_speedup.gate.beside_time import BY_COUNTERS
from pytest_speedup.gate.floors import BY_FLOOR
from pytest_speedup.gate.saved import differences
from pytest_speedup.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_speedup.model import Machine, SavedCell, Verdict

STAGES = 2
"""Saved runs, and the comparison with their commit: each spends an equal part of the error rate."""

SURE = (BY_COUNTERS, BY_FLOOR)
"""What the reason of a cell has in it that is red whatever its time was against saved runs."""

UNKNOWN_THEN = "what was loaded then is not known"

MAX_NAMED = 5
"""Packages that are named."""


def base_of(cells: Iterable[Sequence[SavedCell]], machine: Machine) -> SavedCell | None:
    """Find the commit to compare with: that of the newest saved run that says what it measured.

    Args:
        cells: what is saved of each cell, oldest first.
        machine: where this run is measured.

    Returns:
        a cell of that run; None where each is of another machine or has no commit of its own.
    """
    known = [
        one
        for saved in cells
        for one in saved
        if one.commit and not one.dirty and not differences(one, one.cell, machine)
    ]
    return max(known, key=lambda one: (one.created, one.run), default=None)


def to_confirm(verdicts: Mapping[str, Verdict]) -> list[str]:
    """List the cells that saved runs leave open, or turn red by time."""
    return [cell for cell, verdict in verdicts.items() if _is_asked(verdict)]


def _is_asked(verdict: Verdict) -> bool:
    if verdict.acknowledged is not None or any(word in verdict.reason for word in SURE):
        return False
    return verdict.outcome.is_open or verdict.outcome is Outcome.REGRESSED


def changed_versions(then: Mapping[str, str] | None, now: Mapping[str, str]) -> list[str]:
    """Name the packages that a saved run had loaded in other versions.

    Args:
        then: versions by name; None where they are not known.
        now: likewise, of this run.
    """
    if then is None:
        return [UNKNOWN_THEN]
    both = sorted(then.keys() & now.keys())
    return [f"{one} {then[one]} -> {now[one]}" for one in both if then[one] != now[one]]


def confirmed(saved: Verdict, code: Verdict | None, base: str, changed: Sequence[str]) -> Verdict:
    """Put together what saved runs say of a cell, and what a comparison of the code does.

    Args:
        saved: by the saved runs.
        code: by the comparison; None where it has nothing to say.
        base: the commit that it was compared with, in words.
        changed: what the run has loaded in other versions than the saved one.
    """
    if code is None:
        return saved
    if code.outcome in (Outcome.REGRESSED, Outcome.BROKEN):
        return replace(code, reason=_joined(code.reason, f"side by side with {base}"))
    if code.outcome.is_open or code.outcome is Outcome.UNWATCHED:
        return _still_open(saved, code, base)
    if not code.outcome.is_decided:
        reason = f"not compared with {base}: {code.outcome.value}"
        return replace(saved, reason=_joined(saved.reason, reason, code.reason))
    return _code_held(saved, code, base, changed)


def _code_held(saved: Verdict, code: Verdict, base: str, changed: Sequence[str]) -> Verdict:
    if changed:
        return replace(
            code,
            outcome=Outcome.ENVIRONMENT,
            ruled_out=None,
            ruled_out_of_all=None,
            reason=f"its code did not lose against {base}, but what it loads has changed since: "
            f"{_named(changed)}",
        )
    if saved.outcome.is_loss:
        reason = f"its code did not lose against {base}, nor did what it loads change: the machine"
        return replace(saved, outcome=Outcome.INCONCLUSIVE, more_would_help=False, reason=reason)
    return replace(code, reason=_joined(code.reason, f"side by side with {base}"))


def _still_open(saved: Verdict, code: Verdict, base: str) -> Verdict:
    is_loss = saved.outcome.is_loss or code.outcome.is_loss
    reason = f"side by side with {base} it stays open"
    return replace(
        code,
        outcome=Outcome.UNCONFIRMED if is_loss else Outcome.INCONCLUSIVE,
        reason=_joined(reason, code.reason),
    )


def _named(changed: Sequence[str]) -> str:
    more = len(changed) - MAX_NAMED
    return ", ".join(changed[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def _joined(*reasons: str) -> str:
    return "; ".join(filter(None, reasons))
