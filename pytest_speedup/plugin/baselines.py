"""The saved runs that pytest-benchmark's options choose."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_benchmark.logger import Logger
from pytest_benchmark.utils import get_machine_id, load_storage

from pytest_speedup.storage import read_run
from pytest_speedup.verdict import Baseline

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytest_speedup.model import SavedCell

SAVED_RUNS = "*/[0-9][0-9][0-9][0-9]_"
"""Saved runs of every platform: one from another is incomparable, which is not nothing."""


def load_baselines(folder: str, choice: str | bool) -> dict[str, Baseline]:  # noqa: FBT001
    """Read what ``--benchmark-compare`` chooses, and all else that is saved, by cell.

    Args:
        folder: as in ``--benchmark-storage``.
        choice: as in ``--benchmark-compare``; True, which is the option without a value, chooses
            all saved runs, of which the last few count.

    Raises:
        SpeedupError: a file cannot be read, or is damaged.
    """
    storage = load_storage(
        folder,
        logger=Logger(Logger.QUIET),
        default_machine_id=get_machine_id(),
        netrc="",
    )
    saved = storage.query(SAVED_RUNS)
    chosen = saved if choice is True else storage.query(choice)
    history = _by_cell(saved)
    of_choice = history if choice is True else _by_cell(chosen)
    return {
        cell: Baseline(_since_reset(of_choice[cell]), history.get(cell, ())) for cell in of_choice
    }


def _since_reset(saved: list[SavedCell]) -> list[SavedCell]:
    """Leave out what was saved before the last run that begins a new baseline."""
    begins = [index for index, one in enumerate(saved) if one.begins]
    return saved[max(begins, default=0) :]


def _by_cell(paths: Iterable[Path]) -> dict[str, list[SavedCell]]:
    cells: dict[str, list[SavedCell]] = defaultdict(list)
    for path in paths:
        for one in read_run(path):
            cells[one.cell.id].append(one)
    return dict(cells)
