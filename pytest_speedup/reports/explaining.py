"""Why a speedup is what it is, in words and as a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.model import Loss

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_speedup.model import Explanation, Stack, Verdict

WORDS = {
    Loss.POOL: "starting pools",
    Loss.IMPORTS: "importing what tasks need",
    Loss.TRANSFER: "pickling and sending what tasks take and return",
    Loss.DISPATCH: "handing out tasks and gathering results",
    Loss.WORKERS: "workers that got no task",
    Loss.IMBALANCE: "workers that wait for the busiest one",
    Loss.LOCK: "waiting for the lock",
    Loss.QUEUE: "waiting for the queue",
    Loss.GIL: "waiting for the interpreter lock",
    Loss.CORES: "cores that are shared, as the ceiling says",
    Loss.CPU: "more CPU time in tasks than alone",
    Loss.BLOCKED: "tasks that wait for each other",
    Loss.SERIAL: "code outside of tasks",
}

EVERYTHING = "all"

NEGLIGIBLE = 0.005
"""Share of the measured time below which a loss is left out of a stack."""


def word_explanation(explanation: Explanation) -> str:
    """Say in one line what a change came from, such as ``+0.27 s dispatch (...)``."""
    cause = explanation.named
    if cause is None:
        return "unexplained: no loss grew enough to be named"
    share = abs(cause.change.value / explanation.change)
    return f"{cause.seconds:+.3g} s {cause.loss.value} ({WORDS[cause.loss]}), {share:.0%} of it"


def chosen(verdicts: Mapping[str, Verdict], name: str | None) -> Iterator[tuple[str, Explanation]]:
    """Choose the explanations of cells that have a name in theirs.

    Args:
        verdicts: by cell.
        name: a part of the names, or ``all``; None for none.
    """
    for cell, verdict in verdicts.items():
        if name is not None and (name == EVERYTHING or name in cell) and verdict.explanation:
            yield cell, verdict.explanation


def render_stacks(explanation: Explanation) -> Iterator[str]:
    """Render the stacks of base and head side by side: ideal, minus each loss, is measured."""
    before, after = explanation.before, explanation.after
    yield f"  {'':20}{'base':>10}{'head':>10}   seconds"
    yield _row("ideal", before.ideal, after.ideal)
    for loss in Loss:
        old, new = before.losses.get(loss, 0.0), after.losses.get(loss, 0.0)
        if max(abs(old), abs(new)) > NEGLIGIBLE * max(before.seconds, after.seconds):
            yield f"{_row(loss.value, old, new)}   {WORDS[loss]}"
    yield _row("measured", before.seconds, after.seconds)
    yield f"  {'speedup':20}{_speedup(before):>10}{_speedup(after):>10}"


def _row(name: str, old: float, new: float) -> str:
    return f"  {name:20}{old:>10.4f}{new:>10.4f}"


def _speedup(stack: Stack) -> str:
    return f"{stack.speedup:.2f}x"
