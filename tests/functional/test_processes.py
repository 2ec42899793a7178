"""What runs in processes of its own: whether it is found there, and whether it ends."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pytest_speedup
from tests.posix import KILLED, interrupt_group, is_alive, kill, posix_only

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functional.project import Project

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which something that should happen is taken not to happen."""

ENDLESS = """
import os
import pathlib
import time

def endless(folder):
    pathlib.Path(folder, str(os.getpid())).touch()
    while True:
        time.sleep(0.1)

def work(executor, folder):
    if executor.name == "serial":
        return list(executor.map(len, [""]))
    return list(executor.map(endless, [folder] * executor.workers))

def test_work(speedup, request):
    speedup(work, str(request.config.rootpath / "pids"))
"""


INTERRUPTIBLE = """
import signal
import sys

import pytest

# A job in the background of a shell is started with Ctrl-C ignored, one under nohup with SIGHUP.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
sys.exit(pytest.main())
"""


def wait_for(condition: object) -> bool:
    """Poll until the condition holds; false when it never does."""
    assert callable(condition)
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@posix_only
@pytest.mark.parametrize(
    ("stop", "expected"), [(interrupt_group, 2), (kill, KILLED)], ids=["ctrl-c", "killed"]
)
def test_no_process_is_left(project: Project, stop: Callable[[int], None], expected: int) -> None:
    """Ctrl-C in a process cell ends its workers, and so does the death of pytest itself."""
    folder = project.path / "pids"
    folder.mkdir()
    project.pytester.makepyfile(test_work=ENDLESS)
    options = ["--speedup-executors=process", "--speedup-workers=2", "-pno:cacheprovider"]
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *options],
        cwd=project.path,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as run:
        try:
            assert wait_for(lambda: len(list(folder.iterdir())) == 2)
            # A terminal sends Ctrl-C to the whole group; a kill reaches pytest alone.
            stop(run.pid)
            code = run.wait(PATIENCE)
        finally:
            run.kill()
    assert code == expected
    pids = [int(path.name) for path in folder.iterdir()]
    assert wait_for(lambda: not any(map(is_alive, pids)))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Copy what a clone holds."""
    package = Path(pytest_speedup.__file__).parent  # may be installed, with no source beside it
    for folder in (package, ROOT / "workloads", ROOT / "benchmarks"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(folder, tmp_path / folder.name, ignore=ignore)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize("elsewhere", [False, True], ids=["in it", "elsewhere"])
def test_children_find_the_workloads_of_a_bare_clone(
    clone: Path, tmp_path_factory: pytest.TempPathFactory, *, elsewhere: bool
) -> None:
    """Nothing of the project needs to be installed, and the working directory does not matter."""
    cell = "benchmarks/test_primes.py::test_primes[process-2]"
    folder = tmp_path_factory.mktemp("elsewhere") if elsewhere else clone
    options = ["--benchmark-disable", "-pno:cacheprovider", f"--rootdir={clone}"]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-c", clone / "pyproject.toml", clone / cell],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in result.stdout, result.stdout + result.stderr
