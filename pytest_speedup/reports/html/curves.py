"""The picture of a workload: its speedup over the workers, on each executor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import LogLocator

from pytest_speedup.reports.html.pictures import COLOURS, INK, MARKERS, draw, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pytest_speedup.model import Cell, CellReport, Measurement

Point = tuple["Cell", "CellReport", "Measurement"]


def draw_curves(title: str, cells: Sequence[CellReport]) -> str:
    """Draw the measured speedups of a workload; empty where nothing was measured of it.

    Intervals are bands, the measured ceiling is dotted, the ideal dashed, and the saved runs are
    a thin line in the executor's colour.
    """
    points = [
        (one.cell, one, one.measurement)
        for one in cells
        if one.cell is not None and one.measurement is not None
    ]
    curves: dict[str, list[Point]] = {}
    for point in points:
        curves.setdefault(point[0].executor, []).append(point)
    if not points:
        return ""

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        counts = sorted({cell.workers for cell, _, _ in points})
        axes.plot(counts, counts, "--", color=INK, linewidth=0.8, label="ideal")
        for index, (executor, some) in enumerate(curves.items()):
            _paint_curve(axes, executor, sorted(some, key=lambda point: point[0].workers), index)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log", base=2)
        axes.yaxis.set_major_locator(LogLocator(base=2, subs=(1.0, 1.5)))
        axes.set_xticks(counts, [str(count) for count in counts])
        axes.yaxis.set_major_formatter(lambda value, _position: f"{value:g}x")
        axes.minorticks_off()
        axes.set_xlabel("workers")
        axes.set_ylabel("speedup")
        axes.grid(visible=True)
        axes.legend(fontsize=8, loc="best")

    words = ", ".join(f"{one.name} {measured.speedup.value:.2f}x" for _, one, measured in points)
    return draw(f"speedup of {title}", words, (4.2, 3.0), paint)


def _paint_curve(axes: Axes, executor: str, points: Sequence[Point], index: int) -> None:
    colour = COLOURS[index % len(COLOURS)]
    counts = [cell.workers for cell, _, _ in points]
    speedups = [measured.speedup for _, _, measured in points]
    axes.plot(
        counts,
        [one.value for one in speedups],
        marker=MARKERS[index % len(MARKERS)],
        markersize=4.5,
        color=colour,
        label=label(executor),
    )
    lows, highs = [one.low for one in speedups], [one.high for one in speedups]
    axes.fill_between(counts, lows, highs, color=colour, alpha=0.25, linewidth=0)
    ceilings = [
        (cell.workers, measured.ceiling.value)
        for cell, _, measured in points
        if measured.ceiling is not None
    ]
    if ceilings:
        axes.plot(*zip(*ceilings, strict=True), ":", color=colour, linewidth=1.2)
    saved = [(cell.workers, one.saved[-1]) for cell, one, _ in points if one.saved]
    if saved:
        axes.plot(*zip(*saved, strict=True), "-", color=colour, linewidth=4.0, alpha=0.2)
