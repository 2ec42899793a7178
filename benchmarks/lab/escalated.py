"""Live runs of the gate on saved runs, each a pytest of its own, as of a pull request.

What the saved runs leave open is measured beside the code of the commit that they were saved from.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.lab.live import LiveSuite
from benchmarks.lab.variants import WORKLOADS, Variant, make_trees
from pytest_speedup.documents import MAX_SECONDS, load_json, number, read_file, text
from pytest_speedup.errors import SpeedupError
from pytest_speedup.measurement import now

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

OPTIONS = ("-q", "-pno:cacheprovider", "-n0", "--speedup-workers=2,4")

SAVED = 3
"""Runs of the base that are saved."""

LOST = 0.2
"""Share of its speedup that a workload loses, twice of what the gate accepts."""

SAME, DEPENDENCY = "same", "dependency"

CHANGES = (SAME, *(f"lost-in-{name}" for name in WORKLOADS), DEPENDENCY)
"""What a pull request may be: a note, a loss in one workload, or a note beside another package."""

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
        if self.change == SAME:
            return not self.red and not self.outcomes.get("environment")
        if self.change == DEPENDENCY:
            return bool(self.outcomes.get("environment")) and self.exit_code != 0
        workload = self.change.rpartition("-")[2]
        return bool(self.red) and all(one.startswith(f"test_{workload}[") for one in self.red)


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
        (made := folder / "made").mkdir()
        base, _ = make_trees(Variant(), made)
        root = folder / "repository"
        shutil.move(base, root)
        downloads = root / "workloads" / "downloads.py"
        downloads.write_text(downloads.read_text("utf-8") + PACED, "utf-8")
        for version, share in (("1", 0.0), ("2", LOST / (1 - LOST))):
            _write_package(folder / f"lab_pace-{version}", version, share)
        one = cls(root, folder)
        one._git("init", "--quiet")
        one._commit("base")
        for _ in range(SAVED):
            one._suite("1").save()
        return one

    def judge(self, change: str) -> EscalatedRun:
        """Commit a change, judge it by the saved runs, and take it back."""
        self._git("checkout", "--quiet", "--detach", "base")
        (self.root / "note.txt").write_text(change, "utf-8")
        if change not in {SAME, DEPENDENCY}:
            self._lose(change.rpartition("-")[2])
        self._commit()
        begun = now()
        run = self._suite("2" if change == DEPENDENCY else "1").gate()
        return EscalatedRun(change, now() - begun, run.exit_code, run.outcomes, run.red)

    def _lose(self, workload: str) -> None:
        (made := self.folder / "lost").mkdir()
        _, head = make_trees(Variant(parallel=LOST / (1 - LOST)), made)
        name = f"{workload}.py"
        text = (head / "workloads" / name).read_text("utf-8")
        file = self.root / "workloads" / name
        kept = file.read_text("utf-8")
        original = (made / "base" / "workloads" / name).read_text("utf-8")
        file.write_text(kept + text.removeprefix(original), "utf-8")
        shutil.rmtree(made)

    def _suite(self, version: str) -> LiveSuite:
        return LiveSuite(
            self.root / "benchmarks",
            self.folder,
            OPTIONS,
            root=self.root,
            environment={"PYTHONPATH": str(self.folder / f"lab_pace-{version}")},
        )

    def _commit(self, branch: str = "") -> None:
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message=change")
        if branch:
            self._git("branch", "--force", branch)

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
        changes: those that are asked for; none for all.
        done: what has run.
        times: how often each is to run.

    Raises:
        SpeedupError: there is no such change.
    """
    for unknown in {*changes} - {*CHANGES}:
        message = f"{unknown} is not a change; there are {', '.join(CHANGES)}"
        raise SpeedupError(message)
    counts = Counter(one.change for one in done)
    return [one for turn in range(times) for one in changes or CHANGES if counts[one] <= turn]


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
    document = [run.change, round(run.seconds, 1), run.exit_code, outcomes, run.red]
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(document, separators=(",", ":")) + "\n")


def read_log(log: Path) -> list[EscalatedRun]:
    """Read what has run so far; nothing where there is no log yet.

    Raises:
        SpeedupError: it cannot be read, or is not what :func:`append_run` writes.
    """
    if not log.exists():
        return []
    try:
        return [_read(*load_json(line)) for line in read_file(log).splitlines()]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        message = f"log {log} cannot be read ({error}): name another one with --log"
        raise SpeedupError(message) from error


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
