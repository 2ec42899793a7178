"""Which saved runs are compared with which: what somebody named, or the newest with all before it.

Cells that failed or were red are not saved: a run can be without any, and is no run that passed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_speedup.documents import brief
from pytest_speedup.errors import SpeedupError
from pytest_speedup.storage.places import without_password
from pytest_speedup.storage.saved import run_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import SavedCell
    from pytest_speedup.storage.places import SavedRun, SavedRuns

SAVE = "save runs with pytest --benchmark-only --benchmark-autosave"

NO_CELLS = "has no cells of speedup"

NAMES = "name a number such as 0001, a file, or a name with wildcards"


@dataclass(frozen=True, slots=True)
class ReadRun:
    """A saved run that was read.

    Attributes:
        run: the run.
        cells: its cells of speedup.
    """

    run: SavedRun
    cells: tuple[SavedCell, ...]

    @property
    def order(self) -> tuple[str, tuple[int, str], str]:
        """Where it stands among others that have cells: by its date, or else by its number."""
        first = self.cells[0]
        return first.created, run_order(first.run), self.run.place

    def only(self, name: str) -> ReadRun:
        """Leave out all cells but those with a part of their names."""
        return replace(self, cells=tuple(one for one in self.cells if name in one.cell.id))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The runs that are compared, each oldest first.

    Attributes:
        before: what is compared with, at least one.
        now: what is judged, at least one; the last is the run, and others are more blocks of it.
        history: what is saved of before, which tells how much runs differ.
        head: a cell of the run that is judged, which tells where and of what that was measured.
        is_named: whether the user said what to compare with.
    """

    before: Sequence[ReadRun]
    now: Sequence[ReadRun]
    history: Sequence[ReadRun]
    head: SavedCell
    is_named: bool

    def only(self, name: str) -> Chosen:
        """Leave out all cells but those with a part of their names."""
        before, now, history = (
            [one.only(name) for one in runs] for runs in (self.before, self.now, self.history)
        )
        return replace(self, before=before, now=now, history=history)


def choose_runs(runs: SavedRuns, storage: str, before: str | None, now: str | None) -> Chosen:
    """Find the runs that are compared.

    Args:
        runs: all that are saved.
        storage: where, as the user said.
        before: what to compare with; None for all runs before the one that is judged.
        now: what is judged; None for the newest run.

    Raises:
        SpeedupError: there are none, or one cannot be read.
    """
    storage = without_password(storage)
    every = [_read(one) for one in runs.all()]
    known = sorted((one for one in every if one.cells), key=lambda one: one.order)
    judged = _newest(known, every, storage) if now is None else _judged(runs, now, storage)
    own, last = {one.run.place for one in judged}, judged[-1]
    others = [one for one in known if one.run.place not in own]
    earlier = [one for one in others if one.order < last.order]
    named = earlier if before is None else _named(runs, before, storage)
    chosen = [one for one in named if one.run.place not in own]
    if not chosen:
        what = "no saved run is before it" if before is None else f"{brief(before)} is nothing else"
        message = f"{last.cells[0].run} is what is judged, and {what}: name another, or {SAVE}"
        raise SpeedupError(message)
    history = {one.run.place: one for one in [*earlier, *chosen]}
    return Chosen(
        before=chosen,
        now=judged,
        history=sorted(history.values(), key=lambda one: one.order),
        head=last.cells[0],
        is_named=before is not None,
    )


def _newest(known: Sequence[ReadRun], every: Sequence[ReadRun], storage: str) -> list[ReadRun]:
    """Choose the newest run, and not the last but one where nothing of the newest was saved."""
    if not known:
        message = f"{brief(storage)} has no saved cells; {SAVE}"
        raise SpeedupError(message)
    newest = known[-1]
    folder = Path(newest.run.place).parent
    after = every[every.index(newest) + 1 :]
    empty = [one for one in after if not one.cells and Path(one.run.place).parent == folder]
    if empty:
        message = (
            f"{Path(empty[-1].run.place).name} was saved after {newest.cells[0].run} and has no "
            "cells of speedup, as where all of them failed: name the runs that are compared"
        )
        raise SpeedupError(message)
    return [newest]


def _read(run: SavedRun) -> ReadRun:
    return ReadRun(run, tuple(run.cells()))


def _named(runs: SavedRuns, name: str, storage: str) -> list[ReadRun]:
    """Read the runs that a name means, those of other benchmarks left out."""
    found = [_read(one) for one in runs.named(name)] if name else []
    with_cells = sorted((one for one in found if one.cells), key=lambda one: one.order)
    if with_cells:
        return with_cells
    why = NO_CELLS if found else f"is no saved run in {brief(storage)}"
    message = f"{brief(name)} {why}: {NAMES}"
    raise SpeedupError(message)


def _judged(runs: SavedRuns, name: str, storage: str) -> list[ReadRun]:
    """Read the runs that are judged: none of them is left out for having nothing to judge."""
    found = _named(runs, name, storage)
    places = {one.run.place for one in found}
    empty = [one for one in runs.named(name) if one.place not in places]
    if empty:
        message = f"{Path(empty[0].place).name} {NO_CELLS}, and is to be judged: name others as B"
        raise SpeedupError(message)
    return found
