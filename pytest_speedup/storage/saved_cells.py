"""All saved runs of pytest-benchmark's storage, by cell."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_benchmark.logger import Logger
from pytest_benchmark.utils import get_machine_id, load_storage

from pytest_speedup.documents.fields import brief
from pytest_speedup.errors import SpeedupError
from pytest_speedup.storage.numbers import ALL_NUMBERED, in_order, numbered
from pytest_speedup.storage.saved_runs import read_run

if TYPE_CHECKING:
    from pytest_benchmark.storage.file import FileStorage

    from pytest_speedup.model import SavedCell

_NUMBER = re.compile(r"[0-9]{4,}")

SAVED_RUNS = f"*/{ALL_NUMBERED}"
"""Saved runs of every platform: one from another is incomparable, which is not nothing."""


def load_saved(folder: str, choice: str | None = None) -> dict[str, list[SavedCell]]:
    """Read saved runs.

    Args:
        folder: as in ``--benchmark-storage``.
        choice: as in ``--benchmark-compare``; None for all.

    Returns:
        The saved cells by id, oldest first.

    Raises:
        SpeedupError: a file cannot be read, or is damaged, or the storage is no folder.
    """
    if "://" in folder and not folder.startswith("file://"):
        message = (
            f"saved runs are compared with where they are files; {brief(folder)} is something "
            "else: give --benchmark-storage a folder, or leave it out"
        )
        raise SpeedupError(message)
    storage = load_storage(
        folder,
        logger=Logger(Logger.QUIET),
        default_machine_id=get_machine_id(),
        netrc="",
    )
    cells: dict[str, list[SavedCell]] = defaultdict(list)
    for path in _paths(storage, choice):
        for one in read_run(path):
            cells[one.cell.id].append(one)
    return dict(cells)


def _paths(storage: FileStorage, choice: str | None) -> list[Path]:
    """Find the saved runs of a choice, oldest first; a whole number means that run alone."""
    if choice is None:
        return numbered(storage.query(SAVED_RUNS))
    if _NUMBER.fullmatch(choice) and not Path(choice).is_file():
        return in_order(storage.query(f"{choice}_"))
    return in_order(storage.query(choice))
