"""A workload's history: the speedups of its cells in saved runs, as a picture and as a table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pytest_speedup.reports.history import COMMIT, word_move
from pytest_speedup.reports.html.pictures import COLOURS, INK, MARKERS, draw, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from pytest_speedup.model import Cell, CellReport, History

FEWEST = 3
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
        if one.cell is not None and one.history is not None and len(one.history.runs) >= FEWEST
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
