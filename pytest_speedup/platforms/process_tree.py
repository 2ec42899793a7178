"""Ending a process together with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from subprocess import Popen


ENDING_SECONDS = 2.0
"""How long a process may take to end when it is asked to, and as long again what it started."""

LOOKS = 200
"""How often it is looked whether they have, in that time."""


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
    """End a process that was started :func:`apart`, and what it started.

    On POSIX that is its group, even when the process itself is gone. Windows knows no such group:
    ``taskkill`` follows from parents to children, which takes a parent that still runs. Workers
    of this package end with their parent anyway.
    """
    if sys.platform == "win32":
        if process.poll() is None:
            _taskkill(process.pid)
        process.kill()
    else:
        try:
            if process.poll() != 0:  # it has not ended by itself, after it tidied up
                _tell_group_to_end(process)
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _tell_group_to_end(process: Popen[bytes]) -> None:
    """Ask a process and its workers to end, and wait for who tidies up after them.

    That is multiprocessing's resource tracker: it ignores the signal, and frees the semaphores of
    processes that are gone. If it were killed with them, they would be left until the next boot.
    """
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(ENDING_SECONDS)
            for _ in range(LOOKS):
                os.killpg(process.pid, 0)  # fails when none is left
                time.sleep(ENDING_SECONDS / LOOKS)


def _taskkill(pid: int) -> None:
    """Source: https://learn.microsoft.com/windows-server/administration/windows-commands/taskkill."""
    command = ["taskkill", "/F", "/T", "/PID", str(pid)]
    with suppress(OSError):  # there is no taskkill: the process alone is ended, by the caller
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell
