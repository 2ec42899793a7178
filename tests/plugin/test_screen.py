from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pytest_speedup.model import Step
from pytest_speedup.plugin.screen import ComparisonProgress, progress_note, step_note

if TYPE_CHECKING:
    from _pytest._io import TerminalWriter

STEP = Step(2, 7, "test_fetch.py::test_fetch", 2, 240.0)
NOTE = "speedup: block 2 of at most 7, fetch, 2 undecided, at most 240 s left"


def test_the_first_cell_has_no_estimate() -> None:
    """Nothing is known yet of how long a cell takes."""
    assert progress_note("test_work[thread-2]", 0, 4, 0.0) == "  test_work[thread-2]: cell 1 of 4"


def test_time_left_follows_from_the_cells_so_far() -> None:
    """Two cells took 10 s, so four more take 20."""
    assert progress_note("x", 2, 6, 10.0) == "  x: cell 3 of 6, 20 s left"


def test_a_step_is_worded_in_a_line() -> None:
    """Where there is little room the name is cut first, and a loss that is confirmed has no end."""
    assert step_note(STEP, 80) == NOTE
    assert step_note(STEP, len(NOTE) - 2) == NOTE.replace("fetch", "fe…")
    assert len(step_note(STEP, 10)) == 10
    assert step_note(Step(6, 7, "a", 1, -3.0), 80).endswith("1 undecided, confirming a loss")


class Writer:
    """What pytest writes with."""

    def __init__(self, *, is_terminal: bool) -> None:
        self.written: list[str] = []
        self.fullwidth, self.hasmarkup = 80, is_terminal
        self.isatty = lambda: is_terminal
        self._file = self

    def write_raw(self, text: str, *, flush: bool) -> None:
        assert flush
        self.written.append(text)

    def line(self, text: str) -> None:
        self.written.append(f"{text}\n")


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


def test_a_log_has_a_line_a_minute() -> None:
    """It cannot be taken back."""
    writer = Writer(is_terminal=False)
    shown = progress(writer, [0.0, 59.0, 60.0, 60.0, 119.0, 120.0, 120.0])
    for _ in range(4):
        shown(STEP)
    shown.over()
    assert writer.written == [f"{NOTE}\n"] * 2
