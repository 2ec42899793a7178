"""Removing a folder with all that is in it."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def remove_tree(folder: Path) -> None:
    """Remove a folder; what is in use stays.

    git's own files are read-only, which on Windows keeps them from being removed; elsewhere a
    folder that may not be written to keeps what is in it.
    """
    shutil.rmtree(folder, onerror=_retry_writable)
    if folder.is_dir() and not folder.is_symlink():
        _open_folders(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _retry_writable(function: Callable[..., Any], path: str, _error: object) -> None:
    if function in (os.unlink, os.rmdir):
        with suppress(OSError):
            seen = os.lstat(path)
            # The mode is that of all links to a file, of which others may lie elsewhere.
            if seen.st_nlink == 1 and not stat.S_ISLNK(seen.st_mode):
                os.chmod(path, stat.S_IWRITE)  # noqa: PTH101 - as rmtree names it
                function(path)


def _open_folders(folder: Path) -> None:
    """Let the user into every folder, from the outermost one on, and through no link."""
    with suppress(OSError):
        folder.chmod(stat.S_IRWXU)
    for place, names, _ in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)  # noqa: PTH118 - as walk names it
            if not os.path.islink(path):  # noqa: PTH114
                with suppress(OSError):
                    os.chmod(path, stat.S_IRWXU)  # noqa: PTH101
