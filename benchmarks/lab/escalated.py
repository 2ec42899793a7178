"""Live runs of the gate on saved runs, each a pytest of its own, as of a pull request.

What the saved runs leave open is measured beside the code of the commit that they were saved from.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.lab.live import LiveSuite
from benchmarks.lab.logs import append_line, read_lines
from benchmarks.lab.variants import (
    COMPUTING,
    LONGER,
    WORKLOADS,
    Variant,
    append,
    make_trees,
)
from pytest_speedup.documents import MAX_SECONDS, number, text
from pytest_speedup.errors import SpeedupError
from pytest_speedup.gate import NOT_GREEN
from pytest_speedup.measurement import now
from pytest_speedup.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

OPTIONS = ("-q", "-pno:cacheprovider", "-n0", "--speedup-workers=2")

SAVED = 3
"""Runs of the base that are saved."""

LOST = 0.2
"""Share of its speedup that a workload loses, twice of what the gate accepts."""

LONGER_BY = LOST / (1 - LOST)
"""Share by which its parallel time is longer then."""

SAME, DEPENDENCY = "same", "dependency"

CHANGES = (SAME, *(f"lost-in-{name}" for name in WORKLOADS), DEPENDENCY)
"""What a pull request may be: a note, a loss in one workload, or a note beside another package."""

TURN = (SAME, *(one for change in CHANGES[1:] for one in (change, SAME)))
"""All of them, with a note before and after each: false alarms take the most runs to see."""

PACE = """
from time import perf_counter, sleep


def paced(run):
    def wrapped(executor, load):
        begun = perf_counter()
        result = run(executor, load)
        if executor.name != "serial":
            sleep({share} * (perf_counter() - begun))
        return result

    return wrapped
"""
"""The package that the suite's downloads run through."""

PACED = "\n\nimport lab_pace\n\nrun = lab_pace.paced(run)\n"

OK, FAILED = 0, 1
"""Exit codes of pytest's."""

MAX_CELLS = 1e6
MAX_CODE = 255
"""Of an exit code."""

GIT = ("git", "-c", "user.name=lab", "-c", "user.email=lab@example.org")


@dataclass(frozen=True, slots=True)
class EscalatedRun:
    """One run.

    Attributes:
        change: which of :data:`CHANGES` was judged.
        seconds: how long it took.
        exit_code: pytest's.
        outcomes: how many cells came to each.
        red: names of the cells whose tests failed.
    """

    change: str
    seconds: float
    exit_code: int
    outcomes: Mapping[str, int]
    red: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether it is red where something was lost, and nowhere else."""
        elsewhere = bool(self.outcomes.get(Outcome.ENVIRONMENT.value))
        if self.change == SAME:
            return self.exit_code in {OK, NOT_GREEN} and not self.red and not elsewhere
        if self.change == DEPENDENCY:
            return elsewhere and self.exit_code != OK
        workload = self.change.rpartition("-")[2]
        hit = bool(self.red) and all(one.startswith(f"test_{workload}[") for one in self.red)
        return hit and self.exit_code == FAILED


@dataclass(frozen=True, slots=True)
class Escalated:
    """A repository with the suite, of whose base runs are saved.

    Attributes:
        root: the repository.
        folder: for what else is written.
    """

    root: Path
    folder: Path

    @classmethod
    def made(cls, folder: Path) -> Escalated:
        """Make the repository, and save runs of its base.

        Raises:
            SpeedupError: the suite is not here, or fails.
        """
        root, _ = make_trees(Variant(), folder)
        append(root, "downloads", PACED)
        for version, share in (("1", 0.0), ("2", LONGER_BY)):
            _write_package(folder / f"lab_pace-{version}", version, share)
        one = cls(root, folder)
        one._git("init", "--quiet")
        (root / ".git" / "info" / "exclude").write_text("__pycache__\n", "utf-8")
        one._commit()
        one._git("branch", "base")
        for _ in range(SAVED):
            one._suite("1").save()
        return one

    def judge(self, change: str) -> EscalatedRun:
        """Commit a change of the base, and judge it by the saved runs."""
        self._git("checkout", "--quiet", "--detach", "base")
        (self.root / "note.txt").write_text(change, "utf-8")
        if change not in {SAME, DEPENDENCY}:
            lossy = change.rpartition("-")[2]
            append(self.root, lossy, LONGER.format(share=LONGER_BY, spin=lossy in COMPUTING))
        self._commit()
        begun = now()
        run = self._suite("2" if change == DEPENDENCY else "1").gate()
        return EscalatedRun(change, now() - begun, run.exit_code, run.outcomes, run.red)

    def _suite(self, version: str) -> LiveSuite:
        return LiveSuite(
            self.root / "benchmarks",
            self.folder,
            OPTIONS,
            root=self.root,
            environment={"PYTHONPATH": str(self.folder / f"lab_pace-{version}")},
        )

    def _commit(self) -> None:
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message=change")

    def _git(self, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - our own words
            [*GIT, *arguments], cwd=self.root, capture_output=True, text=True, check=False
        )
        if done.returncode:
            message = f"git {arguments[0]} failed: {done.stderr.strip()}"
            raise SpeedupError(message)


def left_to_run(changes: Sequence[str], done: Sequence[EscalatedRun], times: int) -> list[str]:
    """List what has yet to be judged, in turns.

    Args:
        changes: those that are asked for; none for a :data:`TURN` of all.
        done: what has run.
        times: how often each is to run; a note, where all are asked for, six times as often.

    Raises:
        SpeedupError: there is no such change.
    """
    for unknown in {*changes} - {*CHANGES}:
        message = f"{unknown} is not a change; there are {', '.join(CHANGES)}"
        raise SpeedupError(message)
    wanted = [*(changes or TURN)] * times
    have = Counter(one.change for one in done)
    return [one for index, one in enumerate(wanted) if have[one] <= wanted[:index].count(one)]


def judged(changes: Sequence[str], folder: Path) -> Iterator[EscalatedRun]:
    """Save runs of a base, and judge one change after the other.

    Raises:
        SpeedupError: the suite is not here, or fails.
    """
    if not changes:
        return
    suite = Escalated.made(folder)
    yield from map(suite.judge, changes)


def _write_package(folder: Path, version: str, share: float) -> None:
    (about := folder / f"lab_pace-{version}.dist-info").mkdir(parents=True)
    (folder / "lab_pace.py").write_text(PACE.format(share=share), "utf-8")
    metadata = f"Metadata-Version: 2.1\nName: lab-pace\nVersion: {version}\n"
    (about / "METADATA").write_text(metadata, "utf-8")
    (about / "RECORD").write_text(f"lab_pace.py,,\n{about.name}/METADATA,,\n", "utf-8")
    (about / "top_level.txt").write_text("lab_pace\n", "utf-8")


def append_run(log: Path, run: EscalatedRun) -> None:
    """Write a run to a log, as one line of JSON."""
    outcomes = {name: count for name, count in run.outcomes.items() if count}
    append_line(log, [run.change, round(run.seconds, 1), run.exit_code, outcomes, run.red])


def read_log(log: Path) -> list[EscalatedRun]:
    """Read what has run so far; nothing where there is no log yet.

    Raises:
        SpeedupError: it cannot be read, or is not what :func:`append_run` writes.
    """
    return read_lines(log, lambda document: _read(*document))


def _read(
    change: str, lasted: float, code: int, outcomes: Mapping[str, int], red: Sequence[str]
) -> EscalatedRun:
    if change not in CHANGES:
        message = f"unknown change {change!r}"
        raise ValueError(message)
    counts = {text(name): int(number(count, 0, MAX_CELLS)) for name, count in outcomes.items()}
    seconds, exit_code = number(lasted, 0, MAX_SECONDS), int(number(code, 0, MAX_CODE))
    return EscalatedRun(str(change), seconds, exit_code, counts, tuple(map(text, red)))


def word_run(run: EscalatedRun) -> str:
    """Say what a run came to, in a line."""
    outcomes = ", ".join(f"{count} {name}" for name, count in run.outcomes.items() if count)
    wrong = "" if run.is_right else ", WRONG"
    return f"{run.change}: exit code {run.exit_code}; {outcomes}; {run.seconds:.0f} s{wrong}"
