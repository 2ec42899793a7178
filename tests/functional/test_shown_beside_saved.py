"""``--benchmark-compare`` without a margin, and storages and names of every kind."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.__main__ import main
from pytest_speedup.gate import NOT_GREEN
from tests.database import ADDRESS, install
from tests.functional.project import change, scale

if TYPE_CHECKING:
    from tests.functional.project import Project

pytestmark = pytest.mark.filterwarnings("ignore::pytest_benchmark.logger.PytestBenchmarkWarning")

MILLION = 1e6
COMPARED = "compared with 1 saved run, 0001, 20*; no loss fails: --speedup-fail=LOSS would judge"


def test_the_change_of_each_speedup_is_shown_and_judged_by_nobody(project: Project) -> None:
    """Where a run of pytest alone compares, a loss of nearly everything fails nothing."""
    scale(project.save(), speedup=MILLION, parallel=1 / MILLION)
    result = project.run("--benchmark-compare", "--speedup-report=s.json,s.md,s.html")
    assert result.ret == 0
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([COMPARED, "cell * saved * now * change"])
    assert re.search(
        r"^work\[thread-2\] +\d+\.\d+x +\d\.\d+x +-99\.999\d % \(",
        result.stdout.str(),
        re.MULTILINE,
    )
    result.stdout.no_fnmatch_line("speedup gate:*")
    document = json.loads((project.path / "s.json").read_text("utf-8"))
    (cell,) = document["cells"]
    assert (cell["verdict"], document["gate"]["kind"]) == (None, "MEASURED")
    assert document["gate"]["compared"] is False
    assert document["baseline"].startswith("1 saved run, 0001")
    assert cell["saved_change"]["change"]["value"] == pytest.approx(1e-6, rel=0.9)
    for name in ("s.md", "s.html"):
        assert "-99.999" in (project.path / name).read_text("utf-8"), name


def test_what_cannot_be_compared_is_said(project: Project) -> None:
    """New, incomparable and absent cells are named; none fails."""

    def alter(document: dict[str, Any]) -> None:
        document["machine_info"]["speedup"]["cpu_model"] = "Abacus"
        gone = json.loads(json.dumps(document["benchmarks"][0]))
        gone["fullname"] = gone["fullname"].replace("test_work[", "test_gone[")
        document["benchmarks"].append(gone)

    change(project.save(), alter)
    result = project.run("--benchmark-compare", "--speedup-workers=2,3")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "*test_work?thread-2?: incomparable, the baseline is of another kind: *",
            "*test_work?thread-3?: new, no baseline has it*",
            "*test_gone?thread-2?: missing, a baseline has it, this run does not",
        ]
    )


def test_counts_of_saved_runs_turn_no_floor_red(project: Project) -> None:
    """A cell with a floor is judged by that alone, and shown beside saved runs all the same."""

    def alter(document: dict[str, Any]) -> None:
        for stack in document["benchmarks"][0]["extra_info"]["speedup"]["stacks"]:
            stack["counts"]["pools"] = 0

    change(project.save(), alter)
    project.mark("@pytest.mark.speedup(at_least=0.001)")
    result = project.run("--benchmark-compare", "--speedup-report=s.md")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["GREEN: 1 of 1 cell passed*", COMPARED, "work?thread-2? *x *x *"])
    assert "beside saved runs " in (project.path / "s.md").read_text("utf-8")


def test_a_damaged_run_is_named_and_fails_nothing(project: Project) -> None:
    """Nobody asked for a judgement; with a margin it is no pass."""
    project.save()
    path = project.save()
    path.write_text(path.read_text()[:100])
    result = project.run("--benchmark-compare=0001")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["speedup: no change is shown: baseline *0002_base.json is damaged*"]
    )
    assert project.gate().ret == NOT_GREEN


def test_untimed_runs_show_nothing(project: Project) -> None:
    """There is no speedup of them."""
    project.save()
    result = project.run("--benchmark-compare", "--benchmark-disable")
    assert result.ret == 0
    result.stdout.no_fnmatch_line("compared with*")


@pytest.mark.parametrize(
    "choice", ["*_base", "*/0001", "000[1-9]_*", ".benchmarks/*/0001_base.json"]
)
def test_wildcards_choose_saved_runs(project: Project, choice: str) -> None:
    """As pytest-benchmark resolves them; what matches nothing is no green."""
    path = project.save()
    named = choice.replace(".benchmarks/*", str(path.parent))
    assert project.run(f"--benchmark-compare={named}", "--speedup-fail=99%").ret == 0
    path.unlink()
    missing = "*_base" if named == str(path) else named
    assert project.run(f"--benchmark-compare={missing}", "--speedup-fail=99%").ret == NOT_GREEN


@pytest.mark.parametrize("margin", [[], ["--speedup-fail=10%"]])
def test_what_names_no_run_is_refused(project: Project, margin: list[str]) -> None:
    """In a line, before anything is measured: pytest-benchmark has a traceback for it."""
    result = project.run("--benchmark-compare=a/b/c", *margin)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --benchmark-compare='a/b/c' is no saved run: name a *"])
    result.stderr.no_fnmatch_line("*Traceback*")


def test_a_database_is_compared_with(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of pytest-benchmark's kind; the passwords of its address are nowhere to be seen."""
    client = install(project.path, monkeypatch)
    storage = f"--benchmark-storage={ADDRESS}"
    for name in ("one", "two"):
        assert project.run(storage, f"--benchmark-save={name}").ret == 0
    assert len(client.DOCUMENTS) == 2
    result = project.run(storage, "--benchmark-compare", "--speedup-fail=99%")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["GREEN: 1 of 1 cell passed*", "compared with 2 saved runs, last *"]
    )
    result.stdout.no_fnmatch_line("*no loss fails*")
    id_of_first = next(iter(client.DOCUMENTS)).partition("_test_work")[0]
    result = project.run(storage, f"--benchmark-compare={id_of_first}")
    result.stdout.fnmatch_lines(["compared with 1 saved run, *"])
    result.stdout.no_fnmatch_line("*secret*")
    assert project.run(storage, "--benchmark-compare=none", "--speedup-fail=99%").ret == NOT_GREEN

    capsys.readouterr()
    assert main(["compare", f"--storage={ADDRESS}", "--fail=99%"]) == 0
    assert main(["compare", id_of_first, f"--storage={ADDRESS}", "--fail=99%"]) == 0
    assert "GREEN: 1 of 1 cell passed" in capsys.readouterr().out
    assert main(["compare", "none", f"--storage={ADDRESS}"]) == 4
    assert "secret" not in capsys.readouterr().err


def test_a_run_that_a_database_did_not_take_is_no_pass(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told in a line, and a baseline that is not there helps nobody."""
    client = install(project.path, monkeypatch)
    monkeypatch.setattr(client, "FULL", True)
    result = project.run(f"--benchmark-storage={ADDRESS}", "--benchmark-save=one")
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(
        ["the run was not saved in the database, or not all of it: OSError: the disk is full"]
    )


def test_a_database_that_is_not_there_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a line, without what opens it."""
    install(project.path, monkeypatch)
    gone = ADDRESS.replace("localhost", "unreachable")
    result = project.run(f"--benchmark-storage={gone}", "--benchmark-compare", "--speedup-fail=9%")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = (one for one in result.errlines if one)
    assert "ConnectionError: nobody answers at http://***@unreachable" in line
    assert "elasticsearch below 8, with which pytest-benchmark works" in line
