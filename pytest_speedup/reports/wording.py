"""The words for verdicts, in one place."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_speedup.model import Loss, Outcome, shown
from pytest_speedup.reports.explaining import word_explanation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_speedup.model import Cell, CounterChange, Estimate, Machine, Verdict

SHORT = {
    Outcome.PASSED: "ok",
    Outcome.REGRESSED: "RED",
    Outcome.IMPROVED: "up",
    Outcome.SERIAL_IMPROVED: "serial up",
    Outcome.UNCONFIRMED: "unconfirmed",
    Outcome.INCONCLUSIVE: "open",
    Outcome.NEW: "new",
    Outcome.MISSING: "missing",
    Outcome.INCOMPARABLE: "incomparable",
    Outcome.SKIPPED: "skipped",
    Outcome.BROKEN: "broken",
}
"""At most 12 letters, for the cell of a table."""


EXPLAINED = (Outcome.REGRESSED, Outcome.IMPROVED)
"""Outcomes of which a report says why; of the others only where a neighbour took the cores."""

MOST = 0.99
"""The largest loss that is given as a figure."""


def word_cell(verdict: Verdict) -> str:
    """Word a verdict for the cell of a table, in at most 15 letters."""
    short = SHORT[verdict.outcome]
    if verdict.outcome in (Outcome.PASSED, Outcome.INCONCLUSIVE) and verdict.detectable:
        return f"{short}, sees {_word_share(verdict.detectable)}"
    if verdict.change is not None:
        return f"{short} {verdict.change.value - 1:+.0%}"
    return short


def word_verdict(verdict: Verdict) -> str:
    """Word a verdict in one line."""
    parts = [f"{shown(verdict.cell)}: {verdict.outcome.name}"]
    if verdict.change is not None:
        parts.append(f"speedup {_speedups(verdict)}{word_change(verdict.change)}")
    parts.extend(_would_have_seen(verdict))
    if verdict.reason:
        parts.append(shown(verdict.reason))
    parts.extend(explain_verdict(verdict))
    if verdict.acknowledged is not None:
        parts.append(f"acknowledged: {shown(verdict.acknowledged)}")
    return ", ".join(parts)


def explain_verdict(verdict: Verdict) -> list[str]:
    """Say what is known of a change: the loss that explains it, and what was counted."""
    why = list(map(word_counter, verdict.counters))
    if verdict.explanation is None:
        return why
    if verdict.outcome in EXPLAINED or _neighbour(verdict):
        return [word_explanation(verdict.explanation), *why]
    return why


def _neighbour(verdict: Verdict) -> bool:
    explanation = verdict.explanation
    if explanation is None or explanation.named is None:
        return False
    return explanation.named.loss is Loss.CORE_WAIT and explanation.named.seconds > 0


def _speedups(verdict: Verdict) -> str:
    """Word the speedup before and now, such as ``1.41x -> 0.98x, ``; empty where it is unknown."""
    if verdict.speedup is None or verdict.change is None:
        return ""
    return f"{verdict.speedup / verdict.change.value:.2f}x -> {verdict.speedup:.2f}x, "


def word_counter(change: CounterChange) -> str:
    """Word a counter such as ``pools created 9 instead of 1``."""
    return f"{change.name} {change.head:.0f} instead of {change.base:.0f}"


def word_change(change: Estimate) -> str:
    """Word a change such as ``-30 % (-34 to -27)``."""
    low, value, high = (100 * (ratio - 1) for ratio in (change.low, change.value, change.high))
    return f"{value:+.0f} % ({low:+.0f} to {high:+.0f})"


def remark_on(verdict: Verdict) -> list[str]:
    """Say what there is to say of a cell beyond its change: why, and what can be done."""
    remarks = [shown(verdict.reason)] if verdict.reason else []
    remarks += [*explain_verdict(verdict), *_would_have_seen(verdict)]
    if verdict.acknowledged is not None:
        remarks.append(f"acknowledged: {shown(verdict.acknowledged)}")
    return remarks


def _would_have_seen(verdict: Verdict) -> list[str]:
    """Word the smallest loss that would have been seen, of a cell that is left open."""
    if verdict.outcome is not Outcome.INCONCLUSIVE or verdict.detectable is None:
        return []
    return [f"a loss of {_word_share(verdict.detectable)} would have been seen"]


def word_machine(machine: Machine, size: str) -> str:
    """Say where a run of workloads of a size was measured."""
    gil = "on" if machine.gil else "off"
    return shown(
        f"{machine.cpu_model}, {machine.cpus.effective:g} effective CPUs, "
        f"{machine.python}, GIL {gil}, {machine.start_method}; size {size}"
    )


def word_cells(count: int) -> str:
    """Word a number of cells such as ``1 cell``."""
    return f"{count} cell" if count == 1 else f"{count} cells"


def word_loss(cell: Cell, verdict: Verdict, confirmation: str) -> str:
    """Word the failure of a test whose cell is red.

    Args:
        cell: the cell.
        verdict: its verdict.
        confirmation: what makes it sure, such as ``seen in two pools``.
    """
    change = "" if verdict.change is None else word_change(verdict.change)
    against = shown(verdict.reason) or "against its baseline, and parallel time rose"
    what = f"speedup regressed, {_speedups(verdict)}{change}"
    parts = [what, *explain_verdict(verdict), against, confirmation]
    return f"{cell.title} {cell.name}: {'; '.join(parts)}"


def count_outcomes(verdicts: Iterable[Verdict]) -> str:
    """Count the outcomes, for the last line of the section."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome)


def notable(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Choose the verdicts that deserve a line: all but those that just passed."""
    return [
        one
        for one in verdicts
        if one.outcome is not Outcome.PASSED or one.counters or _neighbour(one)
    ]


def _word_share(loss: float) -> str:
    """Word a loss of speedup, which can come near to all of it but not be all."""
    return ">99%" if loss > MOST else f"{loss:.0%}"
