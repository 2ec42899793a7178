"""What the terminal shows, on terminals of all kinds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.functional.project import Project

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def section(result: pytest.RunResult) -> str:
    """Return what follows the heading of the section."""
    return result.stdout.str().partition("= speedup =")[2].partition("= short test summary")[0]


@pytest.fixture
def red(project: Project) -> Project:
    """A project whose only cell is red: its floor cannot be reached."""
    project.mark("@pytest.mark.speedup(at_least=1000)")
    return project


def test_colours_are_those_that_pytest_shows(red: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """As asked for; what they say is in words as well."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    with_colour = section(red.run_apart("--benchmark-only", "--color=yes"))
    without = section(red.run_apart("--benchmark-only", "--color=no"))
    monkeypatch.setenv("NO_COLOR", "1")
    declined = section(red.run_apart("--benchmark-only"))
    assert [bool(COLOUR.search(text)) for text in (with_colour, without, declined)] == [
        True,
        False,
        False,
    ]
    assert all(
        "RED: 1 of 1 cell regressed" in COLOUR.sub("", text)
        for text in (with_colour, without, declined)
    )


def test_letters_that_a_terminal_has_not_got_are_replaced(
    red: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One by one: the tables around them stay as they are."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    red.replace("def test_work", "def test_größe")
    red.rest()
    text = section(red.run_apart("--benchmark-only"))
    assert "\ngr??e (waiting, size default)\n  workers  " in text
    assert "\\xf6" not in text


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_tables_are_as_wide_as_the_terminal(
    red: Project, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    """At most."""
    monkeypatch.setenv("COLUMNS", str(columns))
    text = section(red.run_apart("--benchmark-only", "--speedup-workers=2,3,4,5,6,7,8"))
    tables = text.partition("size default")[2].partition("speedup = T_serial")[0]
    assert max(map(len, tables.splitlines())) <= columns
