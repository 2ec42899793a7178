"""Data that head's tree has and git has not, for want of which the base fails."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pytest_speedup.against.git import GitError, run_git
from pytest_speedup.against.layout import ASIDE, ENVIRONMENT, NOT_PACKAGES
from pytest_speedup.model import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

MOST_NAMED = 3

FOLDERS = (("--ignored", "--directory"),)
BOTH = (("--ignored",), *FOLDERS)
"""How git lists what it ignores: with whole folders as one, and before that file by file."""

BUILT = ("*.egg-info", "*.dist-info", "*.egg", "wheels", "htmlcov", "target")
"""What tools make, besides what lies aside of anybody's code."""


def word_missing_data(reasons: Iterable[str], head: Path, base: Path) -> list[str]:
    """Say in a line which files that git ignores the base lacks, by what it said as it failed.

    Args:
        reasons: what was said.
        head: the top of head's working tree.
        base: the top of the base's.

    Returns:
        the line; nothing where no such file is named.
    """
    said = "\n".join(reasons)
    found = [path for path in _ignored(head, BOTH) if _is_named(path, said)] if said else []
    lacking = [path for path in found if not (base / path).exists()]
    if not lacking:
        return []
    line = (
        f"the base has no {_some(lacking)}: git ignores it, and only head's tree has it; "
        "commit it, have a fixture make it, or keep it outside of the repository"
    )
    return [line]


def word_data_of_head(head: Path, base: Path) -> str:
    """Name the files that git ignores and head's tree alone has; none where there are no such.

    What is built, kept or installed by tools is no data: caches, environments and packages.

    Args:
        head: the top of head's working tree.
        base: the top of the base's.
    """
    found = [path for path in _ignored(head, FOLDERS) if not _is_tools(head, PurePosixPath(path))]
    return _some([path for path in found if not (base / path).exists()]) or "none"


def _some(paths: Sequence[str]) -> str:
    named = ", ".join(map(shown, paths[:MOST_NAMED]))
    return f"{named} and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else named


def _is_tools(top: Path, path: PurePosixPath) -> bool:
    names = (*ASIDE, *NOT_PACKAGES, *BUILT)
    if any(fnmatch(part, name) for part in path.parts for name in names):
        return True
    return any((top / path / mark).exists() for mark in ENVIRONMENT)


def _ignored(top: Path, ways: Iterable[tuple[str, ...]]) -> list[str]:
    """List the files that git does not have; a folder of them as one, if all in it are such."""
    words = ("ls-files", "-z", "--others", "--exclude-standard")
    found: dict[str, None] = {}
    for more in ways:
        try:
            listed = run_git(top, *words, *more)
        except GitError:
            continue
        found |= dict.fromkeys(name.rstrip("/") for name in listed.split("\0") if name)
    return [name for name in found if not _is_aside(PurePosixPath(name))]


def _is_aside(path: PurePosixPath) -> bool:
    return "__pycache__" in path.parts or path.suffix in {".pyc", ".so", ".pyd"}


def _is_named(path: str, said: str) -> bool:
    """Whether a file is named by its path, or, in quotes as Python does, by its name."""
    name = PurePosixPath(path).name
    quoted = [f"{start}{end}" for end in "'\"" for start in (f"{end}{path}", f"/{name}")]
    whole = re.search(rf"/{re.escape(path)}(?![\w./-])", said)
    return whole is not None or any(one in said for one in quoted)
