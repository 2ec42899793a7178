"""The numbers of saved runs: four digits, and more from the ten thousandth on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NUMBERED = re.compile(r"([0-9]{4,})_")

ALL_NUMBERED = "[0-9][0-9][0-9][0-9]*_"
"""Pattern of the names of saved runs, beside whatever else begins with four digits."""


def numbered(paths: Iterable[Path]) -> list[Path]:
    """Choose the saved runs among files, oldest first."""
    return in_order(path for path in paths if _NUMBERED.match(path.name))


def in_order(paths: Iterable[Path]) -> list[Path]:
    """Sort saved runs by their numbers, which as text would put 10000 before 9999."""
    return sorted(paths, key=lambda path: (*run_order(path.name), path.parent))


def run_order(name: str) -> tuple[int, str]:
    """Say where a saved run stands among others, by the name of its file."""
    found = _NUMBERED.match(name)
    return (0 if found is None else int(found[1]), name)


def last_number(folder: Path) -> int:
    """Return the highest number in a folder, 0 where there is none."""
    return max((run_order(path.name)[0] for path in folder.glob(f"{ALL_NUMBERED}*")), default=0)
