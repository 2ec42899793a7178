"""The cells of a comparison with a base commit, one a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.model import short_name
from pytest_speedup.reports.wording import word_cell, word_change

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_speedup.model import Verdict


def render_differences(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Render a line for each cell that was compared: name, change of speedup, and verdict."""
    compared = [(one, one.change) for one in verdicts if one.change is not None]
    width = max((len(short_name(one.cell)) for one, _ in compared), default=0)
    for one, change in compared:
        yield f"{short_name(one.cell):{width}}  {word_change(change):24}{word_cell(one)}"
