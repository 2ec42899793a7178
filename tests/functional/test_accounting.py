"""Cells that were to be compared with saved runs, and whose tests did something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import BROKEN
from tests.functional.project import scale

if TYPE_CHECKING:
    from tests.functional.project import Project

pytestmark = pytest.mark.filterwarnings("ignore::pytest_benchmark.logger.PytestBenchmarkWarning")

CELL = "test_work.py::test_work?thread-2?"
CALL = "speedup(work, 4)"


@pytest.mark.parametrize(
    ("code", "known", "new"),
    [
        ("pytest.skip('no network')", "missing*skipped: no network", "skipped*no network"),
        ("pytest.xfail('slow today')", "missing*slow today", "skipped*slow today"),
        ("return", "missing*without calling speedup", "broken*without calling speedup"),
        ("assert items", "broken*NameError: name 'items'*", "broken*NameError*"),
        (
            (
                "import threading; t = threading.Thread(target=lambda: speedup(str)); "
                "t.start(); t.join()"
            ),
            "broken*its call of speedup did not come to an end",
            "broken*did not come to an end",
        ),
        (
            "speedup(work, 4); speedup(work, 4)",
            "broken, its test called speedup twice",
            "broken, its test called speedup twice",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_cell_that_was_not_measured_is_not_green(
    project: Project, code: str, known: str, new: str
) -> None:
    """Whatever became of its test: what nobody measured, nobody vouches for."""
    other = "\n\ndef test_other(speedup):\n    speedup(work, 4)\n"
    path = project.path / "test_work.py"
    path.write_text(path.read_text() + other)
    project.run("--benchmark-save=both").assert_outcomes(passed=2)
    path.write_text(path.read_text().replace(CALL, code, 1))
    result = project.gate()
    assert result.ret != 0
    result.stdout.fnmatch_lines([f"{CELL}: {known}"])
    result.stdout.no_fnmatch_line("*INTERNALERROR*")
    path.write_text(path.read_text().replace("def test_work", "def test_fresh"))
    fresh = project.gate("--speedup-allow=missing")
    fresh.stdout.fnmatch_lines([f"test_work.py::test_fresh?thread-2?: {new}"])
    assert (fresh.ret == 0) == new.startswith("skipped")


def test_a_second_call_fails_its_test_in_one_line(project: Project) -> None:
    """A cell has one curve."""
    project.replace(CALL, f"{CALL}; {CALL}")
    result = project.run("--benchmark-only")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["call speedup once in a test: *"])


def test_what_a_stopped_run_did_not_reach_is_missing(project: Project) -> None:
    """After the first failure of -x nothing is known of the rest."""
    project.save()
    project.pytester.makepyfile(test_a="def test_a():\n    assert False\n")
    result = project.gate("-x")
    result.stdout.fnmatch_lines([f"{CELL}: missing, not run: the run was stopped before it"])


def test_xfail_does_not_hide_a_failure(project: Project) -> None:
    """pytest counts it as expected, the gate as a cell that was not measured."""
    project.save()
    project.mark("@pytest.mark.xfail")
    project.replace(CALL, "assert False")
    result = project.gate()
    result.assert_outcomes(xfailed=1)
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines([f"{CELL}: broken, failed: *"])


RERUN = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    for last in (False, True):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if last or not any(one.failed for one in reports):
            for one in reports:
                item.ihook.pytest_runtest_logreport(report=one)
            return True
        item._initrequest()
"""


def test_a_rerun_takes_no_loss_back(project: Project) -> None:
    """Plugins run a failed test again, until chance has it pass."""
    scale(project.save(), speedup=1e6, parallel=1e-6)
    project.pytester.makeconftest(RERUN)
    result = project.gate()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*before this rerun*", "RED: 1 of 1 cell regressed: *"])


def test_arguments_may_be_chosen_by_the_workers(project: Project) -> None:
    """Then each cell has serial code of its own."""
    project.replace("(speedup)", "(speedup, speedup_workers)")
    project.replace(CALL, "speedup(work, 2 * speedup_workers)")
    result = project.run("--benchmark-only", "--speedup-workers=1,2")
    result.assert_outcomes(passed=2)


def test_results_of_a_workload_go_with_its_last_cell(project: Project) -> None:
    """Memory does not grow with the number of workloads."""
    project.replace(CALL, f"{CALL}\n    assert len(RUN.references) == 1")
    project.pytester.makeconftest(
        """
        import pytest
        from pytest_speedup.plugin.run import RUN

        @pytest.fixture(autouse=True)
        def _look(request):
            request.module.RUN = request.config.stash[RUN]

        def pytest_sessionfinish(session):
            assert session.config.stash[RUN].references == {}
        """
    )
    path = project.path / "test_work.py"
    test = path.read_text()[path.read_text().index("def test_") :]
    path.write_text(f"{path.read_text()}\n{test.replace('test_work', 'test_other')}")
    result = project.run("--benchmark-disable", "--speedup-workers=1,2")
    result.assert_outcomes(passed=4)


def test_only_the_last_result_is_kept(project: Project) -> None:
    """A cell has hundreds of turns, and a result can have hundreds of megabytes."""
    project.pytester.makepyfile(
        test_work="""
        import weakref
        from pytest_speedup.plugin.run import RUN

        class Large(list):
            pass

        def work(executor):
            large = Large(executor.map(abs, [1]))
            alive.append(weakref.ref(large))
            most.append(sum(one() is not None for one in alive))
            return large

        alive, most = [], []

        def test_work(speedup):
            speedup(work)
            assert len(most) > 10
            assert max(most) <= 3
        """
    )
    project.run("--benchmark-only").assert_outcomes(passed=1)
