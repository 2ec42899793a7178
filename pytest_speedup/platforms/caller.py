"""The process that started this one, and whether it is still there."""

from __future__ import annotations

import os
import sys
import time

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
