"""Reports as a user asks for them."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from pytest_speedup import reports
from pytest_speedup.__main__ import main
from pytest_speedup.gate import NOT_GREEN
from tests.functional.project import scale
from tests.posix import posix_only

if TYPE_CHECKING:
    from tests.functional.project import Project


def test_reports_are_written_by_suffix(project: Project) -> None:
    """Several at once, where the user is; and the terminal says where."""
    project.save()
    result = project.gate("--benchmark-only", "--speedup-report=out/a.html,b.md,c.json")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [f"speedup report: *{name}" for name in ("a.html", "b.md", "c.json")]
    )
    assert (project.path / "out/a.html").read_text().startswith("<!DOCTYPE html>")
    assert "**GREEN: 1 of 1 cell passed; " in (project.path / "b.md").read_text()
    document = json.loads((project.path / "c.json").read_text())
    (cell,) = document["cells"]
    assert cell["id"] == "test_work.py::test_work[thread-2]"
    assert (cell["executor"], cell["workers"]) == ("thread", 2)
    assert cell["verdict"]["outcome"] == "passed"
    assert len(cell["saved_speedups"]) == 1
    assert set(cell["stacks"]) == {"saved", "now"}


def test_a_red_run_has_its_report_and_its_line_on_the_test(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In GitHub's log, JUnit's file and the reports alike."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    scale(project.save(), speedup=1e6, parallel=1e-6)
    result = project.gate(
        "--benchmark-only", "--speedup-report=c.json", "--junitxml=j.xml", margin="50%"
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["::error file=test_work.py,line=*,title=speedup of work*::*regressed*"]
    )
    assert json.loads((project.path / "c.json").read_text())["gate"]["red"] is True
    properties = {
        one.get("name"): one.get("value")
        for one in ET.parse(project.path / "j.xml").iter("property")  # noqa: S314 - our own
    }
    assert properties["speedup_outcome"] == "regressed"
    assert float(str(properties["speedup"])) > 0


BREAKS = ["\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\n \u2003\ufeff"]
"""What somebody may take for the end of a line."""


def commands(result: pytest.RunResult) -> list[str]:
    """Lines that a runner could take for commands."""
    printed = f"{result.stdout.str()}\n{result.stderr.str()}"
    return [line for line in printed.splitlines() if line.strip("\ufeff \t\u2003").startswith("::")]


@posix_only
@pytest.mark.parametrize("end", BREAKS, ids=ascii)
@pytest.mark.parametrize("gate", [(), ("--speedup-fail=99%",)], ids=["compared", "judged"])
def test_a_saved_run_whose_name_could_be_a_command_is_refused(
    project: Project, end: str, gate: tuple[str, ...]
) -> None:
    """Before its name is shown by anybody, in a line that spells it out."""
    (project.path / ".benchmarks" / "any").mkdir(parents=True)
    path = project.path / ".benchmarks" / "any" / f"0001_x{end}::error::y{end}::set-env::z.json"
    path.write_text("nonsense")
    result = project.run("--benchmark-only", "--benchmark-compare", *gate)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*saved runs have printable names; got '0001_x*"])
    assert commands(result) == []


@posix_only
@pytest.mark.parametrize("end", BREAKS, ids=ascii)
def test_where_a_run_is_saved_is_shown_and_nothing_else(project: Project, end: str) -> None:
    """By pytest-benchmark, which says it, and by the error where it cannot be."""
    storage = f"--benchmark-storage=file://./a{end}::error::b"
    assert commands(project.run("--benchmark-only", "--benchmark-save=x", storage)) == []
    target = f"--benchmark-json=c{end}::error::d.json"
    assert commands(project.run("--benchmark-only", target)) == []


def test_elsewhere_there_are_no_workflow_commands(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would be noise."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    scale(project.save(), speedup=1e6, parallel=1e-6)
    project.gate("--benchmark-only", margin="50%").stdout.no_fnmatch_line("::error*")


def test_a_missing_cell_is_in_the_report(project: Project) -> None:
    """Though this run has only its name."""
    project.save()
    project.replace("def test_work", "def test_other")
    project.gate("--benchmark-only", "--speedup-report=c.json")
    cells = json.loads((project.path / "c.json").read_text())["cells"]
    outcomes = {cell["id"].partition("::")[2]: cell["verdict"]["outcome"] for cell in cells}
    assert outcomes == {"test_other[thread-2]": "new", "test_work[thread-2]": "missing"}


def test_saved_runs_have_a_history(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """As pytest-benchmark saved them; the table, and the page of the next run."""
    for _ in range(3):
        project.save()
    capsys.readouterr()
    assert main(["history", f"--storage=file://{project.path / '.benchmarks'}"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["cell", "runs", "first", "last"]
    assert row.split()[:3] == ["work", "thread-2", "3"]
    # NumPy, which draws, can be loaded once in a process, and pytester forgets what was.
    gate = ("--benchmark-compare", "--speedup-fail=99%")
    project.run_apart("--benchmark-only", *gate, "--speedup-report=a.html")
    assert "<title>history of work</title>" in (project.path / "a.html").read_text()


@pytest.mark.parametrize("value", ["report.pdf", "a.html,b", ","])
def test_other_formats_are_refused(project: Project, value: str) -> None:
    """Before anything runs."""
    result = project.run("--benchmark-only", f"--speedup-report={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*reports are files that end in .html, .md, .json; got *"])


def test_a_missing_library_is_named_with_the_command(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything runs, and only where it is needed."""
    monkeypatch.setattr(reports, "EXTRA", ("json", "no_such_library"))
    result = project.run("--benchmark-only", "--speedup-report=a.html")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*a.html needs no_such_library: * 'pytest-speedup?report?'"])
    assert project.run("--benchmark-only", "--speedup-report=a.md").ret == 0
    assert importlib.util.find_spec("json") is not None


def test_a_report_that_cannot_be_written_fails_the_run(project: Project) -> None:
    """In a line; a folder stands where the file should."""
    (project.path / "a.md").mkdir()
    result = project.run("--benchmark-only", "--speedup-report=a.md,b.json")
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(["speedup report: *a.md could not be saved: *"])
    assert (project.path / "b.json").exists()


def test_where_nothing_is_timed_there_is_nothing_to_report(project: Project) -> None:
    """It says so."""
    result = project.run("--benchmark-disable", "--speedup-report=a.md")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["speedup report: nothing was timed, and none is written"])
    assert not (project.path / "a.md").exists()
