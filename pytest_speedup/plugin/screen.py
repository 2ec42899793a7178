"""The terminal: what reports need to know of it, and where a run is."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from _pytest._io import TerminalWriter
from rich.cells import cell_len

from pytest_speedup.measurement import now
from pytest_speedup.model import short_name, shown
from pytest_speedup.reports import encodable, uncommanding, word_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from pytest_speedup.model import Step


def terminal_writer(config: pytest.Config) -> TerminalWriter | None:
    """Return pytest's writer; None where ``-p no:terminal`` leaves nothing to write to."""
    if not config.pluginmanager.hasplugin("terminalreporter"):
        return None
    return config.get_terminal_writer()


def encoding_of(writer: TerminalWriter) -> str:
    """Find how letters are encoded."""
    return getattr(writer._file, "encoding", None) or "ascii"  # noqa: SLF001 - no other way


@dataclass(frozen=True, slots=True)
class Screen:
    """Where pytest writes.

    Attributes:
        reporter: pytest's own.
    """

    reporter: pytest.TerminalReporter

    @property
    def width(self) -> int:
        """Columns."""
        return self.reporter.config.get_terminal_writer().fullwidth

    @property
    def colour(self) -> bool:
        """Whether it shows colours: as ``--color``, ``NO_COLOR`` and pytest have it."""
        return self.reporter.config.get_terminal_writer().hasmarkup

    @property
    def encoding(self) -> str:
        """How letters are encoded."""
        return encoding_of(self.reporter.config.get_terminal_writer())

    @property
    def is_terminal(self) -> bool:
        """Whether somebody looks at it; else it is a log, whose lines are searched."""
        return bool(self.reporter.config.get_terminal_writer()._file.isatty())  # noqa: SLF001

    def draw(self, text: str) -> None:
        """Write what is rendered already; pytest would spell out lines with a letter it lacks."""
        for line in text.split("\n"):
            self._write(line)

    def write(self, text: str, **markup: bool) -> None:
        """Write lines of text, spelled out where it is not printable.

        A terminal gets them wrapped on words, a log whole.
        """
        for line in text.split("\n"):
            harmless = shown(line)
            for part in _wrapped(harmless, self.width) if self.is_terminal else [harmless]:
                self._write(part, **markup)

    def command(self, line: str) -> None:
        """Write a line that a runner is to take for a command."""
        self.reporter.write_line(encodable(line, self.encoding))

    def _write(self, line: str, **markup: bool) -> None:
        self.reporter.write_line(encodable(uncommanding(line), self.encoding), **markup)


def _wrapped(line: str, width: int) -> list[str]:
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line,
        width - 1,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    ) or [line]


_SAVE_CURSOR, _RESTORE_CURSOR, _ERASE_TO_END = "\x1b7", "\x1b8", "\x1b[K"

SECONDS_BETWEEN_LINES = 60.0
"""How often a log, which nobody can take a line back from, is told where a comparison is."""


def redraws(writer: TerminalWriter) -> bool:
    """Whether what was written can be drawn anew: somebody looks at a terminal."""
    return bool(writer.hasmarkup and writer._file.isatty())  # noqa: SLF001 - no other way


class Progress:
    """Shows the cell that is being measured and the time that is left.

    It draws to the right of the cursor and puts the cursor back, so that pytest's own output
    goes on where it was.
    """

    def __init__(
        self, writer: TerminalWriter, cells: int, clock: Callable[[], float] = now
    ) -> None:
        """Stand at the first of the cells.

        Args:
            writer: pytest's.
            cells: how many there are.
            clock: tells seconds; their beginning does not matter.
        """
        self._writer = writer
        self._cells = cells
        self._done = 0
        self._clock = clock
        self._started: float | None = None

    def show(self, name: str) -> None:
        """Tell that the cell of that name is being measured."""
        if self._started is None:  # a comparison may have gone before the first cell
            self._started = self._clock()
        room = self._writer.fullwidth - self._writer.width_of_current_line - 1
        elapsed = self._clock() - self._started
        note = progress_note(shown(name), self._done, self._cells, elapsed, room)
        self._draw(encodable(note, encoding_of(self._writer)))

    def done(self) -> None:
        """Take the note away."""
        self._done += 1
        self._draw("")

    def _draw(self, note: str) -> None:
        position = self._writer.width_of_current_line
        self._writer.write_raw(f"{_SAVE_CURSOR}{_ERASE_TO_END}{note}{_RESTORE_CURSOR}", flush=True)
        # The writer counts what it is given: the cursor is back where it was.
        self._writer._current_line = self._writer._current_line[:position]  # noqa: SLF001


class ComparisonProgress:
    """Shows where a comparison with a base commit is, before pytest's dots begin.

    A terminal has one line, which is drawn anew with every step and taken away at the end; a log
    gets a line a minute.
    """

    def __init__(self, writer: TerminalWriter, clock: Callable[[], float] = now) -> None:
        """Stand at the beginning.

        Args:
            writer: pytest's.
            clock: tells seconds; their beginning does not matter.
        """
        self._writer = writer
        self._clock = clock
        self._told = clock()
        self._drawn = False

    @classmethod
    def of(cls, config: pytest.Config) -> ComparisonProgress:
        """Make one that shows nothing with ``-q``, or where pytest writes nothing."""
        writer = terminal_writer(config) if config.get_verbosity() >= 0 else None
        return cls(writer or TerminalWriter(StringIO()))

    def __call__(self, step: Step) -> None:
        """Tell what is done next."""
        if redraws(self._writer):
            note = encodable(step_note(step, self._writer.fullwidth - 1), encoding_of(self._writer))
            self._writer.write_raw(f"\r{note}{_ERASE_TO_END}", flush=True)
            self._drawn = True
        elif self._clock() - self._told >= SECONDS_BETWEEN_LINES:
            self._told = self._clock()
            note = encodable(step_note(step), encoding_of(self._writer))
            self._writer.line(f"speedup: {note}")
            self._writer.flush()

    def over(self) -> None:
        """Take the line away."""
        if self._drawn:
            self._writer.write_raw(f"\r{_ERASE_TO_END}", flush=True)
            self._drawn = False


def progress_note(name: str, done: int, cells: int, elapsed: float, room: float = math.inf) -> str:
    """Word the note; the time left is known once a cell is done.

    Args:
        name: of the cell that is measured.
        done: cells that are done.
        cells: how many there are.
        elapsed: seconds that those that are done took.
        room: columns that there are. The name is cut first, and the time that is left last.
    """
    parts = [f"cell {done + 1} of {cells}"]
    if done:
        parts.append(f"{elapsed / done * (cells - done):.0f} s left")
    name = _cut(name, room - len(f"  : {', '.join(parts)}"))
    if not name:
        return _fitting(parts, room)
    return f"  {name}: {', '.join(parts)}"


def _fitting(parts: Sequence[str], room: float) -> str:
    """Join as many of the last parts as there is room for."""
    for first in range(len(parts)):
        joined = ", ".join(parts[first:])
        if cell_len(joined) <= room:
            return joined
    return parts[-1][: max(0, int(room))]


def step_note(step: Step, room: float = math.inf) -> str:
    """Word where a comparison is: ``block 2 of at most 7, fetch, 31 of 104 cells decided, ...``.

    Args:
        step: what is done next.
        room: columns that there are. The name of the workload is cut first, then the block, and
            the time that is left last.
    """
    block = f"block {step.block} of at most {step.most}"
    state = f"{step.decided} of {word_cells(step.cells)} decided"
    left = _word_left(step.seconds_left)
    name = _cut(short_name(step.workload), room - len(f"{block}, , {state}, {left}"))
    return _fitting([part for part in (block, name, state, left) if part], room)


def _cut(name: str, room: float) -> str:
    """Shorten a name to as many columns; empty where nothing can be told of it."""
    if cell_len(name) <= room:
        return name
    kept = next((end for end in range(len(name), 0, -1) if cell_len(name[:end]) < room), 0)
    return f"{name[:kept]}…" if kept else ""


def _word_left(seconds: float) -> str:
    return f"about {seconds:.0f} s left" if seconds > 0 else "confirming a loss"
