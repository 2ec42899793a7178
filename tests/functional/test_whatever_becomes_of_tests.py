"""The verdict is about cells, whatever marks, the command line or the code make of their tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import BROKEN, NOT_GREEN
from tests.clone import Clone

if TYPE_CHECKING:
    from tests.functional.project import Project

WORK = "def work(executor, items):"


@pytest.fixture
def clone(project: Project) -> Clone:
    """The project with its first commit."""
    (project.path / ".gitignore").write_text("__pycache__\n")
    clone = Clone(project.path)
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message=base")
    return clone


def compare(project: Project, *args: str) -> pytest.RunResult:
    return project.run_apart(
        "--speedup-against=HEAD", "--speedup-allow=same", "--speedup-fail=99%", *args
    )


def test_an_expected_failure_of_a_side_is_a_failure(project: Project, clone: Clone) -> None:
    """Head fails where the base runs; pytest calls it skipped."""
    project.mark("@pytest.mark.xfail(raises=BaseException)")
    clone.commit("marked", "note.txt")
    project.replace(WORK, f"{WORK}\n    raise RuntimeError('no more')")
    result = compare(project)
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*test_work?thread-2?: broken, *RuntimeError: no more*"])


def test_code_that_ended_a_side_does_not_end_the_run(project: Project, clone: Clone) -> None:
    """With any exit code that it likes, such as 0."""
    project.replace(WORK, f"{WORK}\n    import os\n    os._exit(0)")
    result = compare(project, "--speedup-executors=serial,thread")  # the serial cell comes first
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["BROKEN: *"])


def test_a_named_test_whose_file_cannot_be_collected_is_broken(
    project: Project, clone: Clone
) -> None:
    """Pytest alone would call it wrong usage."""
    project.replace("import time", "import no_such_module")
    result = compare(project, "test_work.py::test_work")
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["ERROR: found no collectors for *", "*exit code 11: broken*"])


def test_what_was_not_selected_is_named(project: Project, clone: Clone) -> None:
    """Nobody vouches for it, and more time would not help."""
    result = compare(project, "-k", "nothing")
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(
        [
            "not selected, and not compared: test_work.py::test_work?thread-2?",
            "speedup: exit code 10: no cell was selected*",
        ]
    )
