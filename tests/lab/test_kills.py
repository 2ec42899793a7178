"""What is looked at after a comparison that was killed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.lab.kills.__main__ import TRACE, Left, alive
from benchmarks.lab.kills.belongings import differences, digest, make_project

if TYPE_CHECKING:
    from pathlib import Path


def test_every_change_of_the_users_is_seen(tmp_path: Path) -> None:
    """Those of git included: even ``git worktree prune``, which takes an index away."""
    root = make_project(tmp_path)
    before = digest(root)
    assert {"test_work.py", "untracked.txt", ".git/index", ".git/refs/stash"} <= before.keys()
    assert ".git/worktrees/other/index" in before
    assert differences(before, digest(root)) == []
    subprocess.run(["git", "worktree", "prune", "--expire=now"], cwd=root, check=True)  # noqa: S607
    (root / "untracked.txt").write_text("other")
    changed = differences(before, digest(root))
    assert {".git/worktrees/other/index", "untracked.txt"} <= {*changed}


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found by /proc")
def test_a_process_that_runs_on_is_found() -> None:
    """By the environment that it inherited."""
    assert alive() == []
    with subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        env={**os.environ, TRACE: str(os.getpid())},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert alive() == [process.pid]
        process.communicate(b"\n")


@pytest.mark.parametrize(
    ("changed", "still", "word"),
    [([], [], "as it must"), ([".git/index"], [], "WRONG"), ([], [7], "WRONG")],
)
def test_a_run_is_held_against_what_it_may_leave(
    changed: list[str], still: list[int], word: str
) -> None:
    """Temporary files of one that was killed go with the next run."""
    left = Left("SIGKILL", changed, still, ["a folder"])
    assert str(left).startswith(f"{word}: SIGKILL: ")
    assert left.is_right == (word == "as it must")
