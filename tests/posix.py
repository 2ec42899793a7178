"""What tests ask of POSIX alone, and how they say so."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

posix_only = pytest.mark.skipif(
    sys.platform == "win32", reason="signals, process groups and file modes are POSIX's"
)


KILLED = -9
"""Exit code of a process that :func:`kill` ended."""


def kill(pid: int) -> None:
    """End a process as nobody can prevent."""
    if sys.platform != "win32":
        os.kill(pid, signal.SIGKILL)


def interrupt_group(pid: int) -> None:
    """Press Ctrl-C in the terminal of a process."""
    if sys.platform != "win32":
        os.killpg(pid, signal.SIGINT)


def is_alive(pid: int) -> bool:
    """Whether a process runs; on Windows signal 0 would be a Ctrl-C."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
