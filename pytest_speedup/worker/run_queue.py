"""How long a thread waited for a core: it was ready to run, and something else did.

Linux counts it per thread (Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat"); other
systems do not tell: there no thread has a count, and a task's is 0.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

TASKS = Path("/proc/self/task")
"""One folder for each thread of this process."""

STATISTICS = "/proc/thread-self/schedstat"
"""CPU time, time on a run queue, both in nanoseconds, and the number of turns."""

LONGEST = 128
"""Bytes, more than it can have."""


class RunQueue:
    """The file of one thread, kept open: opening it takes longer than reading."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._owner = 0
        self._file = -1

    def waited(self) -> float:
        """Return the seconds that the thread has waited so far, which must be the one that asks."""
        if self._owner != os.getpid():  # a forked child has inherited its parent's file
            self._reopen()
        seconds = 0.0
        if sys.platform != "win32" and self._file >= 0:
            seconds = _read(os.pread(self._file, LONGEST, 0))
        return seconds

    def _reopen(self) -> None:
        self._close()
        self._owner = os.getpid()
        try:
            self._file = os.open(STATISTICS, os.O_RDONLY)
            self.waited()
        except (OSError, AttributeError, ValueError, IndexError):
            self._close()

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def __del__(self) -> None:
        """Close the file with its thread."""
        self._close()


def _read(statistics: bytes) -> float:
    return int(statistics.split()[1]) * 1e-9


class OfThread(threading.local):
    """What each thread has of its own, and takes with it when it ends."""

    def __init__(self) -> None:
        """Begin a thread."""
        self.run_queue = RunQueue()


_of_thread = OfThread()


def core_wait() -> float:
    """Return the seconds that this thread has waited for a core so far."""
    return _of_thread.run_queue.waited()


def core_waits() -> dict[str, float]:
    """Return the seconds that each thread of this process has waited for a core, by its id.

    Empty where the system does not tell.
    """
    waits = {}
    try:
        for thread in TASKS.iterdir():
            waits[thread.name] = _read((thread / "schedstat").read_bytes())
    except (OSError, ValueError, IndexError):  # a thread that ended meanwhile, or another system
        pass
    return waits
