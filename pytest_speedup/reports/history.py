"""Histories as a table and as JSON."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pytest_speedup.model import shown
from pytest_speedup.reports.terminal import print_to_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import History, Move

BARS = "▁▂▃▄▅▆▇█"
LETTERS = "_.-=*#"
"""For terminals that have no bars."""

MAX_SHOWN_VALUES = 20
"""Values that are shown, the last ones."""

FLAT = 0.05
"""Spread, as a share of the largest value, that fills a line: less is noise and looks flat."""


def sparkline(values: Sequence[float], *, encoding: str) -> str:
    """Draw the last values, from the smallest to the largest of them.

    Args:
        values: positive numbers, in order.
        encoding: of the terminal.
    """
    signs = BARS if _can_show(encoding) else LETTERS
    shown = values[-MAX_SHOWN_VALUES:]
    if not shown:
        return ""
    high = max(shown)
    low = min(*shown, high * (1 - FLAT))
    scale = (len(signs) - 1) / (high - low)
    return "".join(signs[round((value - low) * scale)] for value in shown)


def _can_show(encoding: str) -> bool:
    try:
        BARS.encode(codecs.lookup(encoding).name)
    except (LookupError, UnicodeEncodeError):
        return False
    return True


COMMIT = 9
"""Letters of a commit's name."""


def render_history(histories: Sequence[History], *, width: int, colour: bool, encoding: str) -> str:
    """Render a row for each cell: its first and last speedup, its trend, and where it moved.

    Args:
        histories: of the cells.
        width: columns of the terminal.
        colour: whether it shows colours.
        encoding: of what it shows.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="")
    table.add_column("cell")
    for name in ("runs", "first", "last"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("trend", no_wrap=True)
    table.add_column("moved")
    for one in histories:
        speedups = [run.speedup for run in one.runs]
        cell = one.runs[-1].cell
        table.add_row(
            Text(f"{cell.title} {cell.name}"),
            str(len(speedups)),
            f"{speedups[0]:.2f}x",
            f"{speedups[-1]:.2f}x",
            Text(sparkline(speedups, encoding=encoding)),
            Text("\n".join(map(word_move, one.moves)), _style(one)),
        )
    return print_to_text([table], width=width, colour=colour)


def word_move(move: Move) -> str:
    """Word a move such as ``-18 % at 0007 (1a2b3c4d5..6e7f8a9b0)``."""
    change = f"{100 * (move.change - 1):+.0f} % at {shown(move.first.run.partition('_')[0])}"
    old, new = (shown(one.commit[:COMMIT]) for one in (move.last, move.first))
    if not old or not new:
        return change
    return f"{change} ({new if old == new else f'{old}..{new}'})"


def render_history_json(histories: Sequence[History]) -> str:
    """Render the same, with all figures, as an array of objects."""
    return json.dumps([_document(one) for one in histories], indent=1) + "\n"


def _document(one: History) -> dict[str, object]:
    cell = one.runs[-1].cell
    return {
        "id": cell.id,
        "left_out": one.left_out,
        "runs": [
            {
                "run": run.run,
                "created": run.created,
                "commit": run.commit,
                "speedup": run.speedup,
            }
            for run in one.runs
        ],
        "moves": [
            {
                "before": move.before,
                "after": move.after,
                "last_run": move.last.run,
                "first_run": move.first.run,
                "last_commit": move.last.commit,
                "first_commit": move.first.commit,
            }
            for move in one.moves
        ],
    }


def _style(one: History) -> str:
    if not one.moves:
        return ""
    return "red" if one.moves[-1].change < 1 else "green"
