"""A user's project: one workload, and what was saved of it."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Any

from tests.left_out import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

WORK = """
import time

import pytest

def pause(item):
    time.sleep(0.005)
    return item

def work(executor, items):
    return list(executor.map(pause, range(items)))

def test_work(speedup):
    speedup(work, 4)
"""

ALWAYS = (
    "-pno:cacheprovider",
    *LEFT_OUT,
    "--speedup-executors=thread",
    "--speedup-workers=2",
    "--benchmark-max-time=0.2",  # no verdict of these tests gets surer in a second
)


class Project:
    """Runs pytest in a folder with one workload.

    Verdicts depend on time, and time on the machine. Where a test is about a verdict it changes
    the saved readings by a factor of a million, or accepts a loss of 99 %: no noise comes near.
    """

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path: Path = pytester.path
        pytester.makepyfile(test_work=WORK)

    def replace(self, old: str, new: str) -> None:
        """Change the test file."""
        path = self.path / "test_work.py"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    def rest(self) -> None:
        """Pause for so long that it counts as waiting, however busy the machine is."""
        self.replace("sleep(0.005)", "sleep(0.03)")

    def mark(self, marker: str) -> None:
        """Mark the test."""
        self.replace("def test_", f"{marker}\ndef test_")

    def run(self, *args: str) -> pytest.RunResult:
        """Run pytest in this process."""
        return self.pytester.runpytest_inprocess(*ALWAYS, *args)

    def run_apart(self, *args: str) -> pytest.RunResult:
        """Run pytest in a process of its own."""
        return self.pytester.runpytest_subprocess(*ALWAYS, *args)

    def run_code(self, code: str, *args: str) -> pytest.RunResult:
        """Run some code that calls pytest, in a process of its own."""
        return self.pytester.run(sys.executable, "-c", code, *ALWAYS, *args)

    def save(self, *args: str) -> Path:
        """Measure and save, and return the new file."""
        before = set(self.saved())
        self.run("--benchmark-save=base", *args).assert_outcomes(passed=1)
        (path,) = set(self.saved()) - before
        return path

    def saved(self) -> list[Path]:
        """List the saved runs."""
        return sorted((self.path / ".benchmarks").glob("*/*.json"))

    def gate(self, *args: str, margin: str = "99%") -> pytest.RunResult:
        """Measure and judge."""
        return self.run("--benchmark-compare", f"--speedup-fail={margin}", *args)


def change(path: Path, alter: Callable[[dict[str, Any]], None]) -> None:
    """Change a saved run in place."""
    document = json.loads(path.read_text())
    alter(document)
    path.write_text(json.dumps(document))


def speedup_of(document: dict[str, Any]) -> dict[str, Any]:
    """Find what was stored of the only cell."""
    (cell,) = document["benchmarks"]
    info: dict[str, Any] = cell["extra_info"]["speedup"]
    return info


def scale(path: Path, *, speedup: float, parallel: float) -> None:
    """Multiply the saved speedup and the saved parallel time."""

    def alter(document: dict[str, Any]) -> None:
        readings = speedup_of(document)["readings"]
        readings["speedup"][0] += math.log(speedup)
        readings["parallel"][0] += math.log(parallel)

    change(path, alter)
