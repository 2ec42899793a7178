"""The pull request that brings the suite, and what is said before anything is measured."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import BROKEN, NOT_GREEN
from tests.clone import Clone

if TYPE_CHECKING:
    from tests.functional.project import Project

CODE = """
import time

def pause(item):
    time.sleep(0.005)
    return item

def work(executor, items):
    return list(executor.map(pause, range(items)))
"""
TESTS = """
import sys, pathlib
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from amount import AMOUNT
from library import work

def test_work(speedup):
    speedup(work, AMOUNT)
"""
SLOW = CODE.replace(
    "    return list", "    time.sleep(0.03 * (executor.name == 'thread'))\n    return list"
)


@pytest.fixture
def clone(project: Project) -> Clone:
    """A library, in a second commit its suite."""
    (project.path / "test_work.py").unlink()
    clone = Clone(project.path)
    (project.path / ".gitignore").write_text("__pycache__\n.pytest_cache\n")
    clone.commit(CODE, "library.py")
    write_suite(project)
    clone.commit("suite", "note.txt")
    return clone


def write_suite(project: Project) -> None:
    folder = project.path / "benchmarks"
    folder.mkdir()
    (folder / "amount.py").write_text("AMOUNT = 3\n")
    (folder / "test_work.py").write_text(TESTS)


def compare(project: Project, *args: str) -> pytest.RunResult:
    # In this process: a process of pytester's own has head's folder in PYTHONPATH.
    return project.run("--benchmark-only", "--speedup-against=HEAD~1", "--speedup-fail=50%", *args)


def test_a_suite_that_is_new_is_green_with_a_notice(project: Project, clone: Clone) -> None:
    """There is nothing to compare with, which the first line says."""
    result = compare(project)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["NEW: nothing to compare with yet: 1 new"])


def test_heads_tests_run_on_the_bases_code(project: Project, clone: Clone) -> None:
    """A real comparison; it says what was laid over, and the user's tree is as it was."""
    result = compare(project, "--speedup-harness=head", "--speedup-fail=99%")
    assert result.ret == 0
    result.stdout.fnmatch_lines_random(
        [
            "GREEN: 1 of 1 cell passed*",
            "*laid over the base, which has not got it: benchmarks/amount.py, *test_work.py",
        ]
    )
    assert clone.git("status", "--porcelain") == ""


def test_a_loss_of_the_code_that_a_new_suite_measures_is_red(
    project: Project, clone: Clone
) -> None:
    """Head's code is not laid over the base's."""
    (project.path / "library.py").write_text(SLOW)
    result = compare(project, "--speedup-harness=head")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["RED: 1 of 1 cell regressed: *"])


def test_a_base_without_the_code_is_incomparable(project: Project, clone: Clone) -> None:
    """What head's tests lack there is the reason."""
    (project.path / "library.py").rename(project.path / "elsewhere.py")
    tests = project.path / "benchmarks" / "test_work.py"
    tests.write_text(TESTS.replace("from library", "from elsewhere"))
    result = compare(project, "--speedup-harness=head")
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(["*incomparable, base: *No module named 'elsewhere'*"])


def test_a_test_that_heads_suite_lost_is_missing(project: Project, clone: Clone) -> None:
    """Although the base, with head's tests, has it no more either."""
    tests = project.path / "benchmarks" / "test_work.py"
    tests.write_text(f"{TESTS}\ndef test_other(speedup):\n    speedup(work, 2)\n")
    clone.commit("another", "note.txt")
    tests.write_text(TESTS)
    result = project.run_apart(
        "--benchmark-only",
        "--speedup-against=HEAD",
        "--speedup-harness=head",
        "--speedup-fail=99%",
    )
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(["*::test_other: missing, the base's own tests have it*"])


def test_a_plan_measures_nothing(project: Project, clone: Clone) -> None:
    """No side starts, no test runs, no report is written; neither red nor a pass of anything."""
    tests = project.path / "benchmarks" / "test_work.py"
    tests.write_text(f"{TESTS}    raise AssertionError('it ran')\n")
    result = compare(project, "--speedup-plan", "--speedup-report=r.json", "--speedup-budget=60")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "PLAN: nothing was measured",
            "cells: 1",
            "  benchmarks/test_work.py::test_work?thread-2?: thread, workers 2, margin 50 %",
            "base: HEAD~1, commit *, tree *",
            "  built: from its tree on the path",
            "  path: <base>",
            "  collects: <base>",
            "  options passed: *--rootdir=<base>",
            "  options not passed, not known to be needed: none",
            "head: the working tree, *",
            "seconds: 60 at most, 90 where a loss is to be confirmed*",
            "blocks: 7 at most; red takes 3",
        ]
    )
    result.stdout.no_fnmatch_line("*GREEN*")
    result.stdout.no_fnmatch_line("*speedup gate*")
    assert not (project.path / "r.json").exists()


def test_a_plan_names_floors_and_data_that_git_ignores(project: Project, clone: Clone) -> None:
    """Which the base would lack."""
    tests = project.path / "benchmarks" / "test_work.py"
    marked = (
        "import pytest\n\n@pytest.mark.speedup(at_least=1.5, at_least_of_ceiling=0.6)\ndef test_"
    )
    tests.write_text(TESTS.replace("def test_", marked))
    (project.path / ".gitignore").write_text("__pycache__\n.gitignore\n*.bin\nstd*\nrunpytest*\n")
    (project.path / "large.bin").touch()
    result = compare(project, "--speedup-plan")
    result.stdout.fnmatch_lines(
        [
            "  *: thread, workers 2, margin 50 %, at_least 1.5, at_least_of_ceiling 0.6",
            "  lacks data of head's tree that git ignores: *large.bin",
        ]
    )


def test_a_plan_says_what_is_laid_over(project: Project, clone: Clone) -> None:
    """And what the base collects then."""
    result = compare(project, "--speedup-plan", "--speedup-harness=head")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["head's tests, laid over the base*", "  collects: *<base>/benchmarks/test_work.py"]
    )


def test_a_plan_says_that_an_environment_would_be_made(project: Project, clone: Clone) -> None:
    """And makes none."""
    result = compare(project, "--speedup-plan", "--speedup-base-env=install[test]")
    result.stdout.fnmatch_lines(["  built: environment of its own, installed with ?test?"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "compared with nothing: *"),
        (["--benchmark-disable"], "each cell would run once*"),
        (
            ["--benchmark-compare", "--speedup-fail=5%"],
            "compared with: no saved run of these cells",
        ),
    ],
)
def test_a_plan_of_other_runs(
    project: Project, clone: Clone, options: list[str], said: str
) -> None:
    """A gate with saved runs, or none."""
    result = project.run_apart("--speedup-plan", *options)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["PLAN: nothing was measured", said])


def test_a_plan_of_what_cannot_be_collected_fails(project: Project, clone: Clone) -> None:
    """As pytest does."""
    (project.path / "benchmarks" / "test_work.py").write_text("import nowhere_to_be_found")
    result = compare(project, "--speedup-plan")
    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_a_plan_against_a_commit_that_is_not_there_is_refused(
    project: Project, clone: Clone
) -> None:
    """In one line."""
    result = compare(project, "--speedup-plan", "--speedup-against=nowhere")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*has no commit 'nowhere'*"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    return list", "    import os; os._exit(0)\n    return list"),
        (
            "import time",
            "import os, sys, time\nif 'speedup_side' in sys.argv[0]: os._exit(3)",
        ),
    ],
)
def test_the_logs_of_a_side_that_ended_are_kept(
    project: Project, clone: Clone, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    """In a folder that is named: one whose workload ended it, and one that never stood ready."""
    clone.commit("base with the suite", "note.txt")
    (project.path / "library.py").write_text(CODE.replace(old, new))
    monkeypatch.setenv("TMPDIR", str(project.path))
    monkeypatch.setattr(tempfile, "tempdir", str(project.path))
    result = project.run_apart("--benchmark-only", "--speedup-against=HEAD", "--speedup-allow=same")
    assert result.ret == BROKEN
    (line,) = [one for one in result.outlines if "what base and head said: " in one]
    folder = Path(line.partition("said: ")[2])
    assert (folder / "block-1" / "head.log").is_file()
