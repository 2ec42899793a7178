"""Live runs of the gate, each a pytest of its own, as a user would start it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from pytest_speedup.documents import load_json, read_file
from pytest_speedup.errors import SpeedupError
from pytest_speedup.losses.kinds import Loss

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FAULT = "SPEEDUP_FAULT"
"""Environment variable that names the fault which ``benchmarks/lab/faulty.py`` is to have."""


CAUSE = re.compile(rf"[+-][\d.e+]+ m?s ({'|'.join(loss.value for loss in Loss)}) \(")
"""What a report says of a change that is explained: by how much which loss grew."""


@dataclass(frozen=True, slots=True)
class LiveRun:
    """What one run came to.

    Attributes:
        exit_code: pytest's.
        red: names of the cells whose tests failed, such as ``test_fetch[thread-4]``.
        standing: where it stood, in a line.
        causes: the loss that was named in cells where one was, by name of the cell.
        outcomes: how many cells came to each outcome, by its word.
    """

    exit_code: int
    red: tuple[str, ...]
    standing: str
    causes: Mapping[str, Loss] = field(default_factory=dict)
    outcomes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LiveSuite:
    """A suite with its own saved runs.

    Attributes:
        path: the file or folder of the suite, in a clone of the project.
        folder: where runs are saved.
        options: more options for pytest.
        root: where pytest runs; None for here.
        environment: more variables.
    """

    path: Path
    folder: Path
    options: Sequence[str] = ()
    root: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

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
        junit, report = self.folder / "junit.xml", self.folder / "report.json"
        for path in (junit, report):
            path.unlink(missing_ok=True)
        gate = ("--benchmark-compare", "--speedup-fail=10%")
        done = self._pytest(fault, *gate, f"--junitxml={junit}", f"--speedup-report={report}")
        if not junit.exists() or not report.exists():
            message = f"pytest ended with exit code {done.returncode}:\n{done.stdout}{done.stderr}"
            raise SpeedupError(message)
        document = load_json(read_file(report))
        standing = document["gate"]["standing"]
        outcomes = document["gate"]["outcomes"]
        return LiveRun(done.returncode, _failed(junit), standing, read_causes(document), outcomes)

    def _pytest(self, fault: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        if not self.path.exists():
            message = f"{self.path} is not there: run this from a clone of the project"
            raise SpeedupError(message)
        storage = f"--benchmark-storage=file://{self.folder / 'saved'}"
        command = [sys.executable, "-m", "pytest", str(self.path), "--benchmark-only", storage]
        return subprocess.run(  # noqa: S603 - no part of it comes from elsewhere
            [*command, *self.options, *arguments],
            cwd=self.root,
            env={**os.environ, FAULT: fault, **self.environment},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )


def read_causes(document: Mapping[str, Any]) -> dict[str, Loss]:
    """Read the losses that a report in JSON names, by the name of the test."""
    judged = [cell for cell in document["cells"] if cell["verdict"] is not None]
    said = {cell["id"].rpartition("::")[2]: "; ".join(cell["verdict"]["why"]) for cell in judged}
    found = {name: CAUSE.search(why) for name, why in said.items()}
    return {name: Loss.named(cause[1]) for name, cause in found.items() if cause is not None}


def _failed(report: Path) -> tuple[str, ...]:
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 - written by our own pytest
    return tuple(
        case.get("name", "")
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    )
