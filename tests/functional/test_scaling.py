"""Code with workers of its own: measured, judged, compared, refused and told of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import BROKEN
from pytest_speedup.measurement import loop, read_machine
from pytest_speedup.measurement.machine import native_kernel_arms
from pytest_speedup.model import Bound
from pytest_speedup.plugin import instruments
from tests.clone import Clone
from tests.functional.project import speedup_of
from tests.left_out import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor
    from tests.functional.project import Project

OWN = """
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

def fetch(url):
    time.sleep(0.03)
    return url

def fetch_all(urls, max_workers):
    with ThreadPoolExecutor(max_workers) as pool:
        return list(pool.map(fetch, urls))

def deaf(urls, max_workers):
    max_workers = min(1, max_workers)
    return fetch_all(urls, max_workers)

URLS = ["a", "b"]

def test_work(scaling):
    assert scaling(fetch_all, URLS, parameter="max_workers") == URLS
"""

ADOPTED = """
import pytest

from test_work import URLS, fetch_all

@pytest.mark.speedup(parameter="count")
@pytest.mark.parametrize("count", [2])
def test_old(benchmark, count):
    benchmark(fetch_all, URLS, max_workers=count)
"""

APART = """
import os, time

COUNT = int(os.environ.get("OUR_THREADS", 0))

def work(items):
    time.sleep(0.03 / COUNT)
    return [item * 2 for item in items], os.getpid() > 0
"""

ALWAYS = (
    "-pno:cacheprovider",
    *LEFT_OUT,
    "--speedup-workers=2",
    "--benchmark-max-time=0.2",
)


@pytest.fixture
def own(project: Project) -> Project:
    """A project whose code has workers of its own."""
    project.pytester.makepyfile(test_work=OWN)
    return project


def run(own: Project, *args: str) -> pytest.RunResult:
    return own.pytester.runpytest_inprocess(*ALWAYS, *args)


def test_it_is_one_row_over_the_worker_counts(own: Project) -> None:
    """Whatever executors are measured otherwise; only the command line leaves it out."""
    own.pytester.makeini("[pytest]\nspeedup_executors = thread")
    result = run(own, "--benchmark-only", "--speedup-workers=1,2", "--benchmark-save=base")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["work (waiting, size default)", "  workers* 1 * 2", "  own * *x*"])
    (path,) = own.saved()
    names = {one["name"] for one in json.loads(path.read_text())["benchmarks"]}
    assert names == {"test_work[own-1]", "test_work[own-2]"}
    run(own, "--co", "-q", "--speedup-executors=own").stdout.fnmatch_lines(["*[[]own-2[]]"])
    left_out = run(own, "--speedup-executors=thread", "-v")
    assert "passed" not in left_out.parseoutcomes()
    left_out.stdout.no_fnmatch_line("*own-2*")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the executors whose ceiling is that of a kernel without the lock."""
    names = []

    def native(executor: Executor) -> dict[str, Callable[[], float]]:
        names.append(executor.name)
        return native_kernel_arms(executor)

    monkeypatch.setattr(loop, "native_kernel_arms", native)
    return names


@pytest.mark.parametrize("at_once", [False, True])
def test_the_ceiling_of_workers_that_compute_at_once_holds_no_lock(
    own: Project, asked: list[str], monkeypatch: pytest.MonkeyPatch, *, at_once: bool
) -> None:
    """Whether they do is told by their CPU time; others are held against a kernel with the lock."""
    monkeypatch.setattr(instruments, "computes_at_once", lambda _timed: at_once)
    own.replace("time.sleep(0.03)", "sum(range(100_000))")
    run(own, "--benchmark-only").assert_outcomes(passed=1)
    assert bool(asked) is (at_once and read_machine("spawn").gil)


def test_a_speedup_that_no_lock_leaves_has_a_ceiling_without_one(
    own: Project, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though a neighbour hid while they warmed up that workers computed at once."""
    monkeypatch.setattr(instruments, "computes_at_once", lambda _timed: False)
    monkeypatch.setattr(instruments, "bound_of", lambda _timed: Bound.CPU)
    run(own, "--benchmark-only").assert_outcomes(passed=1)
    assert bool(asked) is read_machine("spawn").gil


def test_it_runs_once_where_nothing_is_timed(own: Project) -> None:
    """And its result is compared all the same."""
    run(own, "--benchmark-disable").assert_outcomes(passed=1)
    own.replace('scaling(fetch_all, URLS, parameter="max_workers")', "scaling(lambda n: n)")
    result = run(own, "--benchmark-disable")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*returned a wrong result.", "*from serial code: 1", "got: 2"])


def test_a_marker_chooses_its_counts_and_margins(own: Project) -> None:
    """But no executors."""
    own.mark('@pytest.mark.speedup(workers=[3], margin={"own-3": 0.3}, at_least=1e-3)')
    plan = own.pytester.runpytest_inprocess(
        *ALWAYS[:-2], "--speedup-plan", "--speedup-fail=10%", "--benchmark-compare"
    )
    plan.stdout.fnmatch_lines(["*[[]own-3[]]: own, workers 3, margin 30 %, at_least 0.001"])
    own.replace("workers=[3]", 'executors=["thread"]')
    run(own).stdout.fnmatch_lines(["*test_work takes scaling, whose code has workers of its own*"])


def test_the_executor_of_own_workers_is_for_nothing_else(project: Project) -> None:
    """A workload would hand its tasks to nobody."""
    project.mark('@pytest.mark.speedup(executors=["own"])')
    result = project.run("--speedup-executors=own")
    result.stdout.fnmatch_lines(["*executor 'own' is that of the fixture scaling*"])
    assert result.ret != pytest.ExitCode.OK


def test_a_test_takes_one_of_both_fixtures(own: Project) -> None:
    """Its cells are of one kind; a fixture of the user's that is called speedup is none of ours."""
    own.replace("test_work(scaling)", "test_work(scaling, speedup)")
    run(own).stdout.fnmatch_lines(["*test_work takes speedup and scaling*write a test for each*"])
    own.pytester.makeconftest("import pytest\n\n@pytest.fixture\ndef speedup():\n    return len")
    run(own, "--benchmark-disable").assert_outcomes(passed=1)


def test_a_users_own_fixture_of_that_name_is_left_alone(own: Project) -> None:
    """Cells hang on our parameters."""
    own.pytester.makeconftest("import pytest\n\n@pytest.fixture\ndef scaling():\n    return len")
    own.replace('assert scaling(fetch_all, URLS, parameter="max_workers") == URLS', "scaling(URLS)")
    run(own).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            'scaling(fetch_all, URLS, parameter="worker")',
            "*has no parameter 'worker'; it has urls*",
        ),
        ("scaling(fetch_all, URLS, timeout=1)", "*scaling() has no 'timeout': its keywords are*"),
        (
            "scaling(fetch_all, URLS, weak=True)",
            "*; a test of weak scaling is marked @pytest.mark.*",
        ),
        ("scaling(lambda n: (n for _ in URLS))", "*returned an iterator (generator)*"),
        ("scaling(lambda n: 1)", "*never reads its parameter 'n'*"),
    ],
)
def test_what_cannot_be_measured_fails_in_a_line(own: Project, call: str, said: str) -> None:
    """And is not saved."""
    own.replace('scaling(fetch_all, URLS, parameter="max_workers")', call)
    result = run(own, "--benchmark-only", "--benchmark-save=base")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([said])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*was not used*")
    assert not any(json.loads(one.read_text())["benchmarks"] for one in own.saved())


@pytest.mark.parametrize("timing", ["--benchmark-only", "--benchmark-disable"])
def test_the_likely_first_mistake_names_the_fixture(own: Project, timing: str) -> None:
    """In one line."""
    own.replace("test_work(scaling)", "test_work(speedup)")
    own.replace(
        'scaling(fetch_all, URLS, parameter="max_workers")',
        "speedup(fetch_all, URLS, max_workers=2)",
    )
    result = run(own, timing, "--speedup-executors=thread")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*as in scaling(fetch_all, ..., parameter='max_workers')", "*", "*1 failed*"]
    )


def test_a_count_that_never_arrives_is_asked_for(own: Project, watched: Project) -> None:
    """And a gate does not vouch for it, although it passes by time."""
    own.replace("sleep(0.03)", "sleep(0.2)")  # no noise of a busy machine looks like a speedup
    own.replace("(fetch_all, URLS, parameter", "(deaf, URLS, parameter")
    question = "2 workers ran as 1: is max_workers used?"
    result = run(own, "--benchmark-only", "--benchmark-save=base")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"speedup: work own-2: {question}"])
    gated = run(own, "--benchmark-compare", "--speedup-fail=99%")
    gated.stdout.fnmatch_lines([f"*own-2*unwatched*{question}"])
    assert gated.ret == 10


def test_a_loss_is_red_however_it_came_about(own: Project) -> None:
    """The count no longer arrives; the saved run knows that it did."""
    run(own, "--benchmark-save=base").assert_outcomes(passed=1)
    (path,) = own.saved()
    from tests.functional.project import scale  # noqa: PLC0415 - of this test alone

    scale(path, speedup=1e6, parallel=1e-6)
    own.replace("(fetch_all, URLS, parameter", "(deaf, URLS, parameter")
    result = run(own, "--benchmark-compare", "--speedup-fail=50%")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*regressed*", "*2 workers ran as 1: is max_workers used?"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_tasks_and_other_serial_code_are_told(own: Project) -> None:
    """In tasks per second; results that are not compared are said to be so."""
    own.replace(
        'assert scaling(fetch_all, URLS, parameter="max_workers") == URLS',
        "scaling(lambda n, urls: fetch_all(urls, n), URLS, "
        "serial=lambda urls: sorted(map(fetch, urls)), compare=None, tasks=len)",
    )
    result = run(own, "--benchmark-save=base")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["*results are not compared*", "speedup: work own-2: * (* to *) tasks/s, *"]
    )
    (path,) = own.saved()
    (cell,) = json.loads(path.read_text())["benchmarks"]
    tasks = cell["extra_info"]["tasks"]
    assert tasks["per_second"]["value"] == pytest.approx(2 / cell["stats"]["median"], rel=0.5)
    assert tasks["p50"]["value"] >= 0.03
    assert speedup_of(json.loads(path.read_text()))["executor"] == "own"


@pytest.mark.parametrize(("tasks", "code"), [("tasks=len", 0), ("tasks=lambda _: 1e-4", 1)])
def test_code_with_workers_of_its_own_is_held_against_tasks_a_second(
    own: Project, tasks: str, code: int
) -> None:
    """As many as it says that it ran; a turn takes 30 ms and no minute."""
    own.replace('parameter="max_workers") == URLS', f'parameter="max_workers", {tasks}) == URLS')
    own.replace("def test_work", "@pytest.mark.speedup(tasks_per_second=0.05)\ndef test_work")
    result = run(own, "--benchmark-only")
    assert result.ret == code
    if code:
        result.stdout.fnmatch_lines(["*its floor is 0.05 tasks a second, and it ran 0.00*"])


def test_tasks_that_are_not_told_of_have_reached_no_floor(own: Project) -> None:
    """The run is not green where threads are no pool's."""
    own.replace("def test_work", "@pytest.mark.speedup(tasks_per_second=0.05)\ndef test_work")
    own.replace(
        'scaling(fetch_all, URLS, parameter="max_workers") == URLS',
        "scaling(lambda n: time.sleep(0.03 / n)) is None",
    )
    result = run(own, "--benchmark-only")
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*scaling has no tasks=*"])


def test_counts_in_variables_have_processes_of_their_own(own: Project) -> None:
    """Which are started with them, and with nothing of another count."""
    own.pytester.makepyfile(apart=APART)
    own.replace(
        'scaling(fetch_all, URLS, parameter="max_workers") == URLS',
        'scaling(apart.work, [1, 2], environ="OUR_THREADS") == ([2, 4], True)',
    )
    own.replace("import pytest", "import apart\nimport pytest")
    result = run(own, "--benchmark-only")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*ran as 1*")
    own.replace("apart.work, [1, 2]", "lambda xs: xs, [1, 2]")
    failed = run(own, "--benchmark-disable")
    failed.stdout.fnmatch_lines(["*in processes of their own, where <lambda> cannot be sent*"])


def test_a_variable_that_nobody_reads_is_asked_for(own: Project) -> None:
    """By what works in these processes."""
    own.pytester.makepyfile(apart=APART.replace("0.03 / COUNT", "0.03"))
    own.replace(
        'scaling(fetch_all, URLS, parameter="max_workers") == URLS',
        'scaling(apart.work, [1], environ="OUR_THREADS")',
    )
    own.replace("import pytest", "import apart\nimport pytest")
    result = run(own, "--benchmark-only")
    result.stdout.fnmatch_lines(["*work own-2: 2 workers ran as 1: is OUR_THREADS used?"])


def test_a_comparison_judges_own_workers_and_adopted_tests(own: Project) -> None:
    """A loss is red; head's sides say that the count does not arrive any more."""
    (own.path / ".gitignore").write_text("__pycache__\n")
    (own.path / "test_old.py").write_text(ADOPTED)
    clone = Clone(own.path)
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message=base")
    own.replace("ThreadPoolExecutor(max_workers)", "ThreadPoolExecutor(min(max_workers, 1))")
    own.replace("time.sleep(0.03)", "time.sleep(0.03 * (1 if max_workers == 1 else 9))")
    own.replace("def fetch(url):", "def fetch(url, max_workers):")
    own.replace("pool.map(fetch, urls)", "pool.map(partial(fetch, max_workers=max_workers), urls)")
    result = run(own, "--benchmark-only", "--speedup-against=HEAD", "--speedup-fail=50%")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["RED: 2 of 2 cells regressed: *"])
    result.stdout.no_fnmatch_line("*it handed no task to its executor*")
