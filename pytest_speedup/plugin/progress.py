"""Where a run is: a note behind pytest's dots, gone when the cell is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.measurement import now

if TYPE_CHECKING:
    from _pytest._io import TerminalWriter

_SAVE_CURSOR, _RESTORE_CURSOR, _ERASE_TO_END = "\x1b7", "\x1b8", "\x1b[K"


class Progress:
    """Shows the cell that is being measured and the time that is left.

    It draws to the right of the cursor and puts the cursor back, so that pytest's own output
    goes on where it was.
    """

    def __init__(self, writer: TerminalWriter, cells: int) -> None:
        """Stand at the first of ``cells`` cells."""
        self._writer = writer
        self._cells = cells
        self._done = 0
        self._started = now()

    def show(self, name: str) -> None:
        """Tell that the cell of that name is being measured."""
        room = self._writer.fullwidth - self._writer.width_of_current_line - 1
        self._draw(progress_note(name, self._done, self._cells, now() - self._started)[:room])

    def done(self) -> None:
        """Take the note away."""
        self._done += 1
        self._draw("")

    def _draw(self, note: str) -> None:
        position = self._writer.width_of_current_line
        self._writer.write_raw(f"{_SAVE_CURSOR}{_ERASE_TO_END}{note}{_RESTORE_CURSOR}", flush=True)
        # The writer counts what it is given: the cursor is back where it was.
        self._writer._current_line = self._writer._current_line[:position]  # noqa: SLF001


def progress_note(name: str, done: int, cells: int, elapsed: float) -> str:
    """Word the note; the time left is known once a cell is done."""
    note = f"  {name}: cell {done + 1} of {cells}"
    if not done:
        return note
    return f"{note}, {elapsed / done * (cells - done):.0f} s left"
