"""Cells that are shown together: those that passed alike, and those of which the same is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from pytest_speedup.model import shown
from pytest_speedup.reports.standing import cut_name, gravest_verdicts, word_names, word_span
from pytest_speedup.reports.terminal import print_to_text
from pytest_speedup.reports.words import NOTHING_TO_LOSE, remark_on, word_cells, word_share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_speedup.model import CleanGroup, Span, Standing, Verdict

EVERYTHING = "all files"
"""What a group of cells of several files is called."""


def word_group(group: CleanGroup) -> str:
    """Word in a line what passed, such as ``fetch: 3 cells passed (thread 2 to 8), ...``."""
    what = f"{_title(group)}: {word_cells(len(group.cells))} passed"
    return f"{what}{_word_where(group)}, {_word_ruled_out(group)}"


def _title(group: CleanGroup) -> str:
    return cut_name(shown(group.title or EVERYTHING))


def _word_where(group: CleanGroup) -> str:
    where = word_spans(group)
    return f" ({where})" if where else ""


def word_spans(group: CleanGroup) -> str:
    """Word which cells they are: ``thread 2 to 4 and 8, process 2``, or ``in 12 workloads``."""
    if group.workloads > 1:
        return f"in {group.workloads} workloads"
    return ", ".join(
        f"{shown(executor)} {' and '.join(map(_word_span, spans))}"
        for executor, spans in group.spans
    )


def _word_span(span: Span) -> str:
    fewest, most = span
    return f"{fewest}" if fewest == most else f"{fewest} to {most}"


def _word_ruled_out(group: CleanGroup) -> str:
    which = "it" if len(group.cells) == 1 else "each"
    words = f"{which} lost under {word_share(group.ruled_out)}"
    return words if group.watches else f"{words}, {NOTHING_TO_LOSE}"


EACH = "-v shows each cell that passed"

CLEAN_COLUMNS = ("passed", "cells", "with", "margin", "lost under")
TEXTS = ("passed", "with")
GAP = 2
"""Columns of the table, those that hold no figures, and the blanks behind each."""


def render_clean(groups: Sequence[CleanGroup], *, width: int, colour: bool) -> str:
    """Render a row for each group, in one line; empty where there is none.

    Args:
        groups: cells that passed.
        width: columns of the terminal; what is longer is cut.
        colour: whether it shows colours.
    """
    if not groups:
        return ""
    rows = [_row(one) for one in groups]
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="dim")
    for name, room in zip(CLEAN_COLUMNS, _rooms(rows, width), strict=True):
        table.add_column(
            name,
            justify="left" if name in TEXTS else "right",
            no_wrap=True,
            overflow="ellipsis",
            max_width=room,
        )
    for row in rows:
        table.add_row(*map(Text, row))
    return print_to_text([table, Text(EACH, "dim")], width=width, colour=colour)


def _rooms(rows: Sequence[tuple[str, ...]], width: int) -> list[int]:
    """Share the columns of the terminal out: figures are never cut, names and executors may be."""
    named = [CLEAN_COLUMNS, *rows]
    longest = [max(map(cell_len, column)) for column in zip(*named, strict=True)]
    left = width - GAP * len(longest)
    left -= sum(
        most for name, most in zip(CLEAN_COLUMNS, longest, strict=True) if name not in TEXTS
    )
    longest[0] = max(1, min(longest[0], max(left // 2, left - longest[2])))
    longest[2] = max(1, min(longest[2], left - longest[0]))
    return longest


def _row(group: CleanGroup) -> tuple[str, ...]:
    return (
        _title(group),
        str(len(group.cells)),
        word_spans(group) if group.watches else f"{word_spans(group)}: {NOTHING_TO_LOSE}",
        word_span(*group.margins),
        word_share(group.ruled_out),
    )


def word_remarks_together(verdicts: Iterable[Verdict], standing: Standing) -> Iterator[str]:
    """Word each remark once, with the cells that it is made on, those first that fail the run.

    What a table of changes says of a cell is not repeated.

    Args:
        verdicts: cells that deserve a line.
        standing: what the cells of the run came to together.
    """
    alike: dict[str, list[Verdict]] = {}
    for one in gravest_verdicts(verdicts, standing):
        remarks = remark_on(one)
        if remarks:
            alike.setdefault(", ".join([one.outcome.value, *remarks]), []).append(one)
    for words, some in alike.items():
        yield f"{word_names(some)}: {words}"
