"""The processes of one run, known by a mark in their environment: children inherit it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "SPEEDUP_SOAK"
"""Environment variable with the name of the run."""

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process that runs.

    Attributes:
        pid: its number.
        command: how it was started.
    """

    pid: int
    command: str


def marked(mark: str, proc: Path = PROC) -> list[Process]:
    """Find all processes of a run; those that ended and wait for their parent are none.

    Args:
        mark: the name of the run.
        proc: where the kernel lists processes.
    """
    return sorted(_marked(f"{MARK}={mark}".encode(), proc), key=lambda one: one.pid)


def _marked(wanted: bytes, proc: Path) -> Iterator[Process]:
    for folder in proc.glob("[0-9]*"):
        try:
            if wanted not in (folder / "environ").read_bytes().split(b"\0"):
                continue
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:  # it has ended meanwhile, or is another user's
            continue
        yield Process(int(folder.name), command.decode(errors="replace").strip())
