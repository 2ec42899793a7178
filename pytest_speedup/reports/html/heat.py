"""The picture of all cells at once: which share of its ceiling each reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.patches import Rectangle

from pytest_speedup.reports.html.pictures import draw, label
from pytest_speedup.reports.standing import is_red
from pytest_speedup.reports.wording import word_speedup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pytest_speedup.model import CellReport

DARK = 0.5
"""Share below which the colours are so dark that letters on them are white."""


def draw_heat(cells: Sequence[CellReport]) -> str:
    """Draw a table of rows by workload and executor, and columns by worker count.

    Letters say the speedup, colours the share of the ceiling, and a frame what is red.
    """
    measured = [one for one in cells if one.cell is not None and one.measurement is not None]
    rows = list(dict.fromkeys(_row(one) for one in measured))
    counts = sorted({one.cell.workers for one in measured if one.cell is not None})
    if not measured:
        return ""

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for one in measured:
            if one.cell is not None:
                _paint_cell(axes, one, counts.index(one.cell.workers), rows.index(_row(one)))
        axes.set_xlim(0, len(counts))
        axes.set_ylim(len(rows), 0)
        axes.set_xticks([index + 0.5 for index in range(len(counts))], [str(n) for n in counts])
        axes.set_yticks([index + 0.5 for index in range(len(rows))], list(map(label, rows)))
        axes.set_xlabel("workers")
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)

    words = ", ".join(f"{one.name} {_share(one):.0%}" for one in measured)
    size = (1.8 + 0.9 * len(counts), 0.7 + 0.3 * len(rows))
    return draw("share of the ceiling, all cells", words, size, paint)


def _paint_cell(axes: Axes, one: CellReport, column: int, row: int) -> None:
    share = _share(one)
    colour = mpl.colormaps["cividis"](min(1.0, share))
    red = is_red(one)
    frame = {"edgecolor": "#d00000", "linewidth": 2.5} if red else {"edgecolor": "none"}
    axes.add_patch(Rectangle((column + 0.04, row + 0.06), 0.92, 0.88, facecolor=colour, **frame))
    outcome = f"\n{one.verdict.outcome.value}" if red and one.verdict is not None else ""
    text = f"{word_speedup(one.measurement.speedup.value)}{outcome}" if one.measurement else ""
    ink = "#ffffff" if share < DARK else "#000000"
    axes.text(
        column + 0.5, row + 0.5, text, ha="center", va="center", color=ink, fontsize=7 if red else 8
    )


def _row(one: CellReport) -> str:
    return "" if one.cell is None else f"{one.cell.title} {one.cell.executor}"


def _share(one: CellReport) -> float:
    if one.measurement is None:
        return 0.0
    ceiling = one.measurement.ceiling
    return one.measurement.speedup.value / (1.0 if ceiling is None else ceiling.value)
