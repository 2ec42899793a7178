"""Runs comparisons, ends some of them by force, and looks what is left."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random, SystemRandom
from typing import TYPE_CHECKING

from benchmarks.lab.kills.belongings import differences, digest, make_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

COMMAND = (
    *("-m", "pytest", "-q", "-pno:randomly", "--benchmark-only", "--speedup-against=base"),
    "--speedup-allow=same",
    *("--speedup-workers=2", "--speedup-executors=serial,thread,process", "--speedup-budget=10"),
)

PATIENCE = 60.0
"""Seconds for the processes of a run that was ended to end, too."""

TRACE = "SPEEDUP_KILLS"
"""Environment variable by which the processes of a run are found."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a run left.

    Attributes:
        name: how the run ended.
        changed: files of the user's that changed.
        alive: processes of it that still run.
        scratch: what it left among temporary files.
    """

    name: str
    changed: Sequence[str]
    alive: Sequence[int]
    scratch: Sequence[str]

    @property
    def is_right(self) -> bool:
        """Whether nothing of the user's changed and nothing runs on.

        Temporary files of a run that was killed are left to the next one.
        """
        return not self.changed and not self.alive

    def __str__(self) -> str:
        """Say so in a line."""
        what = "nothing of the user's changed" if not self.changed else f"changed: {self.changed}"
        runs = "no process is left" if not self.alive else f"still running: {self.alive}"
        word = "as it must" if self.is_right else "WRONG"
        return f"{word}: {self.name}: {what}, {runs}, {len(self.scratch)} temporary folders"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run them all.

    Returns:
        0 if nothing of the user's changed, no process was left, and the last run took away what
        those before it had left; 1 otherwise.
    """
    given = _parser().parse_args(arguments)
    seed = SystemRandom().randrange(10**6) if given.seed is None else given.seed
    with tempfile.TemporaryDirectory(prefix="kills-") as name:
        folder = Path(name)
        root, scratch = make_project(folder), folder / "tmp"
        scratch.mkdir()
        results = []
        for one in _runs(root, scratch, given.count, Random(seed)):
            print(one, flush=True)
            results.append(one)
    wrong = [one for one in results if not one.is_right]
    clear = not results[-1].scratch
    print(f"{len(results)} runs, seed {seed}: {len(results) - len(wrong)} as they must")
    print(
        f"the last one left {'nothing' if clear else results[-1].scratch} in the temporary folder"
    )
    return int(bool(wrong) or not clear)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.lab.kills", description=__doc__)
    parser.add_argument("--count", type=int, default=20, help="runs to kill (default: 20)")
    parser.add_argument("--seed", type=int, help="what the moments are drawn by")
    return parser


def _runs(root: Path, scratch: Path, count: int, random: Random) -> Iterator[Left]:
    """Run to the end, interrupt, kill, and run to the end again."""
    began = time.monotonic()
    yield _run(root, scratch, "ended by itself", lambda process: process.wait())
    whole = time.monotonic() - began
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        yield _run(root, scratch, name, _ending(getattr(signal, name), whole / 2))
    for number in range(1, count + 1):
        moment = random.uniform(0, whole)
        name = f"SIGKILL {number} of {count} after {moment:.1f} of {whole:.1f} s"
        yield _run(root, scratch, name, _ending(signal.SIGKILL, moment))
    yield _run(root, scratch, "ended by itself again", lambda process: process.wait())


def _ending(by: signal.Signals, moment: float) -> Callable[[subprocess.Popen[bytes]], object]:
    def end(process: subprocess.Popen[bytes]) -> None:
        time.sleep(moment)
        process.send_signal(by)
        process.wait()

    return end


def _run(
    root: Path, scratch: Path, name: str, end: Callable[[subprocess.Popen[bytes]], object]
) -> Left:
    before = digest(root)
    environment = {**os.environ, "TMPDIR": str(scratch), TRACE: str(os.getpid())}
    with subprocess.Popen(  # noqa: S603 - pytest itself
        [sys.executable, *COMMAND],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        end(process)
    still = alive_after(PATIENCE)
    found = sorted(path.name for path in scratch.iterdir())
    return Left(name, differences(before, digest(root)), still, found)


def alive_after(patience: float) -> list[int]:
    """List the processes of a run that run on after that many seconds."""
    end = time.monotonic() + patience
    while (found := alive()) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def alive() -> list[int]:
    """Find them by their environment, which they all inherit."""
    mark = f"{TRACE}={os.getpid()}".encode()
    processes = Path("/proc").glob("[0-9]*")
    return [int(one.name) for one in processes if mark in _environment(one).split(b"\0")]


def _environment(process: Path) -> bytes:
    with suppress(OSError):  # it has ended, or is another user's
        return (process / "environ").read_bytes()
    return b""


if __name__ == "__main__":
    sys.exit(main())
