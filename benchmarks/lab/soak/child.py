"""One real pytest, watched to its end and beyond: whether it ends, and what it leaves running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from benchmarks.lab.soak.printed import Printed
from benchmarks.lab.soak.processes import MARK, marked
from benchmarks.lab.soak.suite import arguments_of
from pytest_speedup.measurement import now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from io import BufferedReader

    from benchmarks.lab.soak.fire import Fire
    from benchmarks.lab.soak.place import Place
from benchmarks.lab.soak.processes import Process

MARGIN = 150.0
"""Seconds beyond its own budget after which a run is taken to hang: a pool may wait 120 for its
workers."""

GRACE = 20.0
"""Seconds that its processes have to end after it."""

TICK = 0.02
LAST_WORDS = 2.0
"""Seconds for a process that hangs to say where."""

PRIVATE = 'mount --bind "$0" /dev/shm && exec "$@"'
"""The run sees a shared memory of its own."""


PLUGINS = {
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_PLUGINS": "pytest_benchmark.plugin,pytest_speedup.plugin",
}
"""Others that may be installed would be disturbed in their imports, most of the time."""


@dataclass(frozen=True, slots=True)
class Child:
    """A pytest that runs.

    Attributes:
        process: the process.
        mark: what it and all that it starts carry in their environment.
        stdout: what it prints.
        stderr: what it complains of.
    """

    process: subprocess.Popen[bytes]
    mark: str
    stdout: Printed
    stderr: Printed


def start_child(mode: str, place: Place, mark: str, variables: Mapping[str, str]) -> Child:
    """Start a run, as the leader of its own process group.

    Args:
        mode: what kind of run.
        place: where.
        mark: what its processes are to carry.
        variables: more of its environment.
    """
    # In the background of a shell Ctrl-C is ignored, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    pytest = [sys.executable, "-m", "pytest", *arguments_of(mode)]
    process = subprocess.Popen(  # noqa: S603 - our own words
        [*_wrapper(place), *pytest],
        cwd=place.project,
        env={**_own_environment(), **variables, MARK: mark, "TMPDIR": str(place.temporary)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    stdout, stderr = (
        Printed(cast("BufferedReader", end)) for end in (process.stdout, process.stderr)
    )
    return Child(process, mark, stdout, stderr)


def watch(
    child: Child,
    fire: Fire,
    budget: float,
    clock: Callable[[], float] = now,
    wait: Callable[[float], object] = time.sleep,
) -> tuple[int | None, float]:
    """Wait until a run is over, and disturb it meanwhile.

    Args:
        child: the run.
        fire: what is done to it.
        budget: its own, in seconds.
        clock: tells seconds.
        wait: lets some go by.

    Returns:
        Its exit code, None if it hung, and how many seconds it took.
    """
    start = clock()
    try:
        while (code := child.process.poll()) is None:
            seconds = clock() - start
            if seconds > budget + MARGIN:
                break
            fire.tick(seconds)
            wait(TICK)
    finally:
        fire.stop()
    return code, clock() - start


def wait_for_end(
    mark: str,
    find: Callable[[str], list[Process]] = marked,
    clock: Callable[[], float] = now,
    wait: Callable[[float], object] = time.sleep,
) -> list[Process]:
    """Give the processes of a run that is over the time to end; return those that do not."""
    start = clock()
    while (left := find(mark)) and clock() - start < GRACE:
        wait(10 * TICK)
    return left


def end_all(mark: str, processes: Sequence[Process]) -> None:
    """End whatever is left, each with its last words on where it stands."""
    if not processes:
        return
    for one in processes:
        _send(one.pid, signal.SIGABRT)
    time.sleep(LAST_WORDS)
    for one in marked(mark):
        _send(one.pid, signal.SIGKILL)


def _wrapper(place: Place) -> list[str]:
    if place.shared is None:
        return []
    return ["unshare", "--mount", "sh", "-c", PRIVATE, str(place.shared)]


def _own_environment() -> dict[str, str]:
    """Leave out what would change a run that starts from here."""
    left_out = ("PYTEST_", "GIT_", "GITHUB_", "COV_", MARK)
    rest = {name: text for name, text in os.environ.items() if not name.startswith(left_out)}
    return {**rest, **PLUGINS, "PYTHONFAULTHANDLER": "1"}


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
