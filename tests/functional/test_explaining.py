"""Where the time of cells went, through pytest."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.model import Cpus
from tests.functional.project import change, scale, speedup_of

if TYPE_CHECKING:
    from typing import Any

    from tests.functional.project import Project


def test_stacks_of_chosen_cells_are_shown(project: Project) -> None:
    """They are saved with the run, and the saved ones stand beside those of now."""
    saved = project.save("--speedup-explain=thread")
    result = project.gate("--benchmark-only", "--speedup-explain=all")
    result.stdout.fnmatch_lines(
        [
            "test_work.py::test_work?thread-2?",
            "  milliseconds * saved * now",
            "  ideal *",
            "  measured *",
            "  speedup * ?.??x * ?.??x",
        ]
    )
    document: dict[str, Any] = {}
    change(saved, document.update)
    stacks = speedup_of(document)["stacks"]
    assert len(stacks) == 3
    assert all(stack["workers"] == 2 for stack in stacks)


def test_a_name_that_no_cell_has_is_told(project: Project) -> None:
    """Instead of nothing."""
    result = project.run("--benchmark-only", "--speedup-explain=prime")
    result.stdout.fnmatch_lines(["--speedup-explain=prime: no cell that was measured has it in *"])


def test_a_red_cell_says_that_its_loss_is_not_explained(project: Project) -> None:
    """Where the saved speedup was another one, but the recorded runs were the same."""
    scale(project.save(), speedup=1e6, parallel=1e-6)
    result = project.gate("--benchmark-only", margin="50%")
    result.stdout.fnmatch_lines(["work thread-2: regressed, *", "  unexplained: *"])


CROWDED = """
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

POOL, TOGETHER = ThreadPoolExecutor(8), threading.Barrier(8)

def compute(_number):
    TOGETHER.wait()
    return hashlib.pbkdf2_hmac("sha256", b"a", b"b", 20_000)

def task(item):
    return list(POOL.map(compute, range(8)))[0][0] + item

def work(executor, items):
    return list(executor.map(task, range(items)))

def test_work(speedup):
    speedup(work, 4)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="where the system tells which threads ran")
def test_more_threads_than_cpus_are_told(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each task has eight, as with a BLAS below it; a gate tells of them where they are new."""
    monkeypatch.setattr(Cpus, "effective", 2.0)
    project.pytester.makepyfile(test_work=CROWDED)
    project.replace("ThreadPoolExecutor(8), threading.Barrier(8)", "None, threading.Barrier(1)")
    project.replace("list(POOL.map(compute, range(8)))[0][0]", "compute(0)[0]")
    calm = project.run("--benchmark-only", "--benchmark-save=base")
    calm.assert_outcomes(passed=1)
    calm.stdout.no_fnmatch_line("*oversubscription*")
    (saved,) = project.saved()
    scale(saved, speedup=1e6, parallel=1e-6)
    project.pytester.makepyfile(test_work=CROWDED)
    result = project.gate("--benchmark-only", margin="50%")
    # Threads of the crowd that run just when the workers are roused are not told from them.
    beside = "[4-8] threads beside them on 2 CPUs: limit those, as *"
    result.stdout.fnmatch_lines(
        [
            "*regressed*",
            "*threads beside the workers [4-8] instead of 0*",
            f"speedup: work thread-2: oversubscription: 2 workers and {beside}",
        ]
    )
