"""Which cells watch: a loss can only be seen where there is a speedup to lose.

A cell that was left open watches nothing, nor does one whose code is no faster in parallel on the
base. What could speed up on this machine, each workload on each executor, needs a cell that
watches; else its green would say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from pytest_speedup.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_speedup.model import Verdict

MIN_SPEEDUP = 1.2
"""Below, there is none to lose."""

GREEN = frozenset(one for one in Outcome if one.is_good or one is Outcome.INCONCLUSIVE)
"""Outcomes that keep no run from being green by themselves, of cells that were compared."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What a cell could watch.

    Attributes:
        group: its workload and executor.
        ceiling: the speedup that the machine allows it; None where that was not measured.
    """

    group: tuple[str, str]
    ceiling: float | None


def mark_unwatched(
    verdicts: Mapping[str, Verdict], watches: Mapping[str, Watch]
) -> dict[str, Verdict]:
    """Say of each cell whether it watches, and name the groups in which none does.

    Args:
        verdicts: by the id of the cell.
        watches: what cells could watch that were to be compared, likewise.

    Returns:
        All verdicts. Those of a group without a cell that watches are unwatched, unless it cannot
        have one on this machine, or it is not green anyway.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for cell, watch in watches.items():
        groups.setdefault(watch.group, []).append(cell)
    changed = dict(verdicts)
    for cells in groups.values():
        known = [(verdicts[cell], watches[cell]) for cell in cells if cell in verdicts]
        unwatched = _is_unwatched(known)
        for verdict, watch in known:
            changed[verdict.cell] = _marked(verdict, watch, unwatched=unwatched)
    return changed


def watches_something(verdict: Verdict, watch: Watch) -> bool:
    """Whether a loss of a cell would have been seen: it was decided, and has a speedup to lose."""
    had = _had(verdict)
    if not verdict.outcome.is_decided or had is None:
        return False
    return had >= MIN_SPEEDUP and _could_speed_up(verdict, watch)


def _had(verdict: Verdict) -> float | None:
    """The speedup that there was to lose; where the change brings it, that is what there is."""
    if verdict.outcome is Outcome.IMPROVED and verdict.before is not None:
        return max(verdict.before, verdict.speedup or 0.0)
    return verdict.before


def _could_speed_up(verdict: Verdict, watch: Watch) -> bool:
    """Whether the machine allows it; code may get more than the ceiling's kernel does."""
    if watch.ceiling is None or watch.ceiling >= MIN_SPEEDUP:
        return True
    had = _had(verdict)
    return had is not None and had >= MIN_SPEEDUP


def _is_unwatched(known: Sequence[tuple[Verdict, Watch]]) -> bool:
    if any(one.outcome.is_loss or watches_something(one, watch) for one, watch in known):
        return False
    green = [(one, watch) for one, watch in known if one.outcome in GREEN]
    # The median, as each ceiling is that of a few turns.
    return bool(green) and median(_could_speed_up(one, watch) for one, watch in green) > 0


def _marked(verdict: Verdict, watch: Watch, *, unwatched: bool) -> Verdict:
    if verdict.outcome not in GREEN:
        return verdict
    if unwatched:
        return replace(verdict, outcome=Outcome.UNWATCHED, watches=False, reason=_reason(verdict))
    return replace(verdict, watches=verdict.outcome.is_open or watches_something(verdict, watch))


def _reason(verdict: Verdict) -> str:
    if verdict.outcome is Outcome.INCONCLUSIVE:
        undecided = "no cell of its workload on this executor was decided"
        return f"{undecided}: {verdict.reason}" if verdict.reason else undecided
    speedup = "unknown" if verdict.before is None else f"{verdict.before:.2f}x"
    return (
        f"no cell of its workload on this executor has a speedup to lose: on the base it is "
        f"{speedup}, and the machine allows more"
    )
