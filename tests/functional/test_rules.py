"""A change that loosens the rules it is judged by, through pytest.

Floors are out of reach and margins as wide as can be: no verdict rests on how fast the machine is.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import NOT_GREEN
from tests.clone import Clone

if TYPE_CHECKING:
    from tests.functional.project import Project

WIDE = "--speedup-fail=99%"
OUT_OF_REACH = "@pytest.mark.speedup(at_least=1000)"
BELOW = "*work?thread-2?*regressed*"
GONE = "*test_work?thread-2?: missing, the base selects it, and this change does not any more*"


@pytest.fixture
def clone(project: Project) -> Clone:
    """The project, not committed yet."""
    (project.path / ".gitignore").write_text("__pycache__\n*.json\n*.md\n*.html\n")
    return Clone(project.path)


def commit(clone: Clone) -> None:
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message=base")


def compare(project: Project, *args: str) -> pytest.RunResult:
    return project.run("--benchmark-only", "--speedup-against=HEAD", *args)


def test_a_floor_that_a_change_takes_away_is_judged(project: Project, clone: Clone) -> None:
    """It is said in the terminal, and in each report."""
    project.mark(OUT_OF_REACH)
    commit(clone)
    project.replace(OUT_OF_REACH, "@pytest.mark.speedup(at_least=0.001)")
    result = compare(project, WIDE, "--speedup-report=r.json,r.md,r.html")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    moved = (
        "this change moves at_least of work[thread-2] from 1000 to 0.001; "
        "it is judged by that of the base"
    )
    assert moved in result.stdout.lines
    result.stdout.fnmatch_lines(["  its floor is 1000", "  seen in fresh processes*", BELOW])
    report = json.loads((project.path / "r.json").read_text(encoding="utf-8"))
    assert report["gate"]["moved_rules"] == [moved]
    assert "from 1000 to 0.001" in (project.path / "r.md").read_text(encoding="utf-8")
    assert moved in (project.path / "r.html").read_text(encoding="utf-8")


def test_heads_floor_is_judged_where_that_is_accepted(project: Project, clone: Clone) -> None:
    """On the command line."""
    project.mark(OUT_OF_REACH)
    commit(clone)
    project.replace(OUT_OF_REACH, "@pytest.mark.speedup(at_least=0.001)")
    result = compare(project, WIDE, "--speedup-allow=rules")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*from 1000 to 0.001; --speedup-allow=rules accepts it"])


def test_a_new_cell_is_judged_by_its_floor(project: Project, clone: Clone) -> None:
    """The base has nothing to compare it with."""
    commit(clone)
    project.replace("def test_work", "def test_old")
    commit(clone)
    text = "\n\n@pytest.mark.speedup({})\ndef test_work(speedup):\n    speedup(work, 4)\n"
    path = project.path / "test_work.py"
    before = path.read_text(encoding="utf-8")
    path.write_text(before + text.format("at_least=1000"), encoding="utf-8")
    result = compare(project, WIDE)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["  its floor is 1000; the base does not have it"])
    path.write_text(before + text.format("at_least_of_ceiling=0.0001"), encoding="utf-8")
    result = compare(project, WIDE)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*test_work?thread-2?: new, *; it reaches its floor"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\naddopts = -k nothing\n"),
        ("pytest.ini", "[pytest]\naddopts = -m slow\nmarkers =\n    slow\n"),
        ("pytest.ini", "[pytest]\naddopts = --deselect=test_work.py::test_work\n"),
        ("pytest.ini", "[pytest]\naddopts = --ignore-glob=*work*\n"),
        ("pytest.ini", "[pytest]\naddopts = --ignore=test_work.py\n"),
        ("conftest.py", "def pytest_collection_modifyitems(items):\n    del items[:]\n"),
    ],
)
def test_a_cell_that_a_change_deselects_is_missing(
    name: str, text: str, project: Project, clone: Clone
) -> None:
    """Though nothing is left to be compared; what its base deselects as well is not."""
    commit(clone)
    (project.path / name).write_text(text)
    result = compare(project, WIDE)
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines([GONE])
    commit(clone)
    result = compare(project, WIDE, "--speedup-allow=same")
    assert result.ret == NOT_GREEN  # as nothing was compared
    result.stdout.no_fnmatch_line("*: missing,*")


def test_what_who_calls_pytest_deselects_is_not_missing(project: Project, clone: Clone) -> None:
    """It is no rule of the change."""
    commit(clone)
    (project.path / "pytest.ini").write_text("[pytest]\n")
    result = compare(project, WIDE, "-k", "nothing")
    assert result.ret == NOT_GREEN  # as nothing was compared
    result.stdout.no_fnmatch_line("*: missing,*")


@pytest.mark.parametrize(
    "ini", ["testpaths = tests", "python_files = bench_*.py", "python_functions = bench_*"]
)
def test_a_change_that_looks_elsewhere_for_tests_has_lost_cells(
    ini: str, project: Project, clone: Clone
) -> None:
    """Its base looks where it did."""
    commit(clone)
    (project.path / "tests").mkdir()
    (project.path / "tests" / "test_unit.py").write_text("def test_unit():\n    pass\n")
    (project.path / "pytest.ini").write_text(f"[pytest]\n{ini}\n")
    result = compare(project, WIDE)
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(["*test_work?thread-2?: missing, the base has it*"])


def test_a_change_that_allows_what_it_does_is_not_allowed_it(
    project: Project, clone: Clone
) -> None:
    """A test that goes, and an ini file that says that tests may go."""
    commit(clone)
    project.replace("def test_work", "def test_other")
    (project.path / "pytest.ini").write_text("[pytest]\nspeedup_allow = missing\n")
    result = compare(project, WIDE)
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(
        ["this change moves speedup_allow from none to 'missing'; it is judged by that of the base"]
    )
    commit(clone)
    project.replace("def test_other", "def test_work")
    compare(project, WIDE).stdout.fnmatch_lines(["UNDECIDED: 0 of 1 cell*1 new, 1 missing"])


def test_cells_that_a_change_takes_away_in_its_ini_file_are_missing(
    project: Project, clone: Clone
) -> None:
    """Not its base's as well; here nobody says on the command line how many workers there are."""
    (project.path / "pytest.ini").write_text("[pytest]\nspeedup_workers = 2,3\n")
    commit(clone)
    (project.path / "pytest.ini").write_text("[pytest]\nspeedup_workers = 2\n")
    arguments = ("--benchmark-only", "--speedup-against=HEAD", WIDE, "--speedup-executors=thread")
    run = project.pytester.runpytest_inprocess
    quiet = ("-pno:cacheprovider", "-pno:hypothesispytest", "-pno:anyio")
    result = run(*quiet, *arguments)
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(
        [
            "this change moves speedup_workers from '2,3' to '2'; cells of the base that go are *",
            "*test_work?thread-3?: missing, the base has it*",
        ]
    )
    accepted = run(*quiet, *arguments, "--speedup-allow=rules")
    assert accepted.ret == 0
    accepted.stdout.no_fnmatch_line("*: missing,*")


def test_a_loss_is_acknowledged_for_half_a_year_at_most(project: Project, clone: Clone) -> None:
    """For good, it is a rule that nobody looks at again."""
    commit(clone)
    today = dt.datetime.now(tz=dt.timezone.utc).date()
    file = project.path / "speedup-acknowledged.toml"
    entry = '[[acknowledged]]\ncell = "test_work.py::test_work[thread-2]"\nreason = "safer"\n'
    file.write_text(f"{entry}until = {today + dt.timedelta(days=200)}\n")
    result = compare(project, WIDE)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*180 days is the most*"])
    day = today + dt.timedelta(days=170)
    file.write_text(f"{entry}until = {day}\n")
    result = compare(project, WIDE)
    assert result.ret == 0
    line = f"this change acknowledges a loss of work[thread-2] until {day}: safer"
    assert line in result.stdout.lines


def test_a_plan_names_the_margin_of_the_base(project: Project, clone: Clone) -> None:
    """Which judges, whatever this change says of it."""
    clone.commit("[pytest]\nspeedup_fail = 30%\n", "pytest.ini")
    (project.path / "pytest.ini").write_text("[pytest]\nspeedup_fail = 90%\n")
    plan = project.run_apart("--benchmark-only", "--speedup-against=HEAD", "--speedup-plan")
    assert plan.ret == 0
    plan.stdout.fnmatch_lines(["  *: thread, workers 2, margin 30 %", "*moves*30*90*"])
