"""The picture of a workload's history: the speedups of its cells in saved runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pytest_speedup.reports.history import word_move
from pytest_speedup.reports.html.pictures import COLOURS, INK, MARKERS, draw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from pytest_speedup.model import Cell, CellReport, History

FEWEST = 3
"""Runs that make a history."""


def histories_of(cells: Sequence[CellReport]) -> list[tuple[Cell, History]]:
    """Choose the cells that have a history."""
    return [
        (one.cell, one.history)
        for one in cells
        if one.cell is not None and one.history is not None and len(one.history.runs) >= FEWEST
    ]


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
            speedups = [math.exp(run.readings.speedup.value) for run in history.runs]
            axes.plot(
                speedups,
                color=COLOURS[executors.index(cell.executor) % len(COLOURS)],
                marker=MARKERS[counts.index(cell.workers) % len(MARKERS)],
                markersize=3.0,
                linewidth=0.9,
                label=cell.name,
            )
            for move in history.moves:
                axes.axvline(
                    history.runs.index(move.first), color=INK, linewidth=0.8, linestyle=":"
                )
        axes.set_yscale("log", base=2)
        axes.yaxis.set_major_formatter(lambda value, _position: f"{value:g}x")
        axes.set_xlabel("saved runs, oldest first")
        axes.grid(visible=True)
        figure.legend(fontsize=7.5, loc="outside right upper")

    moves = [f"{cell.name} {word_move(move)}" for cell, one in histories for move in one.moves]
    return draw(f"history of {title}", "; ".join(moves) or "no cell moved", (6.5, 2.8), paint)
