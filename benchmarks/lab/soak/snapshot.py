"""What lies on the disk before a run and after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from benchmarks.lab.soak.place import git
from pytest_speedup.errors import SpeedupError
from pytest_speedup.storage import read_run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.lab.soak.place import Place


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What lies there.

    Attributes:
        baselines: a digest of each saved run, by path.
        damaged: what the plugin's own reader says of those that it cannot read.
        rest: other files among the saved runs.
        temporary: what is left of temporary files and folders.
        worktrees: git's list of them, but for the project itself.
        shared: shared memory, as far as it can be seen.
    """

    baselines: Mapping[str, str] = field(default_factory=dict)
    damaged: Mapping[str, str] = field(default_factory=dict)
    rest: frozenset[str] = frozenset()
    temporary: frozenset[str] = frozenset()
    worktrees: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()


def take_snapshot(place: Place) -> Snapshot:
    """Look at everything that a run may leave."""
    files = [path for path in place.storage.rglob("*") if path.is_file()]
    saved = [path for path in files if path.suffix == ".json"]
    return Snapshot(
        baselines={str(path): sha256(path.read_bytes()).hexdigest() for path in saved},
        damaged={str(path): why for path in saved if (why := why_damaged(path))},
        rest=frozenset(str(path) for path in files if path not in saved),
        temporary=frozenset(path.name for path in place.temporary.iterdir()),
        worktrees=_worktrees(place.project),
        shared=frozenset(path.name for path in place.shared.iterdir()) if place.shared else _NONE,
    )


_NONE: frozenset[str] = frozenset()


def why_damaged(path: Path) -> str:
    """Read a saved run as the gate would; say why it cannot be, or nothing."""
    try:
        cells = read_run(path)
    except SpeedupError as error:
        return str(error)
    return "" if cells else f"{path} has no cell"


def _worktrees(project: Path) -> frozenset[str]:
    lines = git(project, "worktree", "list", "--porcelain").splitlines()
    trees = [line.partition(" ")[2] for line in lines if line.startswith("worktree ")]
    return frozenset(trees[1:])  # the first is the project
