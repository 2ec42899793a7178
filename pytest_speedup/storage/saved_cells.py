"""All saved runs of pytest-benchmark's storage, by cell."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_benchmark.logger import Logger
from pytest_benchmark.utils import get_machine_id, load_storage

from pytest_speedup.storage.saved_runs import read_run

if TYPE_CHECKING:
    from pytest_speedup.model import SavedCell

SAVED_RUNS = "*/[0-9][0-9][0-9][0-9]_"
"""Saved runs of every platform: one from another is incomparable, which is not nothing."""


def load_saved(folder: str, choice: str | None = None) -> dict[str, list[SavedCell]]:
    """Read saved runs.

    Args:
        folder: as in ``--benchmark-storage``.
        choice: as in ``--benchmark-compare``; None for all.

    Returns:
        The saved cells by id, oldest first.

    Raises:
        SpeedupError: a file cannot be read, or is damaged.
    """
    storage = load_storage(
        folder,
        logger=Logger(Logger.QUIET),
        default_machine_id=get_machine_id(),
        netrc="",
    )
    cells: dict[str, list[SavedCell]] = defaultdict(list)
    for path in storage.query(SAVED_RUNS if choice is None else choice):
        for one in read_run(path):
            cells[one.cell.id].append(one)
    return dict(cells)
