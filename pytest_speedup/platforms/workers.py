"""What workers need that Windows and macOS lack or do otherwise.

Patience: virus scanners and indexers open a new file for some milliseconds, and a file that was
removed while it was open keeps its name until it is closed; all of that is told as a missing
permission. Source: https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createfilew

Their number: Windows waits for at most 64 handles at once (``MAXIMUM_WAIT_OBJECTS`` of
WaitForMultipleObjects), of which the pool needs three: ``ProcessPoolExecutor`` refuses more than 61
with a ValueError, and loky makes do with 61. Source:
https://docs.python.org/3/library/concurrent.futures.html
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")

PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between attempts."""


def patiently(action: Callable[[], R]) -> R:
    """Do something with a file, on Windows again for two seconds while it is refused.

    Elsewhere a missing permission stays missing, and is told at once.

    Raises:
        PermissionError: it was refused to the end.
    """
    if sys.platform == "win32":
        for pause in PAUSES:
            with suppress(PermissionError):
                return action()
            time.sleep(pause)
    return action()


LEASH_SECONDS = 1.0
"""How often a worker looks whether its parent is still there."""


def wait_for_end_of(parent: int) -> None:
    """Wait until the parent has ended, for those that multiprocessing gives no handle to it.

    POSIX gives an orphan another parent. On Windows an orphan keeps the number of its parent, which
    says nothing; there a handle to the parent tells.

    Args:
        parent: its process id.
    """
    if sys.platform == "win32":
        import _winapi  # noqa: PLC0415 - there is none elsewhere

        try:
            handle = _winapi.OpenProcess(_winapi.SYNCHRONIZE, False, parent)  # noqa: FBT003
        except OSError:  # it is gone already
            return
        _winapi.WaitForSingleObject(handle, _winapi.INFINITE)
        _winapi.CloseHandle(handle)
    else:
        while os.getppid() == parent:
            time.sleep(LEASH_SECONDS)


MAX_WORKERS_ON_WINDOWS = 61


def refuse_too_many(executor: str, workers: int) -> None:
    """Refuse a pool of more processes than this platform can wait for.

    Raises:
        SpeedupError: there are too many.
    """
    if sys.platform == "win32" and workers > MAX_WORKERS_ON_WINDOWS:
        message = (
            f"{executor} executor: Windows waits for at most "
            f"{MAX_WORKERS_ON_WINDOWS} processes, and {workers} "
            "workers were asked for: choose fewer with --speedup-workers or the marker"
        )
        raise SpeedupError(message)
