"""pytest of the user's own environment, and what its exit code means."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import FrameType

INSTALL = "python -m pip install pytest-speedup"

DRAWN_BY = ("jinja2", "matplotlib")
"""What the page needs."""

PROBE = """
from importlib.metadata import Distribution, PackageNotFoundError
for name in ("pytest-speedup", "jinja2", "matplotlib"):
    try:
        print(Distribution.from_name(name).metadata["Name"].lower())
    except PackageNotFoundError:
        pass
"""
"""Looks for packages without importing any."""

NO_REPORT = 11
"""What an action ends with where pytest exited with 0, and nothing says of what."""

KILLED = 128
"""What a shell adds to the number of the signal that ended a process."""

MEANINGS = {
    0: "green",
    1: "a cell regressed, or a test failed",
    2: "it was interrupted",
    3: "an error inside pytest",
    4: "wrong usage, or an acknowledged loss has expired",
    5: "no test was found",
    10: "no green verdict and no red one: nothing to compare with, cells that are missing, "
    "incomparable or unconfirmed, dependencies of the base that cannot be had, none decided, a "
    "damaged baseline, or a run that could not be saved",
    11: "what was to be judged did not run to its end: a side, a worker or a test broke, tests "
    "could not be collected, or there is no green report",
}


def meaning_of(code: int) -> str:
    """Say in words what an exit code of pytest means."""
    return MEANINGS.get(code, "it was ended from outside" if code > KILLED else "unknown")


def report_suffixes(directory: Path) -> tuple[str, ...]:
    """Name the formats of reports that can be written there.

    Raises:
        SpeedupError: the plugin is not installed.
    """
    done = subprocess.run(  # noqa: S603 - the interpreter that runs this
        [sys.executable, "-I", "-c", PROBE],
        cwd=directory,
        capture_output=True,
        text=True,
        check=True,
    )
    found = done.stdout.split()
    if "pytest-speedup" not in found:
        message = f"pytest-speedup is not installed for {sys.executable}: {INSTALL}"
        raise SpeedupError(message)
    return (".md", ".json", ".html") if {*DRAWN_BY} <= {*found} else (".md", ".json")


def run_pytest(directory: Path, arguments: Sequence[str]) -> int:
    """Run pytest as a process of its own, without a shell, and return its exit code.

    When the runner ends this process, pytest is told and waited for, since it has a working tree
    and workers to remove.
    """
    command = [sys.executable, "-m", "pytest", *arguments]
    print(f"python -m pytest {' '.join(map(repr, arguments))}", flush=True)  # noqa: T201 - the log
    process = subprocess.Popen(command, cwd=directory)  # noqa: S603 - words, no shell

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if sys.platform != "win32":  # where Ctrl-C goes to all processes of a console by itself
            process.send_signal(number)

    kept = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        code = process.wait()
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    return KILLED - code if code < 0 else code
