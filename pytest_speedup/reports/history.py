"""Histories as a table and as JSON."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pytest_speedup.model import Outcome, shown
from pytest_speedup.reports.terminal import print_to_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import Cell, Descent, History, Move, SavedCell

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
"""Letters of a commit's name, where there is no room for all."""


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
            Text(_name(cell)),
            str(len(speedups)),
            f"{speedups[0]:.2f}x",
            f"{speedups[-1]:.2f}x",
            Text(sparkline(speedups, encoding=encoding)),
            Text("\n".join(map(word_change, one.moves)), _style(one)),
        )
    return print_to_text([table], width=width, colour=colour)


def word_move(move: Move) -> str:
    """Word a move such as ``-18 % at 0007 (1a2b3c4d5..6e7f8a9b0)``."""
    between = word_commits(move, COMMIT)
    return f"{word_change(move)} ({between})" if between else word_change(move)


def word_change(move: Move) -> str:
    """Word by how much a cell moved, and with which saved run, such as ``-18 % at 0007``."""
    return f"{100 * (move.change - 1):+.0f} % at {number_of(move.first)}"


def word_commits(move: Move, letters: int | None = None) -> str:
    """Word between which commits a cell moved, as git takes them; empty where one is unknown.

    Args:
        move: where it moved.
        letters: of each name that are shown; None for all.
    """
    old, new = (shown(one.commit[:letters]) for one in (move.last, move.first))
    if not old or not new:
        return ""
    return new if old == new else f"{old}..{new}"


def number_of(run: SavedCell) -> str:
    """Name a saved run by its number."""
    return shown(run.run.partition("_")[0])


def render_commits(histories: Sequence[History]) -> list[str]:
    """Name the commits of each move whole, in a line that may be copied."""
    return [
        f"{_name(one.runs[-1].cell)} {word_change(move)}: {commits}"
        for one in histories
        for move in one.moves
        if (commits := word_commits(move))
    ]


def render_descents(descents: Sequence[Descent], fail: float) -> list[str]:
    """Say which cells fell too far from their best level, and of which too few runs can tell.

    Args:
        descents: of the cells.
        fail: what they may have fallen by, as a fraction.
    """
    fell = [one for one in descents if one.outcome is Outcome.REGRESSED]
    open_ones = [one for one in descents if one.outcome is Outcome.INCONCLUSIVE]
    passed = len(descents) - len(fell) - len(open_ones)
    word = "RED" if fell else "GREEN" if passed else "NOT GREEN"
    counts = f"{len(fell)} of {len(descents)} cells fell by {_percent(fail)} or more"
    rest = f", {len(open_ones)} are open" if open_ones else ""
    return [
        f"{word}: {counts} from their best level, {passed} did not{rest}",
        *map(_fallen, fell),
        *(f"{_name(one.cell)}: {one.reason}" for one in open_ones),
    ]


def _fallen(one: Descent) -> str:
    best, last = one.best, one.last
    return (
        f"{_name(one.cell)}: {best.speedup:.2f}x -> {last.speedup:.2f}x, {-100 * one.loss:+.1f} %, "
        f"best from {number_of(best.first)} to {number_of(best.last)}, "
        f"now since {number_of(last.first)}"
    )


def _name(cell: Cell) -> str:
    return f"{cell.title} {cell.name}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def render_history_json(histories: Sequence[History], descents: Sequence[Descent] = ()) -> str:
    """Render the same, with all figures, as an array of objects.

    Args:
        histories: of the cells.
        descents: of the same cells, where they were judged.
    """
    judged = {one.cell.id: {"descent": _judged(one)} for one in descents}
    documents = [_document(one) | judged.get(one.runs[-1].cell.id, {}) for one in histories]
    return json.dumps(documents, indent=1) + "\n"


def _judged(one: Descent) -> dict[str, object]:
    best, last = one.best, one.last
    return {
        "outcome": one.outcome.value,
        "runs": one.runs,
        "loss": one.loss,
        "best": {"speedup": best.speedup, "first_run": best.first.run, "last_run": best.last.run},
        "last": {"speedup": last.speedup, "first_run": last.first.run, "last_run": last.last.run},
        "noise": one.noise,
        "finest": one.finest,
        "reason": one.reason,
    }


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
