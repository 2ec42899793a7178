"""The saved runs that pytest-benchmark's options choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.gate import Baseline, differences
from pytest_speedup.storage import load_saved

if TYPE_CHECKING:
    from pytest_speedup.model import SavedCell


def load_baselines(folder: str, choice: str | bool) -> dict[str, Baseline]:  # noqa: FBT001
    """Read what ``--benchmark-compare`` chooses, and all else that is saved, by cell.

    Args:
        folder: as in ``--benchmark-storage``.
        choice: as in ``--benchmark-compare``; True, which is the option without a value, chooses
            all saved runs, of which the last few count.

    Raises:
        SpeedupError: a file cannot be read, or is damaged.
    """
    history = load_saved(folder)
    of_choice = history if isinstance(choice, bool) else load_saved(folder, choice)
    return {
        cell: Baseline(_since_reset(of_choice[cell]), _since_reset(history.get(cell, [])))
        for cell in of_choice
    }


def _since_reset(saved: list[SavedCell]) -> list[SavedCell]:
    """Leave out what was saved before a run that begins a new baseline, and is comparable with it.

    What was saved on another Python or machine has a baseline of its own.
    """
    kept: list[SavedCell] = []
    for one in saved:
        if one.begins:
            kept = [old for old in kept if differences(old, one.cell, one.machine)]
        kept.append(one)
    return kept
