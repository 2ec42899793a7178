"""What a working tree holds, as git would commit it; nothing is written to its repository."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pytest_speedup.against.cause import word_cause
from pytest_speedup.against.git import READING, GitError, change_with_git, run_git
from pytest_speedup.against.side import SideError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MAX_UNTRACKED_BYTES = 4 * 1024 * 1024
"""Of a file that git does not know yet: larger ones are data, named and not read."""

SUBMODULE = "160000"
"""The mode of a submodule in a tree."""

AT_ONCE = 200
"""Names of files that git is given in one call."""


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The files of a working tree.

    Attributes:
        top: its folder.
        name: of the tree that git would make of it; that of a commit's tree where nothing differs.
        blobs: the name of each file's content, by path below the top.
        left_out: untracked files that are too large to be read.
        by_file_name: the paths of all files, by the last part of each.
    """

    top: Path
    name: str
    blobs: Mapping[str, str]
    left_out: tuple[str, ...] = ()
    by_file_name: Mapping[str, Sequence[str]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Sort the paths once: each installed file is looked for among them."""
        found: dict[str, list[str]] = {}
        for path in self.blobs:
            found.setdefault(path.rpartition("/")[2], []).append(path)
        object.__setattr__(self, "by_file_name", found)

    def ending_in(self, name: str) -> Iterator[str]:
        """Name the files whose path is this one, or ends with it below some folder."""
        for path in self.by_file_name.get(name.rpartition("/")[2], ()):
            if path == name or path.endswith(f"/{name}"):
                yield path

    def path_of(self, file: str) -> str | None:
        """Return the path below the top of a file, by its full name; None where it is outside."""
        for top in (self.top, self.top.resolve()):
            if Path(file).is_relative_to(top):
                return Path(file).relative_to(top).as_posix()
        return None

    def changed(self, paths: Iterable[str]) -> list[str]:
        """Name the files whose content is no longer what the tree says."""
        different = [path for path in paths if not self._is_blob(path)]
        return [path for path in different if self._filtered(path) != self.blobs[path]]

    def _is_blob(self, path: str) -> bool:
        content = self._content(path)
        if content is None:
            return False
        blob = self.blobs[path]
        kind = hashlib.sha1 if len(blob) == SHA1_LETTERS else hashlib.sha256
        return kind(b"blob %d\0" % len(content) + content).hexdigest() == blob

    def _content(self, path: str) -> bytes | None:
        file = self.top / path
        with suppress(OSError):
            return os.fsencode(file.readlink()) if file.is_symlink() else file.read_bytes()
        return None

    def _filtered(self, path: str) -> str:
        """Have git name the content, which knows of line endings and other filters."""
        with suppress(GitError):
            return run_git(self.top, "hash-object", f"--path={path}", "--", path)
        return ""


SHA1_LETTERS = 40


def read_worktree(top: Path) -> WorkTree:
    """Read what git would commit if all were committed that it does not ignore.

    Args:
        top: the folder that the working tree begins at.

    Raises:
        SideError: it cannot be read.
    """
    try:
        with TemporaryDirectory(prefix="speedup-index-") as folder:
            return _read(top, Path(folder))
    except (GitError, OSError) as error:
        why = word_cause(error) if isinstance(error, OSError) else str(error)
        message = f"the working tree {top} cannot be read: {why}"
        raise SideError(message) from error


def _read(top: Path, folder: Path) -> WorkTree:
    """Make a tree with an index and objects of our own."""
    index, objects = folder / "index", folder / "objects"
    objects.mkdir()
    own = Path(run_git(top, "rev-parse", "--path-format=absolute", "--git-path", "index"))
    if own.is_file():
        # So that git need not read again what it knows. With its time: git reads again what was
        # written in the second of its index, https://git-scm.com/docs/racy-git.
        shutil.copy2(own, index)
    theirs = run_git(top, "rev-parse", "--path-format=absolute", "--git-path", "objects")
    variables = {
        **READING,
        "GIT_INDEX_FILE": str(index),
        "GIT_OBJECT_DIRECTORY": str(objects),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": theirs,
    }
    change_with_git(top, "add", "--update", "--", ".", variables=variables)
    untracked = _untracked(top)
    small = [name for name in untracked if _is_small(top / name)]
    for start in range(0, len(small), AT_ONCE):
        some = small[start : start + AT_ONCE]
        words = ("--literal-pathspecs", "add", "--ignore-errors", "--", *some)
        with suppress(GitError):  # one that may not be read is no code that ran
            change_with_git(top, *words, variables=variables)
    name = change_with_git(top, "write-tree", "--missing-ok", variables=variables)
    listed = change_with_git(top, "ls-files", "--stage", "-z", variables=variables)
    left_out = tuple(sorted({*untracked} - {*small}))
    blobs, modules = _entries(listed)
    names = [name]
    for module in modules:
        if (top / module / ".git").exists():
            within = read_worktree(top / module)
            blobs |= {f"{module}/{path}": blob for path, blob in within.blobs.items()}
            names += _moved(top / module, within)
    if left_out:
        names.append(f"{len(left_out)} large")
    return WorkTree(top, " + ".join(names), blobs, left_out)


def _entries(listed: str) -> tuple[dict[str, str], list[str]]:
    """Split a list of the index into files and submodules."""
    blobs, modules = {}, []
    for entry in listed.split("\0"):
        described, _, path = entry.partition("\t")
        if described.startswith(SUBMODULE):
            modules.append(path)
        elif path:
            blobs[path] = described.split()[1]
    return blobs, modules


def _moved(module: Path, within: WorkTree) -> list[str]:
    """Name the tree of a submodule where it is not that of its commit, which the index names."""
    return [] if run_git(module, "rev-parse", "HEAD^{tree}") == within.name else [within.name]


def _untracked(top: Path) -> list[str]:
    listed = run_git(top, "ls-files", "-z", "--others", "--exclude-standard")
    return [name for name in listed.split("\0") if name and not name.endswith("/")]


def _is_small(file: Path) -> bool:
    with suppress(OSError):
        return file.is_symlink() or (file.is_file() and file.stat().st_size <= MAX_UNTRACKED_BYTES)
    return False


def ignored_code(top: Path, folder: PurePosixPath) -> list[str]:
    """Name the files of code below a folder that git ignores: no commit has them.

    Raises:
        SideError: they cannot be listed.
    """
    words = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard")
    try:
        listed = run_git(top, "--literal-pathspecs", *words, "--", str(folder))
    except GitError as error:
        message = f"what git ignores in {folder} cannot be listed: {error}"
        raise SideError(message) from error
    names = (name for name in listed.split("\0") if name)
    return [name for name in names if name.endswith((".py", ".so", ".pyd", ".dll", ".dylib"))]
