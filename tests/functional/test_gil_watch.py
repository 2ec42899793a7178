"""A GIL that comes back in mid-run; this interpreter may have one anyway, which is simulated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.functional.project import Project

SWITCHED = """
import sys
sys._is_gil_enabled = lambda: False

def test_before(speedup):
    speedup(work, 4)

def test_import(speedup):
    sys._is_gil_enabled = lambda: True
    speedup(work, 4)
"""


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys._is_gil_enabled", lambda: False, raising=False)


@pytest.mark.usefixtures("free")
def test_a_cell_in_which_the_gil_came_back_fails(project: Project) -> None:
    """Its threads do not scale any more; it is not saved."""
    project.replace("def test_work(speedup):", f"{SWITCHED}\ndef test_work(speedup):")
    result = project.run("--benchmark-only", "--benchmark-save=gil")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        ["speedup: * GIL off", "*the GIL was off when the run began, and is on now: an extension*"]
    )
    (saved,) = project.saved()
    names = [cell["name"] for cell in json.loads(saved.read_text())["benchmarks"]]
    assert names == ["test_before[thread-2]"]


@pytest.mark.usefixtures("free")
def test_a_run_without_the_gil_says_so(project: Project) -> None:
    """And nothing fails."""
    result = project.run("--benchmark-only")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["speedup: * GIL off"])
