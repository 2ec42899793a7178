"""Runs a way with a head, in a process of its own, and holds what came out against what must."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.lab.sweep.expectation import Expected, Head, expectation
from benchmarks.lab.sweep.project import Place, write

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.lab.sweep.draw import Way

USUAL = (
    "-pno:randomly",
    "--speedup-against=base",
    "--speedup-fail=25%",
    "--speedup-workers=2",
    "--speedup-executors=serial,thread",
)
"""The loss is 50 % and the margin half of it: no noise comes near either."""

TIMEOUT = 900
"""Seconds for one pytest."""

GRACE = 30
"""Seconds for a pytest to end that was told to."""

NO_CODE = -1
"""Instead of an exit code, of a pytest that had to be killed."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came out.

    Attributes:
        way: the way.
        head: what head changed.
        expected: what had to come out.
        code: the exit code; :data:`NO_CODE` if it had to be killed.
        output: what pytest said.
        seconds: how long it took.
    """

    way: Way
    head: Head
    expected: Expected
    code: int
    output: str
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether it came out as it must."""
        return not self.wrongs

    @property
    def wrongs(self) -> list[str]:
        """What is wrong with it, a phrase each."""
        wrongs = []
        if self.code == NO_CODE:
            wrongs.append(f"killed after {TIMEOUT} s")
        elif self.code != self.expected.code:
            wrongs.append(f"exit code {self.code} instead of {self.expected.code}")
        said = map(Place(self.way).filled, self.expected.says)
        wrongs += [f"does not say {text!r}" for text in said if text not in self.output]
        if "INTERNALERROR" in self.output:
            wrongs.append("INTERNALERROR")
        return wrongs


def command(way: Way) -> list[str]:
    """Write the arguments of pytest."""
    place = Place(way)
    drops = tuple(drop for value in way.values for drop in value.drops)
    usual = [one for one in USUAL if not (drops and one.startswith(drops))]
    return [*usual, *(place.filled(one) for value in way.values for one in value.arguments)]


def run(way: Way, head: Head, folder: Path) -> Result:
    """Make the project in an empty folder and run pytest in it."""
    root = write(way, head, folder / "project")
    temporary = folder / "tmp"
    temporary.mkdir()
    within = next((value.folder for value in way.values if value.folder), "")
    began = time.monotonic()
    said = folder / "output.txt"
    code = _pytest(command(way), root / within, _environment(way, temporary), said)
    seconds = time.monotonic() - began
    output = said.read_text(encoding="utf-8", errors="replace")
    words = shlex.join(["pytest", *command(way)])
    (folder / "command.txt").write_text(f"cd {root / within}\n{words}\n", encoding="utf-8")
    return Result(way, head, expectation(way, head), code, output, seconds)


def _pytest(arguments: list[str], folder: Path, environment: dict[str, str], said: Path) -> int:
    """Run pytest, which says it to a file: what it leaves running holds no pipe open."""
    with (
        said.open("wb") as output,
        subprocess.Popen(  # noqa: S603 - pytest itself
            [sys.executable, "-m", "pytest", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            return process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            process.terminate()  # it takes its sides with it
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
    return NO_CODE


def _environment(way: Way, temporary: Path) -> dict[str, str]:
    kept = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("PYTEST", "COV_", "COVERAGE", "TOX", "PYTHONPATH"))
    }
    given = dict(pair for value in way.values for pair in value.environment)
    return {**kept, "TMPDIR": str(temporary), "COLUMNS": "200", **given}
