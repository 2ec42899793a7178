"""Weak scaling: work that grows with the workers, measured, stored, judged and refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.clone import Clone
from tests.functional.project import speedup_of
from tests.functional.test_scaling import run

if TYPE_CHECKING:
    from tests.functional.project import Project

WEAK = '@pytest.mark.speedup(scaling="weak")'

OWN = """
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

def pause(item):
    time.sleep(0.03)
    return item

def work(count):
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(pause, range(2 * count)))

@pytest.mark.speedup(scaling="weak")
def test_work(scaling):
    scaling(work, tasks=len)
"""


@pytest.fixture
def weak(project: Project) -> Project:
    """A project whose tasks are two for each worker."""
    project.rest()
    project.mark(WEAK)
    project.replace("range(items)", "range(items * executor.workers)")
    project.replace("speedup(work, 4)", "assert speedup(work, 2) == [0, 1, 2, 3]")
    return project


def test_its_speedup_is_that_of_the_work_of_all_workers(weak: Project) -> None:
    """n T_1 / T_n, whose share of the ceiling is the efficiency; its laws are not Amdahl's."""
    result = weak.run("--benchmark-only", "--benchmark-save=base")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["work (waiting, weak scaling, size default)", "weak scaling: n T_1 / T_n, as n workers *"]
    )
    result.stdout.no_fnmatch_line("*Karp-Flatt*")
    (path,) = weak.saved()
    saved = speedup_of(json.loads(path.read_text()))
    assert saved["scaling"] == "weak"
    # Were it T_1 / T_n, it could not be above 1 but by the noise of one round.
    assert saved["speedup"]["value"] > 1.2


def test_coroutines_do_the_work_of_all_workers(weak: Project) -> None:
    """Serially, on a loop of their own, what is expected; their cells are measured, not skipped."""
    weak.replace("def pause", "async def pause")
    weak.replace("time.sleep(", "await asyncio.sleep(")
    weak.replace("def work", "async def work")
    weak.replace("executor.map", "await executor.map")
    weak.replace("import time", "import asyncio\nimport time")
    result = weak.run("--benchmark-only", "--speedup-executors=asyncio")
    result.assert_outcomes(passed=1)


def test_the_plan_names_it(weak: Project) -> None:
    """As it names margin and floors."""
    plan = weak.run("--speedup-plan", "--benchmark-compare", "--speedup-fail=10%")
    plan.stdout.fnmatch_lines(["*thread, workers 2, margin 10 %, weak scaling"])


def test_what_was_saved_of_the_same_work_is_not_compared(weak: Project) -> None:
    """The ratio of times is another quantity."""
    weak.run("--benchmark-save=base").assert_outcomes(passed=1)
    weak.gate().assert_outcomes(passed=1)
    weak.replace('"weak"', '"strong"')
    weak.replace("items * executor.workers", "items * 2")
    result = weak.gate()
    result.stdout.fnmatch_lines(["*incomparable*scaling weak then, strong now*"])
    assert result.ret == 10


@pytest.mark.parametrize("timing", ["--benchmark-only", "--benchmark-disable"])
def test_a_wrong_result_is_refused_as_of_any_work(weak: Project, timing: str) -> None:
    """Serial code did the work of two workers, and returned something else."""
    weak.replace("range(items * executor.workers)))", "range(4 - (executor.name == 'thread'))))")
    weak.replace("range(4 -", "range(2 * executor.workers -")
    weak.run(timing).stdout.fnmatch_lines(["*work thread-2 returned a wrong result*"])


def test_work_that_does_not_grow_is_refused(weak: Project) -> None:
    """It would read as twice the speedup that it has; in a run that times nothing nobody knows."""
    weak.replace("items * executor.workers", "2 * items")
    result = weak.run("--benchmark-only")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*for 2 workers serial code takes * times as long as for one*"])
    weak.run("--benchmark-disable").assert_outcomes(passed=1)


def test_code_with_workers_of_its_own_tells_its_tasks(project: Project) -> None:
    """Tasks a second are of the same kind, and serial ones of one worker's."""
    project.pytester.makepyfile(test_work=OWN)
    result = run(project, "--benchmark-only")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["work (waiting, weak scaling, size default)"])
    for given, said in (
        ("scaling(work)", "*takes tasks=, a function of the result*"),
        ("scaling(work, tasks=lambda done: 4)", "*2 workers ran 4 tasks where one ran 4*"),
    ):
        project.pytester.makepyfile(test_work=OWN.replace("scaling(work, tasks=len)", given))
        refused = run(project, "--benchmark-only")
        refused.assert_outcomes(failed=1)
        refused.stdout.fnmatch_lines([said])


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ('scaling="week"', "*scaling is 'strong', of the same work, or 'weak', *; got 'week'*"),
        ('parameter="count", scaling="weak"', "*is not for tests of pytest-benchmark*"),
    ],
)
def test_what_cannot_be_is_refused(project: Project, marker: str, said: str) -> None:
    """In a line, at collection."""
    project.mark(f"@pytest.mark.speedup({marker})")
    result = project.run()
    result.stdout.fnmatch_lines([said])
    assert result.ret != pytest.ExitCode.OK


def commit(weak: Project) -> None:
    """Make it the base of what comes after."""
    (weak.path / ".gitignore").write_text("__pycache__\n")
    clone = Clone(weak.path)
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message=base")


def test_a_comparison_judges_the_work_of_all_workers(weak: Project) -> None:
    """A lock makes head as slow as serial code for two; one speedup is said of both kinds."""
    commit(weak)
    weak.replace("import time", "import threading\nimport time\n\nLOCK = threading.Lock()")
    weak.replace("    time.sleep(0.03)", "    with LOCK:\n        time.sleep(0.04)")
    result = weak.run("--benchmark-only", "--speedup-against=HEAD", "--speedup-fail=20%")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["RED: 1 of 1 cell regressed: work[[]thread-2[]] *"])
    weak.replace("items * executor.workers", "items * 2")
    broken = weak.run("--benchmark-only", "--speedup-against=HEAD", "--speedup-fail=20%")
    broken.stdout.fnmatch_lines(["*scaling='weak': for 2 workers serial code takes *"])
    assert broken.ret == 11


def test_a_change_of_the_kind_of_scaling_takes_no_floor_away(weak: Project) -> None:
    """Although it may be incomparable."""
    weak.replace(WEAK, WEAK.replace(")", ", at_least=1000)"))
    commit(weak)
    weak.replace('"weak", at_least=1000', '"strong"')
    weak.replace("items * executor.workers", "items * 2")
    options = ("--speedup-fail=20%", "--speedup-allow=incomparable")
    result = weak.run("--benchmark-only", "--speedup-against=HEAD", *options)
    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    said = " ".join(line.strip() for line in result.stdout.lines)
    assert "its floor is 1000; its test says scaling weak in the base, and strong in head" in said
