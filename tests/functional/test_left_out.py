"""Runs without something that the plugin, or pytest-benchmark, would like to have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate.standing import NOT_GREEN
from tests.functional.project import scale

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.project import Project

pytestmark = pytest.mark.filterwarnings("ignore::pytest_benchmark.logger.PytestBenchmarkWarning")

USAGE = pytest.ExitCode.USAGE_ERROR
CELL = "test_work.py::test_work?thread-2?"


def run_bare(project: Project, *args: str) -> pytest.RunResult:
    """Run pytest in a process of its own, without options of pytest-benchmark or the terminal."""
    return project.pytester.runpytest_subprocess(
        "-pno:cacheprovider", "--speedup-executors=thread", "--speedup-workers=2", *args
    )


def test_other_tests_run_without_pytest_benchmark(project: Project) -> None:
    """A project that leaves it out has other tests, too."""
    project.pytester.makepyfile(test_unit="def test_unit():\n    pass\n")
    run_bare(project, "-pno:benchmark", "test_unit.py").assert_outcomes(passed=1)
    result = run_bare(project, "-pno:benchmark")
    assert result.ret == USAGE
    result.stderr.fnmatch_lines(["*a test of speedup needs pytest-benchmark, which -p no:benchm*"])
    result.stdout.no_fnmatch_line("*INTERNALERROR*")


@pytest.mark.parametrize("gate", ["--speedup-fail=10%", "--speedup-against=HEAD"])
def test_no_gate_is_green_without_pytest_benchmark(project: Project, gate: str) -> None:
    """Whatever tests are selected: a gate was asked for, and there is nothing to time with."""
    project.pytester.makepyfile(test_unit="def test_unit():\n    pass\n")
    result = run_bare(project, "-pno:benchmark", gate, "test_unit.py")
    assert result.ret == USAGE
    result.stderr.fnmatch_lines([f"*{gate.partition('=')[0]} needs pytest-benchmark*"])


def test_the_gate_judges_without_a_terminal(project: Project) -> None:
    """Exit code and reports are all the same."""
    scale(project.save(), speedup=1e6, parallel=1e-6)
    gate = ("--benchmark-compare", "--speedup-fail=99%", "--benchmark-max-time=0.2")
    result = run_bare(project, "-pno:terminal", *gate, "--speedup-report=report.json")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "regressed" in (project.path / "report.json").read_text()
    assert "Traceback" not in f"{result.stderr.str()}{result.stdout.str()}"


@pytest.mark.parametrize(
    ("storage", "complaint"),
    [
        ("http://localhost", "*--benchmark-storage is a folder, file://PATH, or elastic*"),
        ("elasticsearch+http://localhost/i/t", "*needs elasticsearch: python -m pip install*"),
    ],
)
def test_a_storage_that_cannot_be_opened_is_one_line(
    project: Project, monkeypatch: pytest.MonkeyPatch, storage: str, complaint: str
) -> None:
    """pytest-benchmark would open it with a traceback."""
    monkeypatch.setattr("pytest_speedup.storage.places.find_spec", lambda _: None)
    result = project.run(f"--benchmark-storage={storage}")
    assert result.ret == USAGE
    result.stderr.fnmatch_lines([complaint])


def test_a_baseline_of_another_kind_can_be_elsewhere(project: Project, tmp_path: Path) -> None:
    """pytest-benchmark names its storage relative to a folder that it is not in."""
    storage = f"--benchmark-storage={tmp_path / 'elsewhere'}"
    project.run("--benchmark-save=base", storage).assert_outcomes(passed=1)
    (saved,) = (tmp_path / "elsewhere").glob("*/*.json")
    saved.write_text(saved.read_text().replace('"spawn"', '"fork"'))
    result = project.gate(storage)
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines([f"{CELL}: incomparable, *start method fork then*"])
    result.stdout.no_fnmatch_line("*INTERNALERROR*")


def test_the_last_test_that_is_deleted_is_missing(project: Project) -> None:
    """Where nothing is measured there is nothing to show but that."""
    project.save()
    project.pytester.makepyfile(test_work="def test_unit():\n    pass\n")
    result = project.gate()
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines([f"{CELL}: missing, *"])
    assert "Traceback" not in f"{result.stderr.str()}{result.stdout.str()}"


def test_the_gate_of_pytest_benchmark_fails_beside_this_one(project: Project) -> None:
    """Its finding is one line, and the tables of both are shown."""
    project.save()
    project.replace("sleep(0.005)", "sleep(0.1)")
    result = project.gate("--benchmark-compare-fail=min:10%")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "--benchmark-compare-fail: *test_work?thread-2?* has regressed, *",
            "*= speedup =*",
            "speedup: exit code 1: --benchmark-compare-fail found a loss, as said above",
        ]
    )
    assert "Traceback" not in f"{result.stderr.str()}{result.stdout.str()}"
    assert project.gate("--benchmark-compare-fail=min:1000000%").ret == 0


def test_the_gate_of_pytest_benchmark_is_not_green_without_a_baseline(project: Project) -> None:
    """It was asked to compare, and there is nothing to compare with."""
    result = project.run("--benchmark-compare-fail=min:10%")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["--benchmark-compare-fail found nothing to compare with: *"])


def test_results_of_a_workload_that_runs_its_own_pool_are_said_to_be(project: Project) -> None:
    """It is measured, and the reader told what."""
    project.replace("list(executor.map(pause, range(items)))", "[pause(executor.workers > 0)]")
    result = project.run("--benchmark-only")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["speedup: work: it handed no task to its executor and read*"])


@pytest.mark.parametrize("how", ["--benchmark-only", "--benchmark-disable"])
def test_a_workload_that_leaves_its_executor_alone_fails_in_one_line(
    project: Project, how: str
) -> None:
    """Nothing of it can become faster."""
    project.replace("list(executor.map(pause, range(items)))", "[pause(1)]")
    result = project.run(how)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["the workload handed no task to its executor and did not*"])
