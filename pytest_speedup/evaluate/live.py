"""Live runs of the gate, each a pytest of its own, as a user would start it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import Loss

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FAULT = "SPEEDUP_FAULT"
"""Environment variable that names the fault which ``benchmarks/faulty.py`` is to have."""


VERDICT = re.compile(
    rf"^\S*::(\S+): [A-Z_]+, .*?[+-][\d.e+]+ m?s ({'|'.join(loss.value for loss in Loss)}) \(",
    re.MULTILINE,
)
"""The line of a cell whose change is explained: its name, and the loss."""


@dataclass(frozen=True, slots=True)
class LiveRun:
    """What one run came to.

    Attributes:
        exit_code: pytest's.
        red: names of the cells whose tests failed, such as ``test_fetch[thread-4]``.
        last_line: the gate's count of outcomes.
        causes: the loss that was named in cells where one was, by name of the cell.
    """

    exit_code: int
    red: tuple[str, ...]
    last_line: str
    causes: Mapping[str, Loss] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LiveSuite:
    """A suite with its own saved runs.

    Attributes:
        path: the file or folder of the suite, in a clone of the project.
        folder: where runs are saved.
        options: more options for pytest.
    """

    path: Path
    folder: Path
    options: Sequence[str] = ()

    def save(self) -> None:
        """Measure the suite without a fault, and save it.

        Raises:
            SpeedupError: a test failed.
        """
        done = self._pytest("", "--benchmark-autosave")
        if done.returncode:
            message = f"{self.path} failed without any fault:\n{done.stdout}{done.stderr}"
            raise SpeedupError(message)

    def gate(self, fault: str = "") -> LiveRun:
        """Measure the suite with a fault, and judge it by what was saved."""
        report = self.folder / "junit.xml"
        report.unlink(missing_ok=True)
        done = self._pytest(
            fault, "--benchmark-compare", "--speedup-fail=10%", f"--junitxml={report}"
        )
        if not report.exists():
            message = f"pytest ended with exit code {done.returncode}:\n{done.stdout}{done.stderr}"
            raise SpeedupError(message)
        counts = [line for line in done.stdout.splitlines() if line.startswith("speedup gate: ")]
        causes = read_causes(done.stdout)
        return LiveRun(done.returncode, _failed(report), "; ".join(counts), causes)

    def _pytest(self, fault: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        if not self.path.exists():
            message = f"{self.path} is not there: run this from a clone of the project"
            raise SpeedupError(message)
        storage = f"--benchmark-storage=file://{self.folder / 'saved'}"
        command = [sys.executable, "-m", "pytest", str(self.path), "--benchmark-only", storage]
        return subprocess.run(  # noqa: S603 - no part of it comes from elsewhere
            [*command, *self.options, *arguments],
            env={**os.environ, FAULT: fault},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )


def read_causes(output: str) -> dict[str, Loss]:
    """Read the losses that the last lines name, as a user would."""
    found = VERDICT.findall(output)
    return {name: Loss(loss) for name, loss in found}


def _failed(report: Path) -> tuple[str, ...]:
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 - written by our own pytest
    return tuple(
        case.get("name", "")
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    )
