"""The same cell with the GIL on and off, through pytest.

Interpreters that have only the one ignore the environment variable or refuse it; the tests run two
processes of the same kind, or as if such an interpreter had refused.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.plugin import switched

if TYPE_CHECKING:
    from tests.functional.project import Project


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switched, "can_switch", lambda: True)
    if sys.version_info >= (3, 13):  # a build with nothing but a GIL refuses to go without
        monkeypatch.setattr(switched, "GIL", {"GIL off": "1", "GIL on": "1"})


@pytest.mark.usefixtures("switch")
def test_stacks_with_and_without_the_gil_stand_side_by_side(project: Project) -> None:
    """Of the threads that were asked for."""
    result = project.run("--benchmark-only", "--speedup-explain=all")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "test_work.py::test_work?thread-2?, with the GIL and without",
            "  milliseconds * GIL off * GIL on",
            "  ideal *",
            "  measured *",
        ]
    )


@pytest.mark.usefixtures("switch")
def test_an_interpreter_that_cannot_says_why(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a line, and the run is none the worse."""
    monkeypatch.setattr(switched, "GIL", {"GIL off": "1"})
    project.replace("import time", "import os, time\nassert os.environ.get('PYTHON_GIL') != '1'")
    result = project.run("--benchmark-only", "--speedup-explain=all")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["speedup: with the GIL and without: *GIL off*"])


def test_other_interpreters_have_nothing_to_compare(project: Project) -> None:
    """Nor do runs in which nothing was asked for."""
    if switched.can_switch():
        pytest.skip("this one has")
    result = project.run("--benchmark-only", "--speedup-explain=all")
    result.stdout.no_fnmatch_line("*with the GIL*")
