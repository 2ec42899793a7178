"""Workloads that take an executor of the standard library, are set up, and must keep workers busy.

Peaks are of tasks that pause for long, or that run one after another: no machine is too busy.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.gate import BROKEN
from tests.clone import Clone

if TYPE_CHECKING:
    from tests.functional.project import Project

WIDE = "--speedup-fail=99%"

SUBMITS = """
import concurrent.futures
import time

import pytest

def pause(item, seconds):
    time.sleep(seconds)
    return item

def fetch_all(executor, items):
    with executor:
        futures = [executor.submit(pause, item, seconds=0.03) for item in items]
        return sorted(one.result() for one in concurrent.futures.as_completed(futures))

def test_work(speedup):
    speedup(fetch_all, [1, 2, 3, 4])
"""

MAPS = """
def add_all(executor, ones, others):
    return list(executor.map(pow, ones, others, chunksize=2, timeout=60))

def test_work(speedup):
    speedup(add_all, [2, 3, 4, 5], [2, 2, 2, 2])
"""

ONE_BY_ONE = """
    return [executor.submit(pause, item, seconds=0.03).result() for item in items]
"""

OWN_THREADS = """
    import threading
    threads = [threading.Thread(target=pause, args=(1, 0.03)) for _ in range(executor.workers)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return len(items)
"""


def write(project: Project, text: str) -> None:
    (project.path / "test_work.py").write_text(text, encoding="utf-8")


def with_body(body: str) -> str:
    head, _, tail = SUBMITS.partition("    with executor:\n")
    return head + body.lstrip("\n") + tail[tail.index("\n\ndef test_work") :]


def cells_of(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["executor"]: one for one in report["cells"]}


@pytest.mark.parametrize("text", [SUBMITS, MAPS])
def test_code_that_takes_an_executor_is_measured(project: Project, text: str) -> None:
    """On threads and on processes, recorded task by task; their pools outlive it."""
    write(project, text)
    result = project.run(
        *("--benchmark-only", "--speedup-executors=serial,thread,process"),
        "--speedup-report=r.json",
    )
    result.assert_outcomes(passed=3)
    report = json.loads((project.path / "r.json").read_text(encoding="utf-8"))
    for name in ("thread", "process"):
        counts = cells_of(report)[name]["stacks"]["now"]["counts"]
        assert (counts["pools"], counts["tasks"]) == (1, 4)


def test_code_that_takes_an_executor_runs_once_without_timing(project: Project) -> None:
    """With an event loop, which has no futures, skipped."""
    write(project, SUBMITS)
    result = project.run("-rs", "--benchmark-disable", "--speedup-executors=thread,process,asyncio")
    result.assert_outcomes(passed=2, skipped=1)
    result.stdout.fnmatch_lines(["*asyncio executor: *executor.map(function, tasks)*"])


SET_UP = """
import pytest

made = []

def make():
    made.append([3, 1, 2])
    return made[-1]

def sort(executor, numbers, more):
    numbers.sort()
    return [*executor.map(abs, numbers), more]

def test_work(speedup):
    assert speedup(sort, 4, setup=make) == [1, 2, 3, 4]
    assert len(made) > 3 or {few}
"""


@pytest.mark.parametrize("options", [["--benchmark-only"], ["--benchmark-disable"]])
def test_each_turn_is_set_up(project: Project, options: list[str]) -> None:
    """A list that an earlier turn sorted would be compared with itself."""
    write(project, SET_UP.format(few="--benchmark-disable" in options))
    project.run(*options).assert_outcomes(passed=1)


WRITES_OVER = """
def fill(executor, out):
    out[:] = executor.map(abs, [1, 2])
    return out

def test_work(speedup):
    speedup(fill, [0, 0])
"""


def test_a_result_that_is_written_over_is_refused(project: Project) -> None:
    """In a line that names the way out."""
    write(project, WRITES_OVER)
    result = project.run("--benchmark-only")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the result is the very list that serial code*setup=*"])
    result.stdout.no_fnmatch_line("*Traceback*")


COMPARED = """
def pick(executor):
    return next(executor.map(id, [object()]))

def test_work(speedup):
    speedup(pick, compare=lambda one, other: isinstance(one, int))
"""


def test_a_comparison_of_one_s_own_decides(project: Project) -> None:
    """Such as that of what differs in each run."""
    write(project, COMPARED)
    project.run("--benchmark-only").assert_outcomes(passed=1)
    project.replace("isinstance(one, int)", "isinstance(one, str)")
    result = project.run("--benchmark-only")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["work thread-2 returned a wrong result, by compare=.*"])


COROUTINES = """
import asyncio
import math

import pytest

def make():
    return [3, 1, 2]

async def pause(number):
    await asyncio.sleep(0.03)
    return number + 0.5

async def sort(executor, numbers, more):
    numbers.sort()
    return await executor.map(pause, [*numbers, more])

def close(ours, theirs):
    return all(map(math.isclose, ours, theirs))

@pytest.mark.speedup(executors=["serial", "asyncio"], workers=[2], peak={peak})
def test_work(speedup):
    assert speedup(sort, 4, setup=make, compare=close) == [1.5, 2.5, 3.5, 4.5]
"""


@pytest.mark.parametrize("peak", [2, 3])
def test_coroutines_are_set_up_compared_and_counted(project: Project, peak: int) -> None:
    """As other workloads are: two workers have no three tasks at once."""
    write(project, COROUTINES.format(peak=peak))
    everything = ("--speedup-executors=serial,asyncio", "--speedup-workers=2")
    result = project.run("--benchmark-only", *everything)
    result.assert_outcomes(passed=2 if peak == 2 else 1, failed=0 if peak == 2 else 1)


SENDS_A_CLOSURE = """
def submit(executor):
    return executor.submit(lambda: 1).result()

def test_work(speedup):
    speedup(submit)
"""


@pytest.mark.parametrize("options", [["--benchmark-only"], ["--benchmark-disable"]])
def test_what_cannot_be_pickled_is_told_of_futures_too(
    project: Project, options: list[str]
) -> None:
    """With the way out."""
    write(project, SENDS_A_CLOSURE)
    result = project.run(*options, "--speedup-executors=process")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["process executor: cannot send a task *lambda*use threads*"])
    result.stdout.no_fnmatch_line("*Traceback*")


PEAK = "@pytest.mark.speedup(peak=2)"


def test_a_peak_that_is_reached_is_green(project: Project) -> None:
    """With nothing to compare with, and saved runs of it are compared as others are."""
    write(project, SUBMITS)
    project.mark(PEAK)
    result = project.run("--benchmark-only", "--benchmark-save=base")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["GREEN: 1 of 1 cell passed"])
    result = project.gate()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["speedup gate: 1 passed"])


def test_a_peak_that_is_missed_is_red(project: Project) -> None:
    """Alone and beside a baseline, and what is red is not saved."""
    write(project, with_body(ONE_BY_ONE))
    project.save()
    project.mark(PEAK)
    floor = "its floor is a peak of 2 tasks in flight, and at most 1 were at work at once"
    for arguments in (["--benchmark-only"], ["--benchmark-compare", WIDE]):
        result = project.run(*arguments, "--benchmark-autosave")
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        said = " ".join(line.strip() for line in result.stdout.lines)
        assert floor in said
        assert "seen in two pools" in said
        result.stdout.fnmatch_lines(["RED: 1 of 1 cell regressed: work?thread-2?*"])
    saved = [json.loads(path.read_text(encoding="utf-8")) for path in project.saved()[1:]]
    assert not any(document["benchmarks"] for document in saved)


def test_a_peak_that_was_not_recorded_is_not_green(project: Project) -> None:
    """Threads of the workload's own tell nothing."""
    write(project, with_body(OWN_THREADS))
    project.mark(PEAK)
    for arguments in (["--benchmark-only"], ["--benchmark-compare", WIDE]):
        result = project.run(*arguments)
        assert result.ret == BROKEN
        said = " ".join(line.strip() for line in result.stdout.lines)
        assert "none of its tasks was recorded" in said


@pytest.mark.parametrize(("seconds", "code"), [(60, 0), (0.02, 1)])
def test_tasks_are_held_against_how_quickly_they_are_to_be_done(
    project: Project, seconds: float, code: int
) -> None:
    """Each takes 30 ms, and no minute; how long is told, and is in the reports."""
    write(project, SUBMITS)
    project.mark(f"@pytest.mark.speedup(p95={seconds}, tasks_per_second=0.05)")
    result = project.run("--benchmark-only", "--speedup-report=r.json")
    assert result.ret == code
    said = " ".join(line.strip() for line in result.stdout.lines)
    found = re.search(
        r"work thread-2: (\S+) \(\S+ to \S+\) tasks/s, half of them done within", said
    )
    assert found is not None
    (cell,) = json.loads((project.path / "r.json").read_text())["cells"]
    tasks = cell["measurement"]["tasks"]
    assert tasks["per_second"]["value"] == pytest.approx(float(found[1]), rel=0.01)
    assert 0.03 <= tasks["p50"]["value"] <= tasks["p95"]["value"]
    if code:
        assert "its floor is 95% of its tasks done within 0.02 s each, and that took 0.0" in said


@pytest.fixture
def clone(project: Project) -> Clone:
    """The project, not committed yet."""
    (project.path / ".gitignore").write_text("__pycache__\n*.json\n")
    return Clone(project.path)


def commit(clone: Clone) -> None:
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message=base")


def compare(project: Project, *args: str) -> pytest.RunResult:
    return project.run("--benchmark-only", "--speedup-against=HEAD", WIDE, *args)


def test_a_peak_that_a_change_misses_is_red(project: Project, clone: Clone) -> None:
    """As a change does that waits for each of its tasks; 99 % of the speedup may be lost."""
    write(project, SUBMITS)
    project.mark(PEAK)
    commit(clone)
    write(project, with_body(ONE_BY_ONE))
    project.mark("@pytest.mark.speedup(peak=1)")
    result = compare(project)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    said = " ".join(line.strip() for line in result.stdout.lines)
    assert "its floor is a peak of 2 tasks in flight, and at most 1 were at work" in said
    assert "this change moves peak of work[thread-2] from 2 to 1; it is judged by that" in said


def test_a_peak_is_confirmed_with_the_code_of_the_saved_runs(
    project: Project, clone: Clone
) -> None:
    """Red there, too, though 99 % of the speedup may be lost."""
    (project.path / ".gitignore").write_text("__pycache__\n*.json\n.benchmarks\n")
    write(project, SUBMITS)
    project.mark(PEAK)
    commit(clone)
    project.save()
    write(project, with_body(ONE_BY_ONE))
    project.mark(PEAK)
    commit(clone)
    result = project.gate()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    said = " ".join(line.strip() for line in result.stdout.lines)
    assert "its floor is a peak of 2 tasks in flight, and at most 1 were at work" in said


SIDES = """
import tempfile
import concurrent.futures as cf
import time

def write(folder, item):
    time.sleep(0.03)
    with open(f"{folder}/{item}", "w") as file:
        return file.write(str(item))

def store(executor, folder, items):
    with executor:
        done, _ = cf.wait([executor.submit(write, folder, item) for item in items])
    return sum(one.result() for one in done)

def test_work(speedup):
    speedup(store, [1, 22, 333, 4444], setup=tempfile.TemporaryDirectory, compare=int.__eq__)
"""


def test_sides_set_up_submit_and_compare_as_a_run_does(project: Project, clone: Clone) -> None:
    """A folder for each turn, which is gone after it."""
    write(project, SIDES)
    commit(clone)
    project.replace("return file.write", "return 0 + file.write")
    result = compare(project)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["speedup gate: 1 passed"])


def test_sides_that_set_up_something_else_are_not_compared(project: Project, clone: Clone) -> None:
    """It is an argument as others are."""
    write(project, SET_UP.format(few=True))
    commit(clone)
    project.replace("[3, 1, 2]", "[3, 1, 2, 5]")
    project.replace("== [1, 2, 3, 4]", "")
    result = compare(project)
    result.stdout.fnmatch_lines(["*incomparable*its arguments or its size changed: args?0?*"])
