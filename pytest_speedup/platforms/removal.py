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

    git's own files are read-only, which on Windows keeps them from being removed.
    """
    shutil.rmtree(folder, onerror=_retry_writable)


def _retry_writable(function: Callable[..., Any], path: str, _error: object) -> None:
    if function in (os.unlink, os.rmdir):
        with suppress(OSError):
            os.chmod(path, stat.S_IWRITE)  # noqa: PTH101 - as rmtree names it
            function(path)
