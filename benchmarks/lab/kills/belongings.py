"""What a user has before a comparison: a folder, its repository, and what lies around in them."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SUITE = """
import time


def pause(item):
    time.sleep(0.02)
    return item


def work(executor):
    return list(executor.map(pause, range(6)))


def test_work(speedup):
    speedup(work)
"""

BASE_ONLY = "pause_seconds = 1\n"


def make_project(folder: Path) -> Path:
    """Make a repository with two commits, another worktree, and files in every state.

    Args:
        folder: an empty one.

    Returns:
        The project's folder; its branch ``base`` is what it is compared with.
    """
    root, other = folder / "project", folder / "other"
    root.mkdir()
    _git(root, "init", "--quiet", "--initial-branch=main")
    _git(root, "config", "user.name", "a user")
    _git(root, "config", "user.email", "user@localhost")
    (root / "test_work.py").write_text(SUITE, encoding="utf-8")
    (root / "settings.py").write_text(BASE_ONLY, encoding="utf-8")
    _commit(root, "base")
    _git(root, "branch", "base")
    (root / "settings.py").write_text(BASE_ONLY * 2, encoding="utf-8")
    _commit(root, "head")
    _git(root, "tag", "--annotate", "--message=a tag", "v1")
    (root / "settings.py").write_text(BASE_ONLY * 3, encoding="utf-8")
    _git(root, "stash", "push", "--quiet")
    _git(root, "worktree", "add", "--quiet", "-b", "other", str(other))
    (other / "staged.txt").write_text("staged in the other worktree\n", encoding="utf-8")
    _git(other, "add", "staged.txt")
    other.rename(folder / "away")  # out of reach for now, as on a disk that is not mounted
    (root / "staged.txt").write_text("staged\n", encoding="utf-8")
    _git(root, "add", "staged.txt")
    (root / "untracked.txt").write_text("untracked\n", encoding="utf-8")
    (root / "test_work.py").write_text(f"{SUITE}\n# changed\n", encoding="utf-8")
    return root


def digest(folder: Path) -> dict[str, str]:
    """Every file below a folder by its SHA-256; but for bytecode and pytest's cache."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {"__pycache__", ".pytest_cache"} & {*path.parts}
    }


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Name the files that came, went or changed."""
    return sorted(
        path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
    )


def _commit(root: Path, message: str) -> None:
    _git(root, "add", "--all")
    _git(root, "commit", "--quiet", f"--message={message}")


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)  # noqa: S603, S607 - git as users have it
