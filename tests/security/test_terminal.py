"""What is printed: no command to a terminal, and none to the runner that shows it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, cast
from xml.etree import ElementTree as ET

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.plugin.screen import Screen
from pytest_speedup.reports import (
    junit_properties,
    render_commands,
    render_differences,
    render_history,
    render_history_json,
    render_json,
    render_poor,
    render_tables,
    uncommanding,
    word_loss,
    word_verdict,
)
from pytest_speedup.statistics import summarize
from tests.samples import make_cell, make_samples
from tests.security.hostile import TEXTS, hostile_cell, hostile_report, hostile_verdicts

if TYPE_CHECKING:
    from pytest_speedup.model import History, Summary

OURS = re.compile(r"\x1b\[[0-9;]*m")
"""Colours."""


def hostile_summary(text: str) -> Summary:
    cell = replace(make_cell(), id=text, workload=f"x.py::test_{text}", executor=text, size=text)
    return summarize(make_samples(cell=cell))


def history_of(text: str) -> History:
    history = hostile_cell(text).history
    assert history is not None
    runs = tuple(replace(run, cell=hostile_summary(text).samples.cell) for run in history.runs)
    return replace(history, runs=runs)


def printed(text: str) -> list[str]:
    """Whatever the terminal shows of such names."""
    summary, verdicts = hostile_summary(text), hostile_verdicts(text)
    cell = summary.samples.cell
    tables = render_tables([summary], {cell.id: verdicts[0]}, {}, width=100, colour=True)
    history = render_history([history_of(text)], width=100, colour=True, encoding="utf-8")
    return [
        *tables.split("\n"),
        *history.split("\n"),
        *render_differences(verdicts, width=100, colour=True).split("\n"),
        *render_poor([summary]),
        *map(word_verdict, verdicts),
        *word_loss(cell, verdicts[0], "seen twice").split("\n"),
    ]


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_but_colours_is_a_command_to_a_terminal(name: str) -> None:
    """Every line is one line, printable, and can be encoded."""
    for line in printed(TEXTS[name]):
        rest = OURS.sub("", line)
        assert rest.isprintable(), rest[:200]
        line.encode()


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_is_a_command_to_a_runner(name: str) -> None:
    """Neither a line that begins with colons nor the older form, which may stand anywhere."""
    for line in map(uncommanding, printed(TEXTS[name])):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


@pytest.mark.parametrize("name", TEXTS)
def test_a_workflow_command_says_one_thing(name: str) -> None:
    """A line each, with three properties; a name ends none of them."""
    for line in render_commands(hostile_verdicts(TEXTS[name]), {}):
        assert not {"\n", "\r", "\x1b"} & set(line)
        match = re.fullmatch(r"::error ([^:]*)::.*", line)
        assert match is not None
        assert [each.partition("=")[0] for each in match[1].split(",")] == ["file", "line", "title"]


BREAKS = ("\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
"""What somebody takes for the end of a line."""


def test_a_line_is_no_command_whatever_it_begins_with() -> None:
    """Blanks of all kinds are passed over by the runner."""
    assert uncommanding("\u2003 ::error::x") == ". \u2003 ::error::x"
    assert uncommanding("\ufeff\u200b::error::x") == ". \ufeff\u200b::error::x"
    assert uncommanding("a ::error::x") == "a ::error::x"


@pytest.mark.parametrize("end", BREAKS, ids=ascii)
def test_no_end_of_a_line_begins_a_command(end: str) -> None:
    """Nor does what is printed of an error."""
    assert uncommanding(f"a{end} ::error::x") == f"a{end}.  ::error::x"
    for line in str(SpeedupError(f"a{end} ::error::x")).splitlines():
        assert not line.lstrip().startswith("::")


class Written:
    """A terminal that keeps what is written, or a log."""

    def __init__(self, *, is_terminal: bool) -> None:
        self.lines: list[str] = []
        self.fullwidth, self.hasmarkup, self.encoding = 40, False, "utf-8"
        self.isatty = lambda: is_terminal
        self._file = self
        self.config = self

    def get_terminal_writer(self) -> Written:
        return self

    def write_line(self, line: str, **_markup: bool) -> None:
        self.lines.append(line)


@pytest.mark.parametrize("is_terminal", [True, False])
@pytest.mark.parametrize("name", TEXTS)
def test_the_screen_writes_no_command(name: str, *, is_terminal: bool) -> None:
    """Whatever it is given: a path, an error, a reason."""
    written = Written(is_terminal=is_terminal)
    screen = Screen(cast("pytest.TerminalReporter", written))
    for end in ("", *BREAKS):
        screen.write(f"speedup report: a{end}{TEXTS[name]}")
        screen.write(f"{end}{TEXTS[name]}")
    for line in written.lines:
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


def test_a_terminal_gets_lines_wrapped_on_words() -> None:
    """A log has them whole, to be searched."""
    line = "RED: 2 of 4 cells regressed: fetch[thread-2], fetch[thread-4]"
    terminal, log = Written(is_terminal=True), Written(is_terminal=False)
    for written in (terminal, log):
        Screen(cast("pytest.TerminalReporter", written)).write(line)
    assert terminal.lines == ["RED: 2 of 4 cells regressed:", "  fetch[thread-2], fetch[thread-4]"]
    assert log.lines == [line]


@pytest.mark.parametrize("name", TEXTS)
def test_json_holds_names_as_they_are(name: str) -> None:
    """In ASCII, so that nothing depends on who reads it."""
    text = render_json(hostile_report(TEXTS[name]))
    assert text.isascii()
    assert json.loads(text)["against"] == TEXTS[name]
    history = render_history_json([history_of(TEXTS[name])])
    assert json.loads(history)[0]["runs"][0]["commit"] == TEXTS[name]


@pytest.mark.parametrize("name", TEXTS)
def test_properties_in_junit_hold_figures_alone(name: str) -> None:
    """So that no name can make its XML invalid."""
    for verdict in hostile_verdicts(TEXTS[name]):
        for key, value in junit_properties(hostile_summary(TEXTS[name]), verdict):
            ET.fromstring(f'<property name="{key}" value="{value}"/>')  # noqa: S314 - as checked
