"""Where time goes, as text; and cells that are far from what they could be, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.losses.explanation import word_poor
from pytest_speedup.losses.kinds import Loss

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.model import Summary


def render_poor(summaries: Iterable[Summary]) -> Iterator[str]:
    """Render a line for each poor cell: its speedup, and what keeps it from being ideal."""
    for one in summaries:
        cell, line = one.samples.cell, word_poor(one)
        if line:
            yield f"  {cell.title} {cell.name}: {line}"


EVERYTHING = "all"

NEGLIGIBLE = 0.005
"""Share of the measured time below which a loss is left out of a stack."""


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
            yield f"{_row(loss.value, seconds)}   {loss.kind.words}"
    for loss in Loss:
        if any(loss in stack.untold for _, stack in stacks):
            yield f"  {loss.value:22} {loss.kind.untold}"
    yield _row("measured", [stack.seconds for _, stack in stacks])
    yield f"  {'speedup':22}{''.join(f'{stack.speedup:>9.2f}x' for _, stack in stacks)}"


def _row(name: str, seconds: Sequence[float]) -> str:
    return f"  {name:22}{''.join(f'{1e3 * one:>10.2f}' for one in seconds)}"
