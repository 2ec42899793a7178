"""The cells of a comparison with a base commit, one a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pytest_speedup.model import Fails, short_name
from pytest_speedup.reports.console import print_to_text
from pytest_speedup.reports.wording import word_change, word_share, word_speedup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_speedup.model import Verdict

NUMBERS = ("base", "head", "margin")

RED, GREEN, YELLOW = "bold red", "green", "yellow"


def style_of(verdict: Verdict) -> str:
    """The colour of an outcome's word; an accepted loss is no red one."""
    if verdict.acknowledged is not None:
        return YELLOW
    if verdict.outcome.fails in (Fails.ALWAYS, Fails.UNLESS_ALLOWED):
        return RED
    return GREEN if verdict.outcome.is_decided else YELLOW


def render_differences(verdicts: Iterable[Verdict], *, width: int, colour: bool) -> str:
    """Render a row for each cell: speedup of base and head, change, margin and outcome.

    A column that would be empty is left out.

    Args:
        verdicts: of a comparison with a base commit.
        width: columns of the terminal.
        colour: whether it shows colours.
    """
    rows = [(_row(one), style_of(one)) for one in verdicts]
    names = [name for name in ("cell", *COLUMNS) if any(row[name] for row, _ in rows)]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for name in names:
        table.add_column(
            name,
            justify="right" if name in NUMBERS else "left",
            no_wrap=name != "cell",
            overflow="fold",
        )
    for row, style in rows:
        table.add_row(*(Text(row[name], style if name == "outcome" else "") for name in names))
    return print_to_text([table], width=width, colour=colour)


COLUMNS: Sequence[str] = ("base", "head", "change", "margin", "outcome")


def _row(verdict: Verdict) -> dict[str, str]:
    return {
        "cell": short_name(verdict.cell),
        "base": "" if verdict.before is None else word_speedup(verdict.before),
        "head": "" if verdict.speedup is None else word_speedup(verdict.speedup),
        "change": "" if verdict.change is None else word_change(verdict.change),
        "margin": "" if verdict.margin is None else word_share(verdict.margin),
        "outcome": verdict.outcome.value,
    }
