"""Turning rich's tables into text for a terminal of a given width."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType


def encodable(text: str, encoding: str) -> str:
    """Replace letters that an encoding has not got by question marks."""
    return text.encode(encoding, "replace").decode(encoding)


def print_to_text(what: Iterable[RenderableType], *, width: int, colour: bool) -> str:
    """Print one thing below the other.

    Args:
        what: to be printed.
        width: columns of the terminal.
        colour: whether it shows colours.
    """
    console = Console(
        file=StringIO(),
        width=width,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    with console.capture() as capture:
        for one in what:
            console.print(one)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())
