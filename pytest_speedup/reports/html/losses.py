"""The picture of where time goes: the ideal, and what each loss adds to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.losses.kinds import Loss
from pytest_speedup.reports.html.pictures import INK, draw, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.model import CellReport

SMALL = 0.01
"""Share of the longest bar from which on a loss is drawn."""


def draw_losses(title: str, cells: Sequence[CellReport]) -> str:
    """Draw the stacks of a workload's cells, before and now, one below the other.

    Each is drawn as worker time over the ideal, so that an ideal run is a bar of length 1; gains
    are to the left of 0. Empty where nothing was recorded.
    """
    bars = [
        (label(one.name if len(one.stacks) == 1 else f"{one.name} {when}"), stack)
        for one in cells
        for when, stack in one.stacks
    ]
    if not bars:
        return ""
    longest = max(stack.inverse_efficiency for _, stack in bars)
    losses = [
        loss for loss in Loss if any(_part(stack, loss) > SMALL * longest for _, stack in bars)
    ]

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        places = range(len(bars))
        axes.barh(places, [1.0] * len(bars), color="#bbbbbb", label="ideal", height=0.7)
        axes.set_yticks(places, [name for name, _ in bars])
        _paint_losses(axes, bars, losses)
        axes.axvline(1.0, color=INK, linewidth=0.8, linestyle="--")
        axes.invert_yaxis()
        axes.set_xlabel("time over the ideal time")
        figure.legend(fontsize=7.5, loc="outside right upper")

    words = "; ".join(f"{name}: {_words(stack, losses)}" for name, stack in bars)
    size = (6.2, 0.9 + 0.24 * max(len(bars), 2 + len(losses) / 2))
    return draw(f"losses of {title}", words, size, paint)


def _paint_losses(axes: Axes, bars: Sequence[tuple[str, Stack]], losses: Sequence[Loss]) -> None:
    right, left = [1.0] * len(bars), [0.0] * len(bars)
    for loss in losses:
        widths = [stack.losses.get(loss, 0.0) / stack.ideal for _, stack in bars]
        starts = [(left if width < 0 else right)[at] for at, width in enumerate(widths)]
        axes.barh(
            range(len(bars)),
            widths,
            left=starts,
            color=loss.kind.colour,
            hatch=loss.kind.hatch,
            edgecolor=INK,
            linewidth=0.3,
            label=loss.value,
            height=0.7,
        )
        for at, width in enumerate(widths):
            (left if width < 0 else right)[at] += width


def _part(stack: Stack, loss: Loss) -> float:
    return abs(stack.losses.get(loss, 0.0)) / stack.ideal


def _words(stack: Stack, losses: Sequence[Loss]) -> str:
    parts = (f"{loss.value} {stack.losses.get(loss, 0.0) / stack.ideal:+.2f}" for loss in losses)
    return ", ".join(["ideal 1.00", *parts])
