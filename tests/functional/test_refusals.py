from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.functional.project import Project

USAGE = pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (["--speedup-workers=0"], "*argument --speedup-workers: worker counts are whole numbers*"),
        (["--speedup-workers=-2"], "*got -2"),
        (["--speedup-executors=fiber"], "*unknown executor 'fiber'; choose from serial, thread*"),
        (["--speedup-size=huge"], "*unknown size 'huge'; choose from quick, default, seed"),
        (
            ["--speedup-start-method=x"],
            "*start method 'x' does not exist on this platform; choose one of *spawn*",
        ),
        (["--speedup-fail=10%"], "*--speedup-fail needs something to compare with: *"),
        (
            ["--speedup-fail=10%", "--benchmark-compare", "--benchmark-disable"],
            "*--speedup-fail judges what is timed*",
        ),
        (["--speedup-fail=most"], "*the accepted loss lies between 0 and 100 %*"),
        (["--speedup-reset"], "*--speedup-reset begins a new baseline with the run that is saved*"),
        (
            ["-n", "2", "--benchmark-only"],
            "*--benchmark-only cannot time anything under*",
        ),
        (["-n", "2", "--speedup-fail=5%"], "*--speedup-fail cannot time anything under*-n 0*"),
        (["--benchmark-timer=time.process_time"], "*cannot be timed with time.process_time*"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_it_is_refused_in_one_line(project: Project, args: list[str], complaint: str) -> None:
    """Before the first test, with pytest's exit code for wrong usage and no traceback."""
    result = project.run(*args)
    assert result.ret == USAGE
    result.stderr.fnmatch_lines([complaint])
    result.stderr.no_fnmatch_line("*Traceback*")


def test_a_test_of_which_no_cell_is_chosen_is_skipped(project: Project) -> None:
    """Where the command line chooses among what its marker names; a gate then has nothing."""
    project.mark('@pytest.mark.speedup(executors=["process"])')
    result = project.run("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*empty parameter set*"])


@pytest.mark.parametrize("how", ["settrace", "setprofile"])
def test_timing_under_a_tracer_is_refused(project: Project, how: str) -> None:
    """A tracer slows the side that runs here, and not the one in other processes."""
    project.pytester.makeconftest(
        f"import sys\n\ndef pytest_collection():\n    sys.{how}(lambda *_: None)\n"
    )
    result = project.run_apart("--benchmark-only")
    assert result.ret == USAGE
    result.stderr.fnmatch_lines(["*speedup cannot be timed under a *sys.set*"])
    untimed = project.run_apart()
    untimed.assert_outcomes(passed=1)
    untimed.stdout.fnmatch_lines(["speedup: each cell ran once and was not timed, under a *"])
    project.run_apart("--benchmark-disable").assert_outcomes(passed=1)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with Python 3.12")
def test_timing_under_monitoring_is_refused(project: Project) -> None:
    """Coverage measures through it on newer Pythons."""
    project.pytester.makeconftest(
        """
        import sys

        def pytest_collection():
            sys.monitoring.use_tool_id(1, "coverage")
            sys.monitoring.set_events(1, sys.monitoring.events.LINE)
        """
    )
    result = project.run_apart("--benchmark-only")
    assert result.ret == USAGE
    result.stderr.fnmatch_lines(["*under coverage (sys.monitoring)*"])
    project.run_apart().assert_outcomes(passed=1)


def test_other_tests_run_under_a_tracer(project: Project) -> None:
    """A project measures the coverage of its ordinary tests as ever."""
    project.pytester.makepyfile(test_work="def test_plain():\n    pass\n")
    project.pytester.makeconftest(
        "import sys\n\ndef pytest_collection():\n    sys.settrace(lambda *_: None)\n"
    )
    project.run_apart().assert_outcomes(passed=1)


def test_a_wrong_marker_is_refused(project: Project) -> None:
    """A misspelt argument is named at collection."""
    project.mark("@pytest.mark.speedup(worker=2)")
    result = project.run()
    result.stdout.fnmatch_lines(["*@pytest.mark.speedup: unknown argument 'worker'; it takes*"])
    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_a_wrong_ini_value_is_refused(project: Project) -> None:
    """The ini option is named."""
    project.pytester.makeini("[pytest]\nspeedup_size = huge\n")
    result = project.run()
    assert result.ret == USAGE
    result.stderr.fnmatch_lines(["*ini option speedup_size: unknown size 'huge'*"])


def test_an_error_of_an_executor_is_one_line(project: Project) -> None:
    """Without what led to it, which would repeat it: a pool broke, since a worker died, say."""
    project.pytester.makepyfile(
        test_work="""
        from pytest_speedup.errors import SpeedupError

        def work(executor):
            try:
                raise BrokenPipeError("a worker is gone")
            except BrokenPipeError as error:
                raise SpeedupError("pool executor: a worker died; use fewer") from error

        def test_work(speedup):
            speedup(work)
        """
    )
    result = project.run("-rN")
    result.assert_outcomes(failed=1)
    assert [line for line in result.outlines if "worker" in line and "speedup:" not in line] == [
        "pool executor: a worker died; use fewer"
    ]
    result.stdout.no_fnmatch_line("*exception*")
