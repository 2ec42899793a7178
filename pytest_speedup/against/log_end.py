"""The end of what a process said, however much that was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytest_speedup.model import shown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MOST_BYTES = 64 * 1024


def last_lines(log: Path, count: int) -> list[str]:
    """Read the last lines of a file.

    Raises:
        OSError: it cannot be read.
    """
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - MOST_BYTES))
        said = file.read(MOST_BYTES).decode(errors="replace")
    return said.splitlines()[-count:]


def quote(lines: Iterable[str]) -> list[str]:
    """Show lines as somebody else's: a runner takes what begins with two colons for a command."""
    return [f"  | {shown(line)}" for line in lines]
