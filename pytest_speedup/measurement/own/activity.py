"""What worked while something ran: threads of this process, and those of processes below it.

Linux tells of each thread how long it ran, in nanoseconds (``schedstat``: the documentation of the
kernel, scheduler/sched-stats), and which processes a thread started (``children``, proc(5)). What
lives shorter than a look takes may be missed; CPU time has it all. Elsewhere there is CPU time
alone.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from pytest_speedup.clock import now, process_cpu

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

PROCESSES = "/proc"
BETWEEN_LOOKS = 0.002
"""Seconds."""

MORE_CPU, AT_LEAST_CPU = 1.25, 0.25
"""How many times the CPU time per second of another run, and by how many seconds at least, shows
that more was at work: what waits takes next to none, and that varies.
"""

Thread = tuple[int, int]
"""Numbers of the process and of the thread."""


class Activity(NamedTuple):
    """What worked while something ran once.

    Attributes:
        threads: how many threads ran, those of child processes included; None where the system
            does not tell.
        cpu_share: CPU seconds of all of them in each second.
        seconds: how long it took.
    """

    threads: int | None
    cpu_share: float
    seconds: float

    def is_more_than(self, other: Activity) -> bool:
        """Whether more was at work than in another run."""
        if self.threads is not None and other.threads is not None and self.threads > other.threads:
            return True
        return self.cpu_share > max(MORE_CPU * other.cpu_share, AT_LEAST_CPU + other.cpu_share)


def observe(call: Callable[[], object]) -> Activity:
    """Run something, and tell what worked meanwhile; its result is let go of."""
    with _Looking() as looking:
        cpu, start = process_cpu() + children_cpu(), now()
        call()
        seconds = now() - start
        cpu = process_cpu() + children_cpu() - cpu
    return Activity(looking.threads(), cpu / max(seconds, 1e-9), seconds)


class _Looking:
    """Looks again and again, in a thread that does not count itself."""

    def __init__(self) -> None:
        self._before = run_times()
        self._seen: dict[Thread, int] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="speedup-looking", daemon=True)

    def __enter__(self) -> Self:
        if self._before is not None:
            self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        if self._before is not None:
            self._seen.update(run_times() or {})
            self._thread.join()

    def threads(self) -> int | None:
        before = self._before
        if before is None:
            return None
        own = (os.getpid(), self._thread.native_id)
        return sum(ran > before.get(one, 0) for one, ran in self._seen.items() if one != own)

    def _look(self) -> None:
        while not self._over.wait(BETWEEN_LOOKS):
            self._seen.update(run_times() or {})


def children_cpu() -> float:
    """CPU seconds of the processes below this one, those included that have ended."""
    ended = os.times()
    below = run_times(own=False) or {}
    return ended.children_user + ended.children_system + sum(below.values()) / 1e9


def run_times(*, own: bool = True) -> dict[Thread, int] | None:
    """Tell how long each thread has run, in nanoseconds; None where the system does not tell.

    Args:
        own: whether this process is among those that are asked.
    """
    me = os.getpid()
    if not os.path.exists(f"{PROCESSES}/{me}/task/{me}/schedstat"):  # noqa: PTH110 - many times
        return None
    processes = [me] if own else []
    processes += _below(me)
    return {one: ran for process in processes for one, ran in _threads(process)}


def _threads(process: int) -> Iterator[tuple[Thread, int]]:
    folder = f"{PROCESSES}/{process}/task"
    with suppress(OSError):  # it has ended
        for name in os.listdir(folder):  # noqa: PTH208 - the names alone
            with suppress(OSError, ValueError, IndexError):
                ran = _read(f"{folder}/{name}/schedstat").split()[0]
                yield (process, int(name)), int(ran)


def _below(process: int) -> list[int]:
    """Number the processes that a process started, and those that these started."""
    found: list[int] = []
    folder = f"{PROCESSES}/{process}/task"
    with suppress(OSError):
        for name in os.listdir(folder):  # noqa: PTH208 - the names alone
            with suppress(OSError, ValueError):
                found += map(int, _read(f"{folder}/{name}/children").split())
    return [*found, *(one for child in found for one in _below(child))]


def _read(path: str) -> str:
    with open(path, encoding="ascii") as file:  # noqa: PTH123 - many times
        return file.read()
