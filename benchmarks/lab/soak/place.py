"""Where runs take place: a repository, saved runs and temporary files on one small disk."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.lab.soak.suite import FILE, TEXT
from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Iterator

DISK_MEGABYTES = 48
"""Size of the small disk."""

AUTHOR = ("-c", "user.name=soak", "-c", "user.email=soak@localhost")


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of all runs.

    Attributes:
        disk: all that runs write lies on it.
        shared: what is mounted over ``/dev/shm`` for them, or None where that is not allowed.
        small: whether the disk is one of its own, which can be filled.
    """

    disk: Path
    shared: Path | None
    small: bool

    @property
    def project(self) -> Path:
        """The repository with the suite; pytest's cache and the saved runs are in it."""
        return self.disk / "project"

    @property
    def outside(self) -> Path:
        """A folder that is never full, for what the soak run itself writes."""
        return self.disk.parent

    @property
    def storage(self) -> Path:
        """The saved runs."""
        return self.project / ".benchmarks"

    @property
    def temporary(self) -> Path:
        """The folder for temporary files."""
        return self.disk / "temporary"

    def tidy(self) -> None:
        """Remove what a run left in the folders for temporary things."""
        for folder in filter(None, [self.temporary, self.shared]):
            for path in folder.iterdir():
                shutil.rmtree(path, ignore_errors=True)
                with suppress(OSError):
                    path.unlink(missing_ok=True)
        git(self.project, "worktree", "prune")


@contextmanager
def opened_place() -> Iterator[Place]:
    """Make the folders, on disks of their own where this user may mount, and remove them.

    Raises:
        SpeedupError: git is missing, or refused.
    """
    with (
        TemporaryDirectory(prefix="speedup-soak-") as name,
        _mounted(Path(name, "disk")) as small,
        _mounted(Path(name, "shared")) as private,
    ):
        shared = Path(name, "shared")
        place = Place(Path(name, "disk"), shared if private else None, small)
        place.temporary.mkdir()
        place.project.mkdir()
        (place.project / FILE).write_text(TEXT, encoding="utf-8")
        (place.project / ".gitignore").write_text("*\n!test_*.py\n", encoding="utf-8")
        git(place.project, "init", "--quiet")
        git(place.project, "add", FILE)
        git(place.project, *AUTHOR, "commit", "--quiet", "--message=suite")
        yield place


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, and return what it printed.

    Raises:
        SpeedupError: there is none, or it failed.
    """
    command = ["git", "-C", str(folder), "-c", "gc.auto=0", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        message = f"git {arguments[0]} failed in {folder} ({error}): the soak run needs git"
        raise SpeedupError(message) from error
    return done.stdout


@contextmanager
def _mounted(folder: Path) -> Iterator[bool]:
    """Mount a small disk in memory over a new folder; tell whether that was allowed."""
    folder.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", folder)
    try:
        allowed = os.geteuid() == 0 and not _call(*mount)
    except OSError:
        allowed = False
    try:
        yield allowed
    finally:
        if allowed:
            _call("umount", "--lazy", folder)


def _call(*words: str | Path) -> int:
    return subprocess.run(words, capture_output=True, check=False).returncode  # noqa: S603
