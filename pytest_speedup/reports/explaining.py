"""Why a speedup is what it is, in words and as a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.model import Loss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pytest_speedup.model import Cause, Counts, Explanation, Shortfall, Stack

WORDS = {
    Loss.POOL: "making pools, with what each imports again",
    Loss.IMPORTS: "workers importing what tasks need",
    Loss.TRANSFER: "pickling and sending what tasks take and return",
    Loss.DISPATCH: "handing out tasks and gathering results",
    Loss.WORKERS: "workers that got no task",
    Loss.IMBALANCE: "workers that wait for the busiest one",
    Loss.LOCK: "waiting for the counter's lock",
    Loss.QUEUE: "waiting for the queue",
    Loss.GIL: "waiting for the interpreter lock",
    Loss.CORES: "cores that slow each other down, as the ceiling shows",
    Loss.CORE_WAIT: "tasks that were ready and had no core",
    Loss.CPU: "more CPU time in tasks than alone",
    Loss.BLOCKED: "waiting in tasks, for each other or a lock of their own",
    Loss.SERIAL: "code outside of tasks",
}

COUNTED: Mapping[Loss, tuple[str, Callable[[Counts], float]]] = {
    Loss.POOL: ("pools created {}", lambda counts: counts.pools),
    Loss.TRANSFER: ("{} bytes pickled per task", lambda counts: counts.bytes_per_task),
    Loss.DISPATCH: ("{} tasks", lambda counts: counts.tasks),
    Loss.WORKERS: ("workers at work: {}", lambda counts: counts.workers),
    Loss.IMBALANCE: ("tasks of the busiest worker: {}", lambda counts: counts.busiest),
}
"""What to count where a loss changed."""

NOTEWORTHY = 1.2
"""Ratio from which on a changed count is told."""

EVERYTHING = "all"

UNTOLD = " not told by this system; it is in dispatch and in waiting inside tasks"
"""In place of the seconds that tasks waited for a core."""

NEGLIGIBLE = 0.005
"""Share of the measured time below which a loss is left out of a stack."""


def word_explanation(explanation: Explanation) -> str:
    """Say in one line what a change came from, such as ``+0.27 s dispatch (...), 2000 tasks``."""
    cause = explanation.named
    if cause is None:
        return "unexplained: no loss grew enough to be named"
    return ", ".join(_cause(cause, explanation))


def _cause(cause: Cause, explanation: Explanation) -> Iterator[str]:
    yield f"{_seconds(cause.seconds)} {cause.loss.value} ({WORDS[cause.loss]})"
    counts = explanation.before.counts, explanation.after.counts
    yield from _counted(cause.loss, *counts)
    share = abs(cause.change.value / explanation.change)
    if share <= 1:
        yield f"{share:.0%} of the change"


def _counted(loss: Loss, before: Counts, after: Counts) -> Iterator[str]:
    if loss not in COUNTED:
        return
    words, count = COUNTED[loss]
    old, new = count(before), count(after)
    if max(old, new) > NOTEWORTHY * min(old, new):
        yield f"{words.format(f'{new:.0f}')} instead of {old:.0f}"


def _seconds(seconds: float) -> str:
    return f"{seconds:+.2f} s" if abs(seconds) >= 1 else f"{seconds * 1e3:+.3g} ms"


def word_shortfall(shortfall: Shortfall) -> str:
    """Say in a few words what keeps a speedup from being ideal."""
    stack = shortfall.stack
    lost = stack.seconds - stack.ideal
    most = sorted(stack.losses, key=lambda loss: -stack.losses[loss])[:2]
    named = most if shortfall.named is None else [shortfall.named]
    shares = (f"{stack.losses[loss] / lost:.0%} {loss.value}" for loss in named)
    return f"lost to {' and '.join(shares)}"


def is_chosen(cell: str, name: str | None) -> bool:
    """Whether a cell's stacks are to be shown.

    Args:
        cell: its id.
        name: a part of the ids that were chosen, or ``all``; None for none.
    """
    return name is not None and (name == EVERYTHING or name in cell)


def render_stacks(stacks: Sequence[tuple[str, Stack]]) -> Iterator[str]:
    """Render stacks side by side: ideal, plus each loss, is measured; in milliseconds.

    Args:
        stacks: what each is called, and itself.
    """
    longest = max(stack.seconds for _, stack in stacks)
    yield f"  {'milliseconds':22}{''.join(f'{name:>10}' for name, _ in stacks)}"
    yield _row("ideal", [stack.ideal for _, stack in stacks])
    for loss in Loss:
        seconds = [stack.losses.get(loss, 0.0) for _, stack in stacks]
        if max(map(abs, seconds)) > NEGLIGIBLE * longest:
            yield f"{_row(loss.value, seconds)}   {WORDS[loss]}"
    if any(stack.lacks_core_wait for _, stack in stacks):
        yield f"  {Loss.CORE_WAIT.value:22}{UNTOLD}"
    yield _row("measured", [stack.seconds for _, stack in stacks])
    yield f"  {'speedup':22}{''.join(f'{stack.speedup:>9.2f}x' for _, stack in stacks)}"


def _row(name: str, seconds: Sequence[float]) -> str:
    return f"  {name:22}{''.join(f'{1e3 * one:>10.2f}' for one in seconds)}"
