"""Executors beside the usual ones, through pytest."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.executors import choice
from tests.executors.here import HERE
from tests.functional.project import scale

if TYPE_CHECKING:
    from tests.functional.project import Project

EXAMPLE = Path(__file__).parents[1] / "executors" / "example"

COROUTINE = """
from pytest_speedup.executors import with_coroutine

async def pause_async(item):
    import asyncio
    await asyncio.sleep(0.005)
    return item

@with_coroutine(pause_async)
"""


@pytest.mark.parametrize("name", [name for name in HERE if name not in ("serial", "asyncio")])
def test_a_cell_is_measured_on_each(project: Project, name: str) -> None:
    """And has its row in the table."""
    result = project.run("--benchmark-only", f"--speedup-executors={name}")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"  {name} *x"])


@pytest.mark.parametrize("name", [name for name in HERE if name != "serial"])
def test_every_executor_gets_the_same_verdicts(project: Project, name: str) -> None:
    """Green on the same code, and red on a loss."""
    project.replace("def pause", f"{COROUTINE}def pause")
    chosen = f"--speedup-executors={name}"
    saved = project.save(chosen)
    clean = project.gate(chosen)
    assert clean.ret == 0
    clean.stdout.fnmatch_lines(["speedup gate: 1 passed"])
    # A loss that no noise of a busy machine comes near.
    scale(saved, speedup=1e6, parallel=1e-6)
    slow = project.gate(chosen, margin="50%")
    assert slow.ret == 1
    slow.stdout.fnmatch_lines(["speedup gate: 1 regressed"])


def test_a_workload_of_coroutines_is_measured_on_an_event_loop(project: Project) -> None:
    """Where its tasks have coroutine functions."""
    project.replace("def pause", f"{COROUTINE}def pause")
    result = project.run("--benchmark-only", "--speedup-executors=asyncio", "--speedup-explain=all")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["  asyncio *", "*asyncio-2*"])


@pytest.mark.parametrize("option", ["--benchmark-only", "--benchmark-disable"])
def test_a_workload_that_is_not_for_an_executor_is_skipped(project: Project, option: str) -> None:
    """With the reason; it is neither measured nor saved."""
    result = project.run(option, "-rs", "--speedup-executors=asyncio,thread")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*asyncio executor: test_work.pause is no coroutine*"])


def test_a_missing_library_ends_the_run_before_it_begins(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command that installs it."""
    monkeypatch.setattr(choice, "find_spec", lambda _module: None)
    result = project.run("--speedup-executors=loky")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*needs loky: python -m pip install 'pytest-speedup[[]loky]'*"])


def test_a_scheduler_has_an_address(project: Project) -> None:
    """Another text is refused with an example."""
    result = project.run("--speedup-dask-scheduler=somewhere")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*such as tcp://127.0.0.1:8786; got 'somewhere'"])


def test_an_executor_that_cannot_start_fails_its_test_in_a_line(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a traceback; it is not saved."""
    pytest.importorskip("distributed")
    monkeypatch.setattr("pytest_speedup.executors.dask_cluster.CONNECT_TIMEOUT", 0.5)
    address = "tcp://127.0.0.1:1"  # nobody listens there
    result = project.run(
        "--benchmark-save=away", "--speedup-executors=dask", f"--speedup-dask-scheduler={address}"
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"dask executor: no scheduler answers at {address}; start one*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert project.saved() == []


@pytest.mark.skipif(find_spec("importlib_metadata") is None, reason="Python's own finder is used")
def test_no_run_takes_the_plugins_of_the_next_one_with_it() -> None:
    """Dask imports a finder of distributions that takes the place of Python's own, for good."""
    assert "importlib_metadata" in sys.modules  # since before any inner run: tests/conftest.py


def install_example(site: Path) -> None:
    """Do what pip does: put the package and its metadata where Python looks."""
    metadata = site / "speedup_relay-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: speedup-relay\nVersion: 1.0\n")
    entry = (EXAMPLE / "pyproject.toml").read_text().partition('"pytest_speedup.executors"]\n')[2]
    (metadata / "entry_points.txt").write_text(
        "[pytest_speedup.executors]\n" + entry.replace('"', "")
    )


def test_the_executor_of_another_package_is_measured(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Once the package is installed, by its name."""
    result = project.run("--benchmark-only", "--speedup-executors=relay")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    install_example(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.syspath_prepend(EXAMPLE)
    result = project.run("--benchmark-only", "--speedup-executors=relay,thread")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["  relay *", "  thread *"])


COROUTINES = """
import asyncio
import pytest

async def work(executor, limit):
    places = asyncio.Semaphore(limit)

    async def pause(item):
        async with places:
            await asyncio.sleep(0.005)
        return item

    return await executor.map(pause, range(12))

{mark}
def test_work(speedup):
    speedup(work, {limit})
"""

ON_LOOPS = '@pytest.mark.speedup(executors=["serial", "asyncio"], workers=[4])'


def run_coroutines(
    project: Project, *options: str, mark: str = ON_LOOPS, limit: int = 100
) -> pytest.RunResult:
    """Run a workload that is a coroutine function, whatever cells its test has."""
    project.pytester.makepyfile(test_work=COROUTINES.format(mark=mark, limit=limit))
    everything = ("--speedup-executors=serial,thread,asyncio", "--speedup-workers=4")
    return project.run(*everything, *options)


def test_a_workload_that_is_a_coroutine_function_is_measured(project: Project) -> None:
    """On event loops: as many tasks at once as there are workers."""
    result = run_coroutines(project, "--benchmark-only")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["  asyncio *x", "*of *x"])


def test_it_runs_once_where_nothing_is_timed(project: Project) -> None:
    """And its result is compared."""
    run_coroutines(project, "--benchmark-disable").assert_outcomes(passed=2)


def test_a_limit_of_coroutines_is_named_as_the_cause(project: Project) -> None:
    """One place for four workers: nothing runs side by side."""
    result = run_coroutines(project, "--benchmark-only", "--speedup-explain=all", limit=1)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*asyncio-4: * of 4, lost to *% limit wait"])


def test_its_cells_on_other_executors_are_skipped(project: Project) -> None:
    """With what to measure instead, as long as there is one with an event loop."""
    mark = '@pytest.mark.speedup(executors=["thread", "asyncio"])'
    result = run_coroutines(project, "-rs", mark=mark)
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*coroutine function, which runs on event loops alone*"])


def test_a_coroutine_function_without_an_event_loop_fails(project: Project) -> None:
    """All of its cells would be skipped, and the run be green without having measured anything."""
    mark = '@pytest.mark.speedup(executors=["serial", "thread"])'
    result = run_coroutines(project, mark=mark)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["thread executor: the workload is a coroutine function*asyncio*"])
    result.stdout.no_fnmatch_line("*Traceback*")
