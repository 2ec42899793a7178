"""Ctrl-C while the sides of a comparison are built, by a build that never ends."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.clone import Clone
from tests.functional.test_processes import INTERRUPTIBLE, PATIENCE, wait_for
from tests.left_out import LEFT_OUT
from tests.posix import interrupt_group, is_alive, kill, posix_only

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.project import Project

BACKEND = """\
import os
import pathlib
import subprocess
import sys
import time

def build_wheel(folder, settings=None, metadata=None):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    for pid in (child.pid, os.getpid()):
        pathlib.Path(os.environ["PIDS"], str(pid)).touch()
    time.sleep(600)
"""
PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "acme-case"
version = "1"
"""


@pytest.fixture
def clone(project: Project, tmp_path: Path) -> Clone:
    """A project that is installed plainly, so that each side of it is built."""
    clone = Clone(project.path)
    (project.path / ".gitignore").write_text("__pycache__\n.benchmarks\n")
    (project.path / "backend.py").write_text(BACKEND)
    (project.path / "acme.py").write_text("SIDE = 'base'\n")
    clone.commit(PYPROJECT, "pyproject.toml")
    clone.commit("SIDE = 'head'\n", "acme.py")
    site = tmp_path / "here" / "site-packages"
    (info := site / "acme_case-1.dist-info").mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-case\nVersion: 1\n")
    (info / "RECORD").write_text("acme.py,,\n")
    (site / "acme.py").write_text("SIDE = 'installed'\n")
    return clone


@posix_only
def test_ctrl_c_ends_what_builds_the_sides(project: Project, clone: Clone, tmp_path: Path) -> None:
    """Of both sides, which the terminal does not reach, with what they started; no file stays."""
    (pids := tmp_path / "pids").mkdir()
    (temporary := tmp_path / "temporary").mkdir()
    (home := tmp_path / "home").mkdir()  # pip asks for the version of Rust, which settles in there
    site = str(tmp_path / "here" / "site-packages")
    options = [*LEFT_OUT, "-pno:cacheprovider", "--speedup-executors=thread"]
    compares = ["--benchmark-only", "--speedup-against=HEAD~1", "--speedup-workers=2"]
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys\nsys.path.append({site!r})\n{INTERRUPTIBLE}",
         *options, *compares],
        cwd=project.path,
        env={**os.environ, "TMPDIR": str(temporary), "PIDS": str(pids), "HOME": str(home)},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as run:  # fmt: skip
        try:
            begun = wait_for(lambda: len(list(pids.iterdir())) == 4 or run.poll() is not None)
            interrupt_group(run.pid)
            said, _ = run.communicate(timeout=PATIENCE)
        finally:
            run.kill()
            left = [int(one.name) for one in pids.iterdir()]
            ended = wait_for(lambda: not any(map(is_alive, left)))
            for pid in filter(is_alive, left):
                kill(pid)
    assert begun, said
    assert len(left) == 4, said
    assert run.returncode == pytest.ExitCode.INTERRUPTED, said
    assert ended
    assert list(temporary.iterdir()) == []
    assert clone.git("status", "--porcelain") == ""
    assert clone.git("worktree", "list").count("\n") <= 1
