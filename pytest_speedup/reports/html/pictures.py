"""Pictures as SVG that stands in a page: drawn by matplotlib, in the colours of the page's text."""

from __future__ import annotations

import hashlib
import re
import warnings
from dataclasses import replace
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator

from pytest_speedup.losses.kinds import Loss
from pytest_speedup.model import shown
from pytest_speedup.reports.history import COMMIT, word_move
from pytest_speedup.reports.standing import is_red
from pytest_speedup.reports.words import word_speedup

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes

    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.model import Cell, CellReport, History, Measurement

INK = "#010203"
"""Drawn in this colour, it gets that of the page's text, in light and in dark."""

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#999999")
"""Okabe and Ito's, which colour-blind readers can tell apart (Color Universal Design, 2008)."""

MARKERS = "os^Dv<>P"
"""Beside colours, which are never the only sign."""

MAX_LABEL_CHARACTERS = 31
LABEL_AT_EACH_END = MAX_LABEL_CHARACTERS // 2
"""Letters of a name, and of its beginning and its end where it is longer."""

PIXELS_PER_INCH = 105
"""Of the page."""

STYLE = {
    "svg.fonttype": "none",  # letters stay letters, to be read and searched
    "text.parse_math": False,  # a dollar in a name is a dollar
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.alpha": 0.25,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
}


def draw(
    name: str, description: str, size: tuple[float, float], paint: Callable[[Figure], None]
) -> str:
    """Draw a picture.

    Args:
        name: what it shows, its title for whoever cannot see it.
        description: what it says, in words.
        size: width and height in inches.
        paint: draws on the figure that it gets.

    Returns:
        An SVG element; its text is escaped.
    """
    salt = hashlib.sha256(shown(name).encode()).hexdigest()
    # Names of parts must differ between the pictures of a page, and be the same in each run.
    # It warns of letters that its fonts lack, which the reader's have, and of little room.
    with mpl.rc_context({**STYLE, "svg.hashsalt": salt}), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        figure = Figure(figsize=size, layout="constrained")
        figure.patch.set_alpha(0.0)
        paint(figure)
        for axes in figure.axes:
            axes.patch.set_alpha(0.0)
        file = StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    svg = _shortened(file.getvalue())
    words = f"<title>{escape(shown(name))}</title><desc>{escape(description)}</desc>"
    head, _, body = svg.partition(">")
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    width = f'style="max-width: {size[0] * PIXELS_PER_INCH:.0f}px"'
    return f'{head} role="img" class="picture" {width}>{words}{body}'.replace(INK, "currentColor")


def label(text: str) -> str:
    """Shorten a name so that it leaves room for a picture; its end says more than its middle."""
    text = shown(text)
    return (
        text
        if len(text) <= MAX_LABEL_CHARACTERS
        else f"{text[:LABEL_AT_EACH_END]}…{text[-LABEL_AT_EACH_END:]}"
    )


def _shortened(svg: str) -> str:
    """Leave out what a page does not need: declarations, names, far decimals, blanks.

    The page names its fonts once, and not for each word.
    """
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(r"font-family: [^;\"]*; ", "", svg)
    svg = re.sub(r"-?\d+\.\d{2,}(?=[ \"),;])", lambda number: f"{float(number[0]):.1f}", svg)
    return re.sub(r"\s*\n\s*", "\n", svg)


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


MIN_RUNS = 3
"""Runs that make a history."""

LATEST = 24
"""Runs that a page shows: a hundred cells of a thousand runs each would be megabytes."""


MARKED = 4
"""Points of a line with a marker, or some more."""


class SavedRun(NamedTuple):
    """A row of the table.

    Attributes:
        number: of the saved run.
        created: when.
        commit: the beginning of its name; empty where it is unknown.
        speedups: of each cell, None where the run has not got it.
    """

    number: str
    created: str
    commit: str
    speedups: list[float | None]


def histories_of(cells: Sequence[CellReport]) -> list[tuple[Cell, History]]:
    """Choose the cells that have a history, and the latest runs of each."""
    return [
        (one.cell, _latest(one.history))
        for one in cells
        if one.cell is not None and one.history is not None and len(one.history.runs) >= MIN_RUNS
    ]


def tabulate_histories(histories: Sequence[tuple[Cell, History]]) -> list[SavedRun]:
    """Make a row of each run, oldest first."""
    by_run = [{run.run: run for run in history.runs} for _, history in histories]
    runs = {name: run for one in by_run for name, run in one.items()}
    return [
        SavedRun(
            name.partition("_")[0],
            runs[name].created,
            (runs[name].commit or "")[:COMMIT],
            [one[name].speedup if name in one else None for one in by_run],
        )
        for name in sorted(runs, key=lambda name: (runs[name].created, name))
    ]


def _latest(history: History) -> History:
    runs = history.runs[-LATEST:]
    return replace(
        history, runs=runs, moves=tuple(move for move in history.moves if move.first in runs)
    )


def draw_histories(title: str, cells: Sequence[CellReport]) -> str:
    """Draw the saved speedups of a workload's cells; empty where there are too few.

    Colours are executors, markers worker counts, and upright lines where a cell moved.
    """
    histories = histories_of(cells)
    if not histories:
        return ""
    executors = list(dict.fromkeys(cell.executor for cell, _ in histories))
    counts = sorted({cell.workers for cell, _ in histories})

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for cell, history in histories:
            speedups = [run.speedup for run in history.runs]
            axes.plot(
                speedups,
                color=COLOURS[executors.index(cell.executor) % len(COLOURS)],
                marker=MARKERS[counts.index(cell.workers) % len(MARKERS)],
                markevery=max(1, len(speedups) // MARKED),  # each is more letters than the line
                markersize=3.0,
                linewidth=0.9,
                label=label(cell.name),
            )
            for move in history.moves:
                axes.axvline(
                    history.runs.index(move.first), color=INK, linewidth=0.8, linestyle=":"
                )
        axes.yaxis.set_major_formatter(lambda value, _position: f"{value:g}x")
        axes.locator_params(axis="x", nbins=5, integer=True)
        axes.locator_params(axis="y", nbins=5)
        axes.set_xlabel("saved runs, oldest first")
        axes.grid(visible=True)
        figure.legend(fontsize=7.5, loc="outside right upper")

    moves = [f"{cell.name} {word_move(move)}" for cell, one in histories for move in one.moves]
    return draw(f"history of {title}", "; ".join(moves) or "no cell moved", (6.2, 2.6), paint)


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
