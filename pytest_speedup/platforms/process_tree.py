"""Ending a process together with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from subprocess import Popen


class Apart(TypedDict, total=False):
    """Arguments of ``subprocess.Popen``, see :func:`apart`."""

    start_new_session: bool
    creationflags: int


def apart() -> Apart:
    """Say how a process is started that Ctrl-C does not reach, and that leads a group.

    Returns:
        What to give ``subprocess.Popen`` for it.
    """
    options: Apart = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return options


def end_tree(process: Popen[bytes]) -> None:
    """End a process that was started :func:`apart`, and what it started, without a question.

    On POSIX that is its group, even when the process itself is gone. Windows knows no such group:
    ``taskkill`` follows from parents to children, which takes a parent that still runs. Workers
    of this package end with their parent anyway.
    """
    if sys.platform == "win32":
        if process.poll() is None:
            _taskkill(process.pid)
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _taskkill(pid: int) -> None:
    """Source: https://learn.microsoft.com/windows-server/administration/windows-commands/taskkill."""
    command = ["taskkill", "/F", "/T", "/PID", str(pid)]
    with suppress(OSError):  # there is no taskkill: the process alone is ended, by the caller
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell
