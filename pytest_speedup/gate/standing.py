"""From what became of each cell to where the run stands, what watched, and its exit code."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, fields, replace
from statistics import median
from typing import TYPE_CHECKING

from pytest_speedup.model import (
    GRAVEST_FIRST,
    Fails,
    Floors,
    Kind,
    Outcome,
    Standing,
    Verdict,
    short_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from pytest_speedup.model import Cell, CellRules


MIN_SPEEDUP = 1.2
"""Below, there is none to lose."""

KEEPS_GREEN = frozenset(one for one in Outcome if one.is_good or one is Outcome.INCONCLUSIVE)
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
    green = [(one, watch) for one, watch in known if one.outcome in KEEPS_GREEN]
    # The median, as each ceiling is that of a few turns.
    return bool(green) and median(_could_speed_up(one, watch) for one, watch in green) > 0


def _marked(verdict: Verdict, watch: Watch, *, unwatched: bool) -> Verdict:
    if verdict.outcome not in KEEPS_GREEN:
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


BY_BASE = "it is judged by that of the base"
BY_ALLOWING = "--speedup-allow=rules accepts it"
"""What becomes of a rule that a change moves."""


def word_moved(
    cell: str, base: CellRules, head: CellRules, usual: float, end: str
) -> Iterator[str]:
    """Say how a change's test demands something else of a cell than the base's.

    Args:
        cell: its id.
        base: the rules of the base's test, or of that of a saved run.
        head: those of the change.
        usual: the margin of cells whose tests say nothing of it.
        end: what becomes of it.
    """
    rules = (
        ("the margin", _percent(base.margin, usual), _percent(head.margin, usual)),
        *(
            (one.name, *(_number(getattr(side.floors, one.name)) for side in (base, head)))
            for one in fields(Floors)
        ),
    )
    for name, was, now in rules if base != head else ():
        if was != now:
            yield f"this change moves {name} of {short_name(cell)} from {was} to {now}; {end}"


def _percent(margin: float | None, usual: float) -> str:
    return f"{100 * (usual if margin is None else margin):.3g} %"


def _number(floor: float | None) -> str:
    return "none" if floor is None else f"{floor:g}"


ACCEPTED = frozenset(one for one in Outcome if one.is_loss) | {
    Outcome.UNWATCHED,
    Outcome.ENVIRONMENT,
}
"""Outcomes that an acknowledgement accepts, beside that a cell is missing."""


def acknowledge(verdict: Verdict, reason: str | None) -> Verdict | None:
    """Note that the project accepts what became of a cell.

    Args:
        verdict: on the cell.
        reason: why it is accepted; None where it is not acknowledged.

    Returns:
        The verdict; None where nothing is to be said of the cell, as it may be missing.
    """
    if reason is None:
        return verdict
    if verdict.outcome is Outcome.MISSING:
        return None
    return replace(verdict, acknowledged=reason) if verdict.outcome in ACCEPTED else verdict


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


OK, FAILED, INTERRUPTED, INTERNAL_ERROR, WRONG_USAGE = 0, 1, 2, 3, 4
"""Exit codes of pytest, https://docs.pytest.org/en/stable/reference/exit-codes.html."""

NOT_GREEN = 10
"""Nothing regressed, and nobody can vouch for the code."""

BROKEN = 11
"""A side, a worker or a test that was to be judged ended before its time."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How pytest ended.

    Attributes:
        code: pytest's own exit code, after whatever tests and plugins made of it.
        interrupted: whether the user or the runner interrupted it.
        uncollected: whether tests could not be collected.
        unsaved: whether something could not be saved.
    """

    code: int
    interrupted: bool = False
    uncollected: bool = False
    unsaved: bool = False


def worse_of(one: Verdict, other: Verdict) -> Verdict:
    """Take the worse of two verdicts on a cell, with the reasons of both where neither is green.

    Args:
        one: taken where both are equally bad.
        other: the other one.

    Returns:
        It may be measured on as long as either could still be decided, unless it is red.
    """
    worst, better = sorted((one, other), key=lambda verdict: -verdict.outcome.gravity)
    reasons = [worst.reason]
    if not better.outcome.is_good and better.reason != worst.reason:
        reasons.append(better.reason)
    return replace(
        worst,
        reason="; ".join(filter(None, reasons)),
        more_would_help=worst.outcome is not Outcome.REGRESSED
        and (one.more_would_help or other.more_would_help),
    )


def take_stock(verdicts: Iterable[Verdict], allowed: Collection[Outcome]) -> Standing:
    """Find where a run stands that was compared with something.

    Args:
        verdicts: on its cells.
        allowed: which of the outcomes that can be allowed leave it green, such as missing, and
            new, where no cell is anything else; environment vouches for the code then. No other
            outcome can be allowed.
    """
    every = list(verdicts)
    counts = Counter(one.outcome for one in every)
    judged = [one for one in every if one.outcome.is_judged]
    failing = _failing(every, allowed)
    return Standing(
        kind=_kind(every, failing),
        counts=tuple((outcome, counts[outcome]) for outcome in Outcome if counts[outcome]),
        judged=len(judged),
        decided=sum(one.outcome.is_decided for one in judged),
        acknowledged=sum(one.acknowledged is not None for one in judged),
        failing=tuple(failing),
        margins=tuple(sorted({one.margin for one in judged if one.margin is not None})),
        would_show=_would_show(judged),
        ruled_out=_ruled_out(judged),
    )


def exit_code(ending: RunEnd, standing: Standing) -> int:
    """Choose the exit code: by what the cells came to, whatever was made of their tests.

    Args:
        ending: how pytest ended.
        standing: what the cells came to together; MEASURED where nothing was asked of them.
    """
    if ending.interrupted:
        return INTERRUPTED
    if standing.kind is Kind.MEASURED:
        return NOT_GREEN if ending.code == OK and ending.unsaved else ending.code
    return _judged(ending, standing)


def _judged(ending: RunEnd, standing: Standing) -> int:
    if ending.code == WRONG_USAGE and not ending.uncollected:
        return WRONG_USAGE
    broken = ending.uncollected or ending.code in {INTERNAL_ERROR, BROKEN}
    if standing.kind is Kind.BROKEN or broken:
        return BROKEN
    if standing.kind is Kind.RED or ending.code == FAILED:
        return FAILED
    green = standing.is_green and ending.code == OK and not ending.unsaved
    return OK if green else NOT_GREEN


def _failing(verdicts: Sequence[Verdict], allowed: Collection[Outcome]) -> list[Verdict]:
    none_judged = not any(one.outcome.is_judged for one in verdicts)
    return [
        one
        for outcome in GRAVEST_FIRST
        if _fails(outcome, allowed, none_judged=none_judged)
        for one in verdicts
        if one.outcome is outcome and one.acknowledged is None
    ]


def _fails(outcome: Outcome, allowed: Collection[Outcome], *, none_judged: bool) -> bool:
    if outcome.fails in (Fails.ALWAYS, Fails.NEVER):
        return outcome.fails is Fails.ALWAYS
    return outcome not in allowed and (outcome.fails is not Fails.IF_ALONE or none_judged)


def _kind(verdicts: Sequence[Verdict], failing: Sequence[Verdict]) -> Kind:
    found = {one.outcome for one in verdicts}
    if failing:
        gravest = {Outcome.BROKEN: Kind.BROKEN, Outcome.REGRESSED: Kind.RED}
        return gravest.get(failing[0].outcome, Kind.NOT_GREEN)
    if any(_vouches(one) for one in verdicts):
        return Kind.GREEN
    if Outcome.NEW in found and found <= {Outcome.NEW, Outcome.SKIPPED}:
        return Kind.NEW
    return Kind.UNDECIDED


def _vouches(verdict: Verdict) -> bool:
    """Whether a cell that fails nothing is known not to have lost, by its code at least.

    The code of one whose packages have changed was compared, and that change was allowed.
    """
    known = verdict.outcome.is_decided or verdict.outcome is Outcome.ENVIRONMENT
    return known and verdict.acknowledged is None


def _ruled_out(judged: Sequence[Verdict]) -> float | None:
    good = [one.ruled_out_of_all for one in judged if one.outcome.is_good]
    known = [one for one in good if one is not None]
    return max(known) if known and len(known) == len(good) else None


def _would_show(judged: Sequence[Verdict]) -> tuple[float, float] | None:
    watched = [one.detectable for one in judged if one.outcome.was_compared]
    known = [one for one in watched if one is not None]
    return (min(known), max(known)) if known and len(known) == len(watched) else None
