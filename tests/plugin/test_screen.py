from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import cast

import pytest
from _pytest._io import TerminalWriter
from rich.cells import cell_len

from pytest_speedup.model import Step
from pytest_speedup.plugin.screen import ComparisonProgress, Progress, progress_note, step_note
from pytest_speedup.reports import word_ahead

STEP = Step(2, 7, "test_fetch.py::test_fetch", 31, 104, 240.0)
NOTE = "block 2 of at most 7, fetch, 31 of 104 cells decided, about 240 s left"


def test_the_first_cell_has_no_estimate() -> None:
    """Nothing is known yet of how long a cell takes."""
    assert progress_note("test_work[thread-2]", 0, 4, 0.0) == "  test_work[thread-2]: cell 1 of 4"


def test_time_left_follows_from_the_cells_so_far() -> None:
    """Two cells took 10 s, so four more take 20."""
    assert progress_note("x", 2, 6, 10.0) == "  x: cell 3 of 6, 20 s left"


@pytest.mark.parametrize(
    ("room", "note"),
    [
        (40, "  work[thread-2]: cell 3 of 6, 20 s left"),
        (33, "  work[t…: cell 3 of 6, 20 s left"),
        (25, "cell 3 of 6, 20 s left"),
        (20, "20 s left"),
        (4, "20 s"),
        (-3, ""),
    ],
)
def test_behind_the_dots_the_name_is_cut_first(room: int, note: str) -> None:
    """There is less room with every one of them."""
    assert progress_note("work[thread-2]", 2, 6, 10.0, room) == note


def test_time_is_counted_from_the_first_cell_on() -> None:
    """What went before it, such as a whole comparison, says nothing of how long one takes."""
    writer = Writer(is_terminal=True)
    shown = Progress(cast("TerminalWriter", writer), 3, iter([100.0, 100.0, 104.0]).__next__)
    shown.show("a")
    shown.done()
    shown.show("b")
    assert "  b: cell 2 of 3, 8 s left" in writer.written[-1]


def test_a_step_is_worded_in_a_line() -> None:
    """A loss that is being confirmed has no end that is known."""
    assert step_note(STEP) == NOTE
    late = Step(6, 7, "a", 0, 1, -3.0)
    assert step_note(late) == "block 6 of at most 7, a, 0 of 1 cell decided, confirming a loss"


@pytest.mark.parametrize(
    ("room", "note"),
    [
        (len(NOTE), NOTE),
        (len(NOTE) - 2, NOTE.replace("fetch", "fe…")),
        (len(NOTE) - 5, NOTE.replace("fetch, ", "")),
        (60, "31 of 104 cells decided, about 240 s left"),
        (20, "about 240 s left"),
        (5, "about"),
        (0, ""),
    ],
)
def test_the_name_is_cut_first_and_the_time_left_last(room: int, note: str) -> None:
    """The line never fills more columns than there are, or what is drawn anew stays behind."""
    assert step_note(STEP, room) == note


@pytest.mark.parametrize(
    "name", ["x" * 300, "測" * 300, "e\u0301" * 300, "🧪" * 9, "\x1b[2J\r" * 9]
)
@pytest.mark.parametrize("room", range(40, 100, 7))
def test_no_name_takes_more_columns_than_there_are(name: str, room: int) -> None:
    """Wide letters take two, others none, and a terminal's commands are spelled out."""
    note = step_note(Step(2, 7, f"a.py::test_{name}", 310, 1_000, 1_240.0), room)
    assert cell_len(note) <= room
    assert note.endswith("about 1240 s left")
    assert note.isprintable()


class Writer:
    """What pytest writes with."""

    def __init__(self, *, is_terminal: bool, encoding: str = "utf-8") -> None:
        self.written: list[str] = []
        self.fullwidth, self.hasmarkup = 80, is_terminal
        self.encoding = encoding
        self.width_of_current_line, self._current_line = 0, ""
        self.isatty = lambda: is_terminal
        self._file = self

    def write_raw(self, text: str, *, flush: bool) -> None:
        assert flush
        self.written.append(text)

    def line(self, text: str) -> None:
        self.written.append(f"{text}\n")

    def flush(self) -> None:
        self.written.append("")


def progress(writer: Writer, seconds: list[float]) -> ComparisonProgress:
    return ComparisonProgress(cast("TerminalWriter", writer), iter(seconds).__next__)


def test_a_terminal_has_one_line_that_goes_away() -> None:
    """Drawn anew with each step."""
    writer = Writer(is_terminal=True)
    shown = progress(writer, [0.0])
    shown(STEP)
    shown(STEP)
    shown.over()
    shown.over()
    assert writer.written == [f"\r{NOTE}\x1b[K"] * 2 + ["\r\x1b[K"]


def test_a_terminal_that_lacks_letters_gets_others() -> None:
    """pytest would spell out the commands as well, which then stay on the screen."""
    writer = Writer(is_terminal=True, encoding="ascii")
    progress(writer, [0.0])(replace(STEP, workload="x" * 99))
    (drawn,) = writer.written
    assert drawn.isascii()
    assert len(drawn) == len("\r\x1b[K") + writer.fullwidth - 1


def test_a_log_has_a_line_a_minute() -> None:
    """It cannot be taken back, and is searched: it is never cut."""
    writer = Writer(is_terminal=False)
    writer.fullwidth = 20
    shown = progress(writer, [0.0, 59.0, 60.0, 60.0, 119.0, 120.0, 120.0])
    for _ in range(4):
        shown(STEP)
    shown.over()
    assert writer.written == [f"speedup: {NOTE}\n", ""] * 2


@pytest.mark.parametrize(
    ("options", "lines"), [((), 1), (("-v",), 1), (("-q",), 0), (("-p", "no:terminal"), 0)]
)
def test_who_wants_it_quiet_is_told_nothing(
    pytester: pytest.Pytester, options: tuple[str, ...], lines: int
) -> None:
    """Be that with ``-q``, or without anything that writes."""
    config = pytester.parseconfigure(*options)
    file = StringIO()
    config.get_terminal_writer = lambda: TerminalWriter(file)  # type: ignore[method-assign]
    shown = ComparisonProgress.of(config)
    shown._told = -1e9  # noqa: SLF001 - a minute is over
    shown(STEP)
    assert file.getvalue().count(NOTE) == lines


@pytest.mark.parametrize(
    ("cells", "seconds", "most", "words"),
    [
        (540, 360.0, 370.0, "540 cells, about 6 minutes"),
        (1, 89.4, 89.4, "1 cell, about 89 s"),
        (2, 90.0, 90.0, "2 cells, about 2 minutes"),
        (2, 0.2, 0.2, "2 cells, about 1 s"),
        (9_000, 5_400.0, 5_400.0, "9000 cells, about 1.5 hours"),
        (8, 28.0, 300.0, "8 cells, about 28 s, up to 5 minutes where turns are long or vary"),
    ],
)
def test_what_is_ahead_is_worded(cells: int, seconds: float, most: float, words: str) -> None:
    """In the unit that is read at once, and as far as it may go."""
    assert word_ahead(cells, seconds, most) == words
